use std::str;

/// Bytes are not the protobuf message they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a protobuf {message}: {what} at byte {at}")]
pub struct WireError {
    /// Which message was expected.
    pub message: &'static str,
    /// What is wrong.
    pub what: &'static str,
    /// Byte offset in the message.
    pub at: usize,
}

/// An `Event` looked at in place: nothing is copied, nested messages are parsed when
/// they are asked for.
///
/// Unknown fields are skipped; of a field that occurs twice the last counts. (Of nested
/// messages that occur twice protobuf would merge the parts; no writer splits them.)
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EventView<'a> {
    /// Seconds since the Unix epoch.
    pub wall_time: f64,
    /// Global step.
    pub step: i64,
    /// What happened.
    pub what: What<'a>,
}

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum What<'a> {
    /// Nothing, or something unknown.
    None,
    /// First record of a file.
    FileVersion(&'a str),
    /// Bytes of a `GraphDef`.
    GraphDef(&'a [u8]),
    /// Logged values.
    Summary(SummaryView<'a>),
    /// Start or stop of a session.
    SessionLog(SessionStatus),
    /// Memory and compute time of one step.
    TaggedRunMetadata {
        /// Its tag.
        tag: &'a str,
        /// Bytes of a `RunMetadata`.
        run_metadata: &'a [u8],
    },
    /// Bytes of a `MetaGraphDef`.
    MetaGraphDef(&'a [u8]),
    /// Bytes of a `LogMessage`.
    LogMessage(&'a [u8]),
}

/// What a session log says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionStatus {
    /// Nothing.
    Unspecified,
    /// A session starts: later steps written before are to be purged.
    Start,
    /// A session ends.
    Stop,
    /// A checkpoint was written.
    Checkpoint,
}

/// The values of an event, not yet parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SummaryView<'a> {
    bytes: &'a [u8],
}

/// One value of a summary.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ValueView<'a> {
    /// The tag.
    pub tag: &'a str,
    /// Bytes of the `SummaryMetadata`, if there is one.
    pub metadata: Option<&'a [u8]>,
    /// The value.
    pub content: Content<'a>,
}

/// Content of a value; byte slices are nested messages.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Content<'a> {
    /// None: the value carries metadata only.
    None,
    /// A scalar.
    SimpleValue(f32),
    /// Bytes of a `Summary.Image`.
    Image(&'a [u8]),
    /// Bytes of a `HistogramProto`.
    Histo(&'a [u8]),
    /// Bytes of a `Summary.Audio`.
    Audio(&'a [u8]),
    /// Bytes of a `TensorProto`.
    Tensor(&'a [u8]),
}

impl<'a> EventView<'a> {
    /// Looks at the bytes of a record.
    ///
    /// # Errors
    /// When they are not an `Event`: a field is cut off, has the wrong wire type, or a
    /// string is not UTF-8. Values of a summary are checked when they are iterated.
    #[inline]
    pub fn parse(data: &'a [u8]) -> Result<Self, WireError> {
        let mut event = Self {
            wall_time: 0.0,
            step: 0,
            what: What::None,
        };
        let mut fields = Fields::new(data, "Event");
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => event.wall_time = f64::from_bits(fields.fixed64(value)?),
                2 => event.step = fields.varint(value)? as i64,
                3 => event.what = What::FileVersion(fields.string(value)?),
                4 => event.what = What::GraphDef(fields.bytes(value)?),
                5 => {
                    event.what = What::Summary(SummaryView {
                        bytes: fields.bytes(value)?,
                    });
                }
                6 => event.what = What::LogMessage(fields.bytes(value)?),
                7 => event.what = What::SessionLog(session_status(fields.bytes(value)?)?),
                8 => event.what = tagged_run_metadata(fields.bytes(value)?)?,
                9 => event.what = What::MetaGraphDef(fields.bytes(value)?),
                _ => {}
            }
        }
        Ok(event)
    }
}

fn session_status(data: &[u8]) -> Result<SessionStatus, WireError> {
    let mut status = SessionStatus::Unspecified;
    let mut fields = Fields::new(data, "SessionLog");
    while let Some((number, value)) = fields.next()? {
        if number == 1 {
            status = match fields.varint(value)? {
                1 => SessionStatus::Start,
                2 => SessionStatus::Stop,
                3 => SessionStatus::Checkpoint,
                _ => SessionStatus::Unspecified,
            };
        }
    }
    Ok(status)
}

fn tagged_run_metadata(data: &[u8]) -> Result<What<'_>, WireError> {
    let (mut tag, mut run_metadata) = ("", [].as_slice());
    let mut fields = Fields::new(data, "TaggedRunMetadata");
    while let Some((number, value)) = fields.next()? {
        match number {
            1 => tag = fields.string(value)?,
            2 => run_metadata = fields.bytes(value)?,
            _ => {}
        }
    }
    Ok(What::TaggedRunMetadata { tag, run_metadata })
}

impl<'a> SummaryView<'a> {
    /// The values in order. After an error the iteration ends.
    #[inline]
    pub fn values(&self) -> impl Iterator<Item = Result<ValueView<'a>, WireError>> + use<'a> {
        let mut fields = Fields::new(self.bytes, "Summary");
        std::iter::from_fn(move || {
            loop {
                match fields.next() {
                    Ok(None) => return None,
                    Ok(Some((1, value))) => {
                        let parsed = fields.bytes(value).and_then(ValueView::parse);
                        if parsed.is_err() {
                            fields.stop();
                        }
                        return Some(parsed);
                    }
                    Ok(Some(_)) => {}
                    Err(error) => {
                        fields.stop();
                        return Some(Err(error));
                    }
                }
            }
        })
    }
}

impl<'a> ValueView<'a> {
    #[inline]
    fn parse(data: &'a [u8]) -> Result<Self, WireError> {
        let mut view = Self {
            tag: "",
            metadata: None,
            content: Content::None,
        };
        let mut fields = Fields::new(data, "Summary.Value");
        while let Some((number, value)) = fields.next()? {
            match number {
                1 => view.tag = fields.string(value)?,
                2 => view.content = Content::SimpleValue(f32::from_bits(fields.fixed32(value)?)),
                4 => view.content = Content::Image(fields.bytes(value)?),
                5 => view.content = Content::Histo(fields.bytes(value)?),
                6 => view.content = Content::Audio(fields.bytes(value)?),
                8 => view.content = Content::Tensor(fields.bytes(value)?),
                9 => view.metadata = Some(fields.bytes(value)?),
                _ => {}
            }
        }
        Ok(view)
    }
}

/// The number in the bytes of a `TensorProto` that holds exactly one: rank 0 or any shape
/// of one element, of a numeric type; also the form without a shape that PyTorch writes.
/// `None` for everything else.
pub fn scalar_from_tensor(tensor: &[u8]) -> Option<f64> {
    let tensor = prost::Message::decode(tensor).ok()?;
    crate::Tensor::from_proto(&tensor).ok()?.as_scalar()
}

/// A field's value as it lies on the wire.
#[derive(Clone, Copy)]
enum Wire<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
}

