//! Event files: the format in which TensorBoard, PyTorch and Glassboard log training.
//!
//! A file is a sequence of frames ([`frame`]), each holding one protobuf `Event`
//! ([`proto::tensorboard::Event`], or [`EventView`] without copying).
//!
//! - [`RecordReader`] reads a file, follows it while it grows, and carries on after damage.
//! - [`EventFileWriter`] names, creates and appends to a file.
//! - [`EventView`] looks at an event's fields in place: what a loader of millions of
//!   scalars needs.
//! - [`Tensor`] checks and unpacks a `TensorProto`.
//!
//! ```
//! use glassboard_events::{EventFileWriter, EventView, Item, RecordReader, What};
//! use glassboard_events::proto::tensorboard::Event;
//!
//! let dir = tempfile::tempdir()?;
//! let mut writer = EventFileWriter::create(dir.path(), "")?;
//! writer.write_event(&Event { step: 7, ..Event::default() })?;
//! writer.flush()?;
//!
//! let mut reader = RecordReader::new(std::fs::File::open(writer.path())?);
//! let mut steps = Vec::new();
//! while let Some(item) = reader.next()? {
//!     if let Item::Record(record) = item {
//!         steps.push(EventView::parse(record.data)?.step);
//!     }
//! }
//! assert_eq!(steps, [0, 7]); // the version record, then ours
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What a tag, a run or a series is, and which points a restart supersedes, is the
//! store's business.

mod damage;
mod error;
pub mod frame;
pub mod proto;
mod read;
mod scalar;
mod tensor;
mod view;
mod write;

pub use damage::{Damage, DamageKind};
pub use error::EventsError;
pub use frame::{FrameScanner, Record, Scan};
pub use read::{Item, ReadAt, RecordReader};
pub use scalar::PlainScalar;
pub use tensor::{Tensor, TensorData};
pub use view::{
    Content, EventView, SessionStatus, SummaryView, ValueView, What, WireError, scalar_from_tensor,
};
pub use write::{EventFileWriter, FILE_VERSION, file_name};
