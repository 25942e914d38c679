//! Who may ask: names of the server, the token, and the origin of changes.
//!
//! - Without a token only this machine is listened to, and the request's `Host` must be a
//!   name of this machine: a page of another site whose name was made to point here (DNS
//!   rebinding) is refused.
//! - With a token, the client presents it as `Authorization: Bearer`, as `?token=` or in a
//!   cookie; opening a page with `?token=` sets the cookie and leaves the token out of the
//!   address bar.
//! - A request that changes something must come from the server's own page, or from no page.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::{
    AUTHORIZATION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN,
    REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::Failure;
use crate::page;

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// Who may ask.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    /// What a client must present, if anything.
    pub(crate) token: Option<String>,
    /// Names of the server besides `localhost` and loopback addresses.
    pub(crate) hosts: Vec<String>,
    /// Cookies of all ports of a machine are one; the port in the name keeps them apart.
    pub(crate) cookie: String,
    /// Path that the cookie is for.
    pub(crate) path: String,
}

/// The middleware around everything.
pub(crate) async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let mut response = match guard.admit(&request) {
        Ok(None) => next.run(request).await,
        Ok(Some(redirect)) => redirect,
        Err(failure) => refusal(&request, failure),
    };
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("same-origin"),
    );
    response
}

impl Guard {
    /// `Some`: the answer is this redirect.
    fn admit(&self, request: &Request) -> Result<Option<Response>, Failure> {
        let redirect = match &self.token {
            None => {
                self.check_host(request)?;
                None
            }
            Some(token) => self.check_token(token, request)?,
        };
        if !matches!(*request.method(), Method::GET | Method::HEAD | Method::POST) {
            self.check_origin(request.headers())?;
        }
        Ok(redirect)
    }

    fn check_host(&self, request: &Request) -> Result<(), Failure> {
        let host = header(request.headers(), &HOST)
            .or_else(|| request.uri().host())
            .unwrap_or_default();
        let name = host_name(host);
        if self.knows(name) {
            Ok(())
        } else {
            Err(Failure::forbidden(format!(
                "expected a request to a name of this machine such as localhost, got {name:?}; \
                 start with --allow_host {name} if that is a name of this server, or with a --token"
            )))
        }
    }

    fn knows(&self, name: &str) -> bool {
        let literal = name.trim_start_matches('[').trim_end_matches(']');
        let loopback = literal.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        loopback
            || name.eq_ignore_ascii_case("localhost")
            || name.to_ascii_lowercase().ends_with(".localhost")
            || self
                .hosts
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
    }

    fn check_token(&self, token: &str, request: &Request) -> Result<Option<Response>, Failure> {
        let headers = request.headers();
        let bearer =
            header(headers, &AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        if bearer.is_some_and(|given| same(given, token))
            || self.cookies(headers).any(|given| same(given, token))
        {
            return Ok(None);
        }
        let query = request.uri().query().unwrap_or_default();
        let given = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token");
        match given {
            Some((_, given)) if same(&given, token) => {
                Ok(page::is_navigation(request.method(), headers).then(|| self.welcome(request)))
            }
            Some(_) => Err(Failure::unauthorized(
                "the token is not the one this server was started with",
            )
            .about("token")),
            None => Err(Failure::unauthorized(
                "a token is needed: open the address that the server printed when it started, \
                 or send `Authorization: Bearer TOKEN`",
            )),
        }
    }

    fn cookies<'h>(&'h self, headers: &'h HeaderMap) -> impl Iterator<Item = &'h str> {
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == self.cookie)
            .map(|(_, value)| value)
    }