/// Walks over the fields of a message.
struct Fields<'a> {
    rest: &'a [u8],
    len: usize,
    message: &'static str,
}

impl<'a> Fields<'a> {
    #[inline]
    fn new(data: &'a [u8], message: &'static str) -> Self {
        Self {
            rest: data,
            len: data.len(),
            message,
        }
    }

    #[cold]
    fn error(&self, what: &'static str) -> WireError {
        WireError {
            message: self.message,
            what,
            at: self.len - self.rest.len(),
        }
    }

    fn stop(&mut self) {
        self.rest = &[];
    }

    #[inline]
    fn next(&mut self) -> Result<Option<(u32, Wire<'a>)>, WireError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = self.take_varint()?;
        let Ok(number) = u32::try_from(key >> 3) else {
            return Err(self.error("field number out of range"));
        };
        let value = match key & 7 {
            0 => Wire::Varint(self.take_varint()?),
            1 => Wire::Fixed64(*self.take_chunk()?),
            2 => {
                let len = self.take_varint()?;
                let split = usize::try_from(len)
                    .ok()
                    .and_then(|len| self.rest.split_at_checked(len));
                let Some((bytes, rest)) = split else {
                    return Err(self.error("field cut off"));
                };
                self.rest = rest;
                Wire::Bytes(bytes)
            }
            5 => Wire::Fixed32(*self.take_chunk()?),
            _ => return Err(self.error("unknown wire type")),
        };
        if number == 0 {
            return Err(self.error("field number 0"));
        }
        Ok(Some((number, value)))
    }

    #[inline]
    fn take_varint(&mut self) -> Result<u64, WireError> {
        if let Some((&byte, rest)) = self.rest.split_first()
            && byte < 0x80
        {
            self.rest = rest;
            return Ok(u64::from(byte));
        }
        self.take_long_varint()
    }

    fn take_long_varint(&mut self) -> Result<u64, WireError> {
        let mut value = 0_u64;
        for (i, &byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                self.rest = &self.rest[i + 1..];
                return Ok(value);
            }
        }
        Err(self.error(if self.rest.len() < 10 {
            "field cut off"
        } else {
            "number too long"
        }))
    }

    #[inline]
    fn take_chunk<const N: usize>(&mut self) -> Result<&'a [u8; N], WireError> {
        let Some((chunk, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.error("field cut off"));
        };
        self.rest = rest;
        Ok(chunk)
    }

    #[inline]
    fn varint(&self, value: Wire<'a>) -> Result<u64, WireError> {
        match value {
            Wire::Varint(number) => Ok(number),
            _ => Err(self.error("field of another wire type than varint")),
        }
    }

    #[inline]
    fn fixed64(&self, value: Wire<'a>) -> Result<u64, WireError> {
        match value {
            Wire::Fixed64(bytes) => Ok(u64::from_le_bytes(bytes)),
            _ => Err(self.error("field of another wire type than 64-bit")),
        }
    }

    #[inline]
    fn fixed32(&self, value: Wire<'a>) -> Result<u32, WireError> {
        match value {
            Wire::Fixed32(bytes) => Ok(u32::from_le_bytes(bytes)),
            _ => Err(self.error("field of another wire type than 32-bit")),
        }
    }

    #[inline]
    fn bytes(&self, value: Wire<'a>) -> Result<&'a [u8], WireError> {
        match value {
            Wire::Bytes(bytes) => Ok(bytes),
            _ => Err(self.error("field of another wire type than length-delimited")),
        }
    }

    #[inline]
    fn string(&self, value: Wire<'a>) -> Result<&'a str, WireError> {
        str::from_utf8(self.bytes(value)?).map_err(|_| self.error("string that is not UTF-8"))
    }
}

#[cfg(test)]
mod tests;
