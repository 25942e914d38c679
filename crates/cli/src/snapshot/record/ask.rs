//! Asking for an answer, and the key that it is found by.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use glassboard_server::wire::ApiError;
use glassboard_server::{COLUMNS_MAGIC, OfflineAnswer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Recorder;

impl Recorder<'_> {
    /// Records the answer to a request as it is asked; `None` when it failed, which is noted.
    pub(super) async fn exactly(
        &mut self,
        route: &str,
        pairs: &[(&str, &str)],
    ) -> Result<Option<bool>> {
        match self.get(&format!("{route}?{}", query(pairs))).await? {
            Some(answer) => Ok(Some(self.add(&key_of(route, pairs), &answer)?)),
            None => Ok(None),
        }
    }

    pub(super) async fn json<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let answer = self.offline.get(path).await?;
        if answer.status != 200 {
            bail!("{path}: {}", message_of(&answer));
        }
        Ok(serde_json::from_slice(&answer.body)?)
    }

    pub(super) async fn get(&mut self, path: &str) -> Result<Option<OfflineAnswer>> {
        let answer = self.offline.get(path).await?;
        Ok(self.checked(path, answer))
    }

    pub(super) async fn post(
        &mut self,
        path: &str,
        body: &Value,
        accept: &str,
    ) -> Result<Option<OfflineAnswer>> {
        let body = serde_json::to_vec(body)?;
        let answer = self.offline.post(path, body, accept).await?;
        Ok(self.checked(path, answer))
    }

    fn checked(&mut self, path: &str, answer: OfflineAnswer) -> Option<OfflineAnswer> {
        if answer.status == 200 {
            return Some(answer);
        }
        let route = path.split('?').next().unwrap_or_default();
        let route = route.split('/').next().unwrap_or_default();
        self.problems
            .insert(format!("{route}: {}", message_of(&answer)));
        None
    }

    pub(super) fn add(&mut self, key: &[Value], answer: &OfflineAnswer) -> Result<bool> {
        self.file.add(key, &answer.content_type, &answer.body)
    }

    pub(super) fn add_json(&mut self, key: &[Value], value: &impl Serialize) -> Result<bool> {
        let bytes = serde_json::to_vec(value)?;
        self.file.add(key, "application/json", &bytes)
    }
}

/// The header of binary columns.
pub(super) fn header_of<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let rest = bytes.strip_prefix(&COLUMNS_MAGIC)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let header = rest.get(..u32::from_le_bytes(*length) as usize)?;
    serde_json::from_slice(header).ok()
}

fn message_of(answer: &OfflineAnswer) -> String {
    match serde_json::from_slice::<ApiError>(&answer.body) {
        Ok(error) => error.message,
        Err(_) => format!("status {}", answer.status),
    }
}

pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

pub(super) fn key(route: &str) -> [Value; 1] {
    [json!(route)]
}

pub(super) fn key2(route: &str, what: &str) -> [Value; 2] {
    [json!(route), json!(what)]
}

/// The key of a request that is answered as it was recorded: parameters by name.
pub(super) fn key_of(route: &str, pairs: &[(&str, &str)]) -> Vec<Value> {
    let sorted: BTreeMap<&str, &str> = pairs.iter().copied().collect();
    let parameters = sorted.into_iter().flat_map(|(name, value)| [name, value]);
    std::iter::once(route)
        .chain(parameters)
        .map(Value::from)
        .collect()
}

/// The key of an address below the API's root, which may have a query behind it.
pub(super) fn key_of_address(address: &str) -> Vec<Value> {
    let (route, query) = address.split_once('?').unwrap_or((address, ""));
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    key_of(route, &pairs)
}
