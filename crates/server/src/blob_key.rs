//! Keys of blobs and texts: where a value is, in a form that clients pass back unread.
//!
//! A key is `<server>-<sample>-<locator>`: a random number of this server process, the
//! sample within the value, and the store's locator. The random number keeps a browser's
//! cache from showing a picture of another log directory that once was served on the
//! same port, since answers under a key never change and are cached for good.

use std::str::FromStr;

use glassboard_store::Locator;

use crate::error::{Failure, ServerError};

/// Makes and reads keys of this server process.
pub(crate) struct KeyRing {
    server: String,
}

/// What a key names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlobKey {
    pub(crate) locator: Locator,
    /// Number of the picture or sound within the value.
    pub(crate) sample: u32,
}

impl KeyRing {
    pub(crate) fn new() -> Result<Self, ServerError> {
        Ok(Self {
            server: crate::random::hex::<4>()?,
        })
    }

    pub(crate) fn key(&self, locator: &Locator, sample: u32) -> String {
        format!("{}-{sample}-{locator}", self.server)
    }

    /// # Errors
    /// 404 when this server did not make the key; whether the locator still leads
    /// anywhere is for the store to say.
    pub(crate) fn parse(&self, key: &str) -> Result<BlobKey, Failure> {
        let unknown = || Failure::not_found(format!("no blob {key:?}; ask for its series again"));
        let rest = key
            .strip_prefix(self.server.as_str())
            .and_then(|rest| rest.strip_prefix('-'))
            .ok_or_else(unknown)?;
        let (sample, locator) = rest.split_once('-').ok_or_else(unknown)?;
        Ok(BlobKey {
            sample: sample.parse().map_err(|_| unknown())?,
            locator: Locator::from_str(locator).map_err(|_| unknown())?,
        })
    }
}
