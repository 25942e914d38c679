//! The fields of a protobuf message, one after the other, without making anything of them.
//!
//! Decoding a whole message makes many times its size of it: an empty node takes two bytes in the file.

use prost::bytes::Buf as _;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field<'a> {
    Bytes(&'a [u8]),
    Number(u64),
    /// Of another wire type.
    Other,
}

/// Goes over the fields of a message; ends with an error where it is not a message any more.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn read(&mut self) -> Result<(u32, Field<'a>), prost::DecodeError> {
        let (tag, wire_type) = decode_key(&mut self.rest)?;
        let field = match wire_type {
            WireType::LengthDelimited => {
                let len = decode_varint(&mut self.rest)?;
                let len = usize::try_from(len).unwrap_or(usize::MAX);
                let Some((bytes, rest)) = self.rest.split_at_checked(len) else {
                    // The same complaint as prost's own.
                    skip_field(
                        WireType::SixtyFourBit,
                        tag,
                        &mut &[][..],
                        DecodeContext::default(),
                    )?;
                    return Ok((tag, Field::Other));
                };
                self.rest = rest;
                Field::Bytes(bytes)
            }
            WireType::Varint => Field::Number(decode_varint(&mut self.rest)?),
            other => {
                skip_field(other, tag, &mut self.rest, DecodeContext::default())?;
                Field::Other
            }
        };
        Ok((tag, field))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Field<'a>), prost::DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if !self.rest.has_remaining() {
            return None;
        }
        let read = self.read();
        if read.is_err() {
            self.rest = &[];
        }
        Some(read)
    }
}

/// The text of a field; what is not UTF-8 is replaced.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
