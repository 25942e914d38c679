use std::fmt;

/// One place of a file that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damage {
    /// Byte offset in the file where it begins.
    pub offset: u64,
    /// Bytes from there that are lost.
    pub lost_bytes: u64,
    /// What is wrong.
    pub kind: DamageKind,
}

/// What is wrong with a damaged place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DamageKind {
    /// The checksum of a frame's length does not fit: not a frame, or a damaged header.
    LengthChecksum,
    /// The checksum of a frame's data does not fit.
    DataChecksum,
    /// The length is larger than [`crate::frame::MAX_RECORD_BYTES`].
    TooLong,
    /// The file ends within a frame.
    CutTail,
    /// The frame is sound, its content is not an event.
    Protobuf,
}

impl DamageKind {
    /// Name for machines: `length_checksum`, `data_checksum`, `too_long`, `cut_tail`, `protobuf`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LengthChecksum => "length_checksum",
            Self::DataChecksum => "data_checksum",
            Self::TooLong => "too_long",
            Self::CutTail => "cut_tail",
            Self::Protobuf => "protobuf",
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            DamageKind::LengthChecksum => "no record where one should begin",
            DamageKind::DataChecksum => "record whose checksum does not fit its data",
            DamageKind::TooLong => "record longer than any writer makes",
            DamageKind::CutTail => "record cut off by the end of the file",
            DamageKind::Protobuf => "record that is not an event",
        };
        let Self {
            offset, lost_bytes, ..
        } = self;
        write!(f, "{what} at byte {offset}: {lost_bytes} bytes lost")
    }
}