    /// Sends the browser to the same page with the token in a cookie instead of the address.
    fn welcome(&self, request: &Request) -> Response {
        let query = request.uri().query().unwrap_or_default();
        let rest = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(
                form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "token"),
            )
            .finish();
        // Relative, since a reverse proxy may serve this page under another path.
        let path = request.uri().path();
        let page = path.rsplit('/').next().unwrap_or_default();
        let target = match (page.is_empty(), rest.is_empty()) {
            (true, true) => "./".to_owned(),
            (true, false) => format!("./?{rest}"),
            (false, true) => page.to_owned(),
            (false, false) => format!("{page}?{rest}"),
        };
        let cookie = format!(
            "{}={}; Path={}; HttpOnly; SameSite=Lax",
            self.cookie,
            self.token.as_deref().unwrap_or_default(),
            self.path
        );
        let mut response = StatusCode::SEE_OTHER.into_response();
        for (name, text) in [(LOCATION, target), (SET_COOKIE, cookie)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }

    fn check_origin(&self, headers: &HeaderMap) -> Result<(), Failure> {
        let Some(origin) = header(headers, &ORIGIN) else {
            return Ok(());
        };
        let authority = origin.split_once("://").map_or("", |(_, rest)| rest);
        let own = header(headers, &HOST).is_some_and(|host| host.eq_ignore_ascii_case(authority));
        let allowed = self
            .hosts
            .iter()
            .any(|known| known.eq_ignore_ascii_case(host_name(authority)));
        if own || allowed {
            Ok(())
        } else {
            Err(Failure::forbidden(format!(
                "expected a change from this server's own page, got one from {origin:?}"
            )))
        }
    }
}

fn header<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The name in `name:port`; brackets of an IPv6 address stay.
fn host_name(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => {
            name
        }
        _ => authority,
    }
}

/// Compares in a time that does not depend on where the texts differ.
fn same(given: &str, wanted: &str) -> bool {
    given.len() == wanted.len()
        && given
            .bytes()
            .zip(wanted.bytes())
            .fold(0, |differences, (a, b)| differences | (a ^ b))
            == 0
}

/// JSON for programs; for a person who opened the page, a form that asks for the token.
fn refusal(request: &Request, failure: Failure) -> Response {
    let asks_for_token = failure.status() == StatusCode::UNAUTHORIZED;
    if !(asks_for_token && page::is_navigation(request.method(), request.headers())) {
        return failure.into_response();
    }
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'self'",
        ),
    ];
    (StatusCode::UNAUTHORIZED, headers, TOKEN_PAGE).into_response()
}

const TOKEN_PAGE: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Glassboard</title>
<style>
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
  form { max-width: 26rem; margin: 20vh auto; padding: 0 1rem; display: grid; gap: .75rem; }
  input, button { font: inherit; padding: .5rem .75rem; }
</style>
<form>
  <label for="token">This server asks for a token. It is in the address that Glassboard printed when it started.<br>
  <span lang="zh-CN">此服务器需要令牌。令牌在 Glassboard 启动时打印的地址中。</span></label>
  <input id="token" name="token" type="password" autocomplete="off" required autofocus>
  <button>Open 打开</button>
</form>
</html>
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_port_off() {
        for (authority, name) in [
            ("localhost:6006", "localhost"),
            ("localhost", "localhost"),
            ("127.0.0.1:80", "127.0.0.1"),
            ("[::1]:6006", "[::1]"),
            ("[::1]", "[::1]"),
            ("", ""),
        ] {
            assert_eq!(host_name(authority), name);
        }
    }

    #[test]
    fn knows_names_of_this_machine_only() {
        let guard = Guard {
            token: None,
            hosts: vec!["gpu7.example.org".into()],
            cookie: String::new(),
            path: String::new(),
        };
        for name in [
            "localhost",
            "LOCALHOST",
            "a.localhost",
            "127.0.0.1",
            "127.9.9.9",
            "[::1]",
            "GPU7.example.org",
        ] {
            assert!(guard.knows(name), "{name}");
        }
        for name in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "notlocalhost",
        ] {
            assert!(!guard.knows(name), "{name}");
        }
    }

    #[test]
    fn compares_tokens_whole() {
        assert!(same("abc", "abc"));
        assert!(!same("abc", "abd"));
        assert!(!same("ab", "abc"));
        assert!(!same("", "abc"));
    }
}
