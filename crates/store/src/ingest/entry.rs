use super::media::MediaFacts;
use crate::live::{StepList, StepPiece};

/// Where one value that stays in its file is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Entry {
    pub(crate) step: i64,
    pub(crate) wall_time_secs: f64,
    /// Byte offset of the frame in the file.
    pub(crate) offset: u64,
    /// Length of the frame's data; a record is never longer than [`glassboard_events::frame::MAX_RECORD_BYTES`].
    pub(crate) len: u32,
    /// Which value of the summary; [`WHOLE_EVENT`] for events that are no summary.
    pub(crate) value_index: u32,
    pub(crate) media: MediaFacts,
}

/// [`Entry::value_index`] of a graph or of run metadata.
pub(crate) const WHOLE_EVENT: u32 = u32::MAX;

/// The entries of one tag and plugin in one file, in the order in which they were written.
#[derive(Debug, Clone, Default)]
pub(crate) struct EntryList(pub(crate) Vec<Entry>);

impl StepList for EntryList {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn pieces_back(&self, start: usize, end: usize, piece: &mut dyn FnMut(StepPiece<'_>)) {
        let entries = self.0.get(start..end).unwrap_or_default();
        let Some(min_step) = entries.iter().map(|entry| entry.step).min() else {
            return;
        };
        piece(StepPiece {
            start,
            count: entries.len(),
            increasing: entries
                .is_sorted_by(|before, after| before.step < after.step)
                .then(|| (entries[0].step, entries[entries.len() - 1].step)),
            min_step,
            steps: &|| entries.iter().map(|entry| entry.step).collect(),
        });
    }
}
