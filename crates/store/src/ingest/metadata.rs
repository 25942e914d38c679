use std::sync::Arc;

use glassboard_events::{WireError, proto::tensorboard::SummaryMetadata};
use prost::Message;

/// Plugin content up to this length is kept in memory; longer content is read from the file when asked for.
const MAX_CONTENT_BYTES: usize = 64 << 10;

/// What the first `SummaryMetadata` of a tag says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TagMetadata {
    pub(crate) plugin: Arc<str>,
    pub(crate) content: Option<Arc<[u8]>>,
    pub(crate) display_name: Arc<str>,
    pub(crate) description: Arc<str>,
}

impl TagMetadata {
    /// Decodes the bytes of a `SummaryMetadata`.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let metadata = SummaryMetadata::decode(bytes).map_err(|_| WireError {
            message: "SummaryMetadata",
            what: "message that cannot be decoded",
            at: 0,
        })?;
        let plugin = metadata.plugin_data.unwrap_or_default();
        Ok(Self {
            plugin: plugin.plugin_name.into(),
            content: (plugin.content.len() <= MAX_CONTENT_BYTES).then(|| plugin.content.into()),
            display_name: metadata.display_name.into(),
            description: metadata.summary_description.into(),
        })
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let content = self.content.as_ref().map_or(0, |content| content.len());
        size_of::<Self>()
            + self.plugin.len()
            + self.display_name.len()
            + self.description.len()
            + content
    }
}
