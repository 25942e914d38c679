//! Bytes as HTTP answers: content types, ranges, caching.

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::error::Failure;
use crate::page::KEPT_FOR_GOOD;

/// Content type of bytes whose format is not known.
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// What a logged file may do when a person opens it in a tab of its own: nothing.
const NO_RIGHTS: &str = "default-src 'none'; sandbox";

/// The format by the first bytes, of those that a browser may show; SVG and HTML are not
/// among them, since they can run scripts.
fn sniff(bytes: &[u8]) -> &'static str {
    let at = |offset: usize, magic: &[u8]| {
        bytes
            .get(offset..)
            .is_some_and(|rest| rest.starts_with(magic))
    };
    if at(0, b"\x89PNG\r\n\x1a\n") {
        "image/png"
    } else if at(0, b"\xff\xd8\xff") {
        "image/jpeg"
    } else if at(0, b"GIF87a") || at(0, b"GIF89a") {
        "image/gif"
    } else if at(0, b"RIFF") && at(8, b"WEBP") {
        "image/webp"
    } else if at(0, b"BM") && bytes.len() >= 26 {
        "image/bmp"
    } else if at(0, b"RIFF") && at(8, b"WAVE") {
        "audio/wav"
    } else if at(4, b"ftyp") {
        "video/mp4"
    } else if at(0, b"\x1a\x45\xdf\xa3") {
        "video/webm"
    } else if at(0, b"OggS") {
        "audio/ogg"
    } else if at(0, b"fLaC") {
        "audio/flac"
    } else if at(0, b"ID3") || matches!(bytes, [0xff, 0xf2 | 0xf3 | 0xfa | 0xfb, ..]) {
        "audio/mpeg"
    } else {
        UNKNOWN_TYPE
    }
}

/// The answer for bytes that never change under `key`, of which the client may want a part.
pub(crate) fn respond(bytes: Vec<u8>, key: &str, request: &HeaderMap) -> Result<Response, Failure> {
    let etag = format!("\"{key}\"");
    let value = |text: &str| {
        HeaderValue::from_str(text).map_err(|error| Failure::internal(error.to_string()))
    };
    let content_type = sniff(&bytes);
    let total = bytes.len() as u64;
    let mut response = if matches_etag(request, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match wanted_range(request, &etag, total) {
            Wanted::Whole => Body::from(bytes).into_response(),
            Wanted::Part { first, last } => {
                let part = Bytes::from(bytes).slice(first as usize..=last as usize);
                let mut response = (StatusCode::PARTIAL_CONTENT, Body::from(part)).into_response();
                let range = value(&format!("bytes {first}-{last}/{total}"))?;
                response.headers_mut().insert(CONTENT_RANGE, range);
                response
            }
            Wanted::Beyond => {
                let mut response = Failure::range_not_satisfiable(format!(
                    "expected a range within the {total} bytes there are"
                ))
                .into_response();
                let range = value(&format!("bytes */{total}"))?;
                response.headers_mut().insert(CONTENT_RANGE, range);
                return Ok(response);
            }
        }
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(ETAG, value(&etag)?);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(KEPT_FOR_GOOD));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(NO_RIGHTS));
    if content_type == UNKNOWN_TYPE {
        headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    }
    Ok(response)
}

fn matches_etag(request: &HeaderMap, etag: &str) -> bool {
    request
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|tags| {
            tags.split(',')
                .map(|tag| tag.trim().trim_start_matches("W/"))
                .any(|tag| tag == etag || tag == "*")
        })
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    /// Both ends are included, and `last < total`.
    Part {
        first: u64,
        last: u64,
    },
    /// Not one byte of it exists.
    Beyond,
}

fn wanted_range(request: &HeaderMap, etag: &str, total: u64) -> Wanted {
    let text = |name| request.get(name).and_then(|value| value.to_str().ok());
    match (text(RANGE), text(IF_RANGE)) {
        (None, _) => Wanted::Whole,
        // The bytes it has parts of are not these.
        (_, Some(known)) if known != etag => Wanted::Whole,
        (Some(range), _) => parse_range(range, total),
    }
}

/// Several ranges at once, other units and what cannot be read are answered with the whole,
/// as RFC 9110 section 14.2 allows.
fn parse_range(range: &str, total: u64) -> Wanted {
    let Some((first, last)) = range
        .strip_prefix("bytes=")
        .and_then(|spec| spec.trim().split_once('-'))
    else {
        return Wanted::Whole;
    };
    let end = total.saturating_sub(1);
    match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if last < first => Wanted::Whole,
        (Ok(first), _) if first >= total && (last.is_empty() || last.parse::<u64>().is_ok()) => {
            Wanted::Beyond
        }
        (Ok(first), Ok(last)) => Wanted::Part {
            first,
            last: last.min(end),
        },
        (Ok(first), Err(_)) if last.is_empty() => Wanted::Part { first, last: end },
        (Err(_), Ok(count)) if first.is_empty() => {
            if count == 0 || total == 0 {
                Wanted::Beyond
            } else {
                Wanted::Part {
                    first: total.saturating_sub(count),
                    last: end,
                }
            }
        }
        _ => Wanted::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_formats_by_their_first_bytes() {
        for (bytes, content_type) in [
            (&b"\x89PNG\r\n\x1a\n\0"[..], "image/png"),
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"GIF89a...", "image/gif"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
            (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
            (
                b"BM\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
                "image/bmp",
            ),
            (b"\0\0\0\x18ftypmp42", "video/mp4"),
            (b"\x1a\x45\xdf\xa3", "video/webm"),
            (b"OggS\0", "audio/ogg"),
            (b"fLaC\0", "audio/flac"),
            (b"ID3\x04", "audio/mpeg"),
            (b"\xff\xfb\x90", "audio/mpeg"),
            (b"<svg onload=alert(1)>", UNKNOWN_TYPE),
            (b"<html>", UNKNOWN_TYPE),
            (b"BM", UNKNOWN_TYPE),
            (b"", UNKNOWN_TYPE),
        ] {
            assert_eq!(sniff(bytes), content_type, "{bytes:?}");
        }
    }

    #[test]
    fn reads_ranges() {
        let part = |first, last| Wanted::Part { first, last };
        for (range, total, wanted) in [
            ("bytes=0-0", 10, part(0, 0)),
            ("bytes=2-5", 10, part(2, 5)),
            ("bytes=2-50", 10, part(2, 9)),
            ("bytes=9-", 10, part(9, 9)),
            ("bytes=-3", 10, part(7, 9)),
            ("bytes=-30", 10, part(0, 9)),
            ("bytes=10-", 10, Wanted::Beyond),
            ("bytes=10-12", 10, Wanted::Beyond),
            ("bytes=-0", 10, Wanted::Beyond),
            ("bytes=0-", 0, Wanted::Beyond),
            ("bytes=-1", 0, Wanted::Beyond),
            ("bytes=5-2", 10, Wanted::Whole),
            ("bytes=0-1,3-4", 10, Wanted::Whole),
            ("bytes=a-b", 10, Wanted::Whole),
            ("bytes=-", 10, Wanted::Whole),
            ("items=0-1", 10, Wanted::Whole),
            ("bytes=18446744073709551616-", 10, Wanted::Whole),
        ] {
            assert_eq!(parse_range(range, total), wanted, "{range} of {total}");
        }
    }
}
