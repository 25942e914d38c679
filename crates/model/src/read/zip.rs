//! The directory of a zip archive, and its entries where they lie.
//!
//! PyTorch's archives are read for a few small entries out of gigabytes, so only the central directory is read, and an
//! entry when it is asked for. Layout: PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.5.3 (zip64).
//!
//! | part | signature | read |
//! |---|---|---|
//! | local header | `PK\3\4` | lengths of name and extra field, to find the entry's bytes |
//! | central directory | `PK\1\2` | name, method, checksum, sizes, place of the local header |
//! | zip64 end, and its locator | `PK\6\6`, `PK\6\7` | place and size of the directory where 32 bits do not do |
//! | end of central directory | `PK\5\6` | place and size of the directory |

use std::{collections::HashMap, io::Read};

use crate::{ModelError, Result, source::Region};

const END_LEN: u64 = 22;
const MAX_COMMENT_LEN: u64 = 0xffff;
const LOCATOR_LEN: u64 = 20;
const ZIP64_END_LEN: u64 = 56;
const DIRECTORY_ENTRY_LEN: usize = 46;
const LOCAL_HEADER_LEN: u64 = 30;

/// An entry may unpack to at most this many bytes for each of its packed ones: deflate's own limit is 1032.
const MAX_DEFLATE_RATIO: u64 = 1032;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

impl Entry {
    /// Length of what it holds, in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }
}

/// An archive whose directory has been read.
#[derive(Debug)]
pub(crate) struct Archive {
    region: Region,
    entries: Vec<Entry>,
    by_name: HashMap<String, usize>,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    method: u16,
    checksum: u32,
    packed_len: u64,
    len: u64,
    header_at: u64,
}

impl Archive {
    /// Whether bytes begin as an archive does.
    pub(crate) fn is_likely(start: &[u8]) -> bool {
        start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06")
    }

    pub(crate) fn open(region: Region) -> Result<Self> {
        let directory = find_directory(&region)?;
        let bytes = region
            .named_part("zip directory", directory.start, directory.len)?
            .read()?;
        let entries = read_directory(&region, &bytes, directory.count)?;
        let by_name = entries
            .iter()
            .enumerate()
            .map(|(position, entry)| (entry.name.clone(), position))
            .collect();
        Ok(Self {
            region,
            entries,
            by_name,
        })
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn region(&self) -> &Region {
        &self.region
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.get(*self.by_name.get(name)?)
    }

    /// The entry, or an error that says it is missing.
    pub(crate) fn expect(&self, name: &str) -> Result<&Entry> {
        self.find(name).ok_or_else(|| {
            self.region
                .malformed("archive", format!("an entry {name}"), "none")
        })
    }

    /// Where an entry's bytes lie, if they lie there as they are; `None` for a packed entry.
    pub(crate) fn stored(&self, entry: &Entry) -> Result<Option<Region>> {
        let packed = self.packed(entry)?;
        Ok((entry.method == STORED && entry.len == entry.packed_len).then_some(packed))
    }

    /// An entry's bytes, checked against its checksum.
    pub(crate) fn read(&self, entry: &Entry) -> Result<Vec<u8>> {
        let packed = self.packed(entry)?;
        let bytes = match entry.method {
            STORED => packed.read()?,
            DEFLATED => {
                if entry.len / MAX_DEFLATE_RATIO > entry.packed_len {
                    return Err(self.malformed(entry, "a size that its packed bytes can have"));
                }
                let packed = packed.read()?;
                let mut bytes = Vec::new();
                // One byte more than there should be shows an entry that is longer than it says.
                flate2::read::DeflateDecoder::new(packed.as_slice())
                    .take(entry.len + 1)
                    .read_to_end(&mut bytes)
                    .map_err(|_| self.malformed(entry, "deflated bytes"))?;
                bytes
            }
            method => {
                return Err(self.region.malformed(
                    format!("entry {}", entry.name),
                    "stored or deflated bytes",
                    format!("method {method}"),
                ));
            }
        };
        let mut checksum = flate2::Crc::new();
        checksum.update(&bytes);
        if bytes.len() as u64 != entry.len || checksum.sum() != entry.checksum {
            return Err(self.malformed(entry, "bytes that match their checksum"));
        }
        Ok(bytes)
    }

    fn packed(&self, entry: &Entry) -> Result<Region> {
        let mut header = [0; LOCAL_HEADER_LEN as usize];
        let part = format!("entry {}", entry.name);
        self.region.read_at(&part, entry.header_at, &mut header)?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err(self.malformed(entry, "a local header"));
        }
        let name_len = u64::from(u16_at(&header, 26));
        let extra_len = u64::from(u16_at(&header, 28));
        let start = entry.header_at + LOCAL_HEADER_LEN + name_len + extra_len;
        self.region.named_part(&part, start, entry.packed_len)
    }

    fn malformed(&self, entry: &Entry, expected: &str) -> ModelError {
        self.region
            .malformed(format!("entry {}", entry.name), expected, "others")
    }
}

struct Directory {
    start: u64,
    len: u64,
    count: u64,
}

fn find_directory(region: &Region) -> Result<Directory> {
    let missing = || {
        region.malformed(
            "zip archive",
            "a directory at its end",
            format!("{} bytes without one; is the file cut off?", region.len()),
        )
    };
    let tail_len = region.len().min(END_LEN + MAX_COMMENT_LEN);
    let tail_start = region.len() - tail_len;
    let tail = region
        .named_part("zip archive", tail_start, tail_len)?
        .read()?;
    let at = (0..tail.len().saturating_sub(END_LEN as usize - 1))
        .rev()
        .find(|at| {
            let end = &tail[*at..];
            end.starts_with(b"PK\x05\x06")
                && usize::from(u16_at(end, 20)) + END_LEN as usize == end.len()
        })
        .ok_or_else(missing)?;
    let end = &tail[at..];
    let directory = Directory {
        count: u64::from(u16_at(end, 10)),
        len: u64::from(u32_at(end, 12)),
        start: u64::from(u32_at(end, 16)),
    };
    let is_zip64 =
        directory.count == 0xffff || directory.len == 0xffff_ffff || directory.start == 0xffff_ffff;
    let end_at = tail_start + at as u64;
    if !is_zip64 || end_at < LOCATOR_LEN {
        return Ok(directory);
    }
    let mut locator = [0; LOCATOR_LEN as usize];
    region.read_at("zip64 locator", end_at - LOCATOR_LEN, &mut locator)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(directory);
    }
    let mut end = [0; ZIP64_END_LEN as usize];
    region.read_at("zip64 end", u64_at(&locator, 8), &mut end)?;
    if !end.starts_with(b"PK\x06\x06") {
        return Err(missing());
    }
    Ok(Directory {
        count: u64_at(&end, 32),
        len: u64_at(&end, 40),
        start: u64_at(&end, 48),
    })
}

fn read_directory(region: &Region, mut bytes: &[u8], count: u64) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for position in 0..count {
        let malformed = || {
            region.malformed(
                "zip directory",
                format!("{count} entries"),
                format!("{position}"),
            )
        };
        let header = bytes.get(..DIRECTORY_ENTRY_LEN).ok_or_else(malformed)?;
        if !header.starts_with(b"PK\x01\x02") {
            return Err(malformed());
        }
        let name_end = DIRECTORY_ENTRY_LEN + usize::from(u16_at(header, 28));
        let extra_end = name_end + usize::from(u16_at(header, 30));
        let comment_end = extra_end + usize::from(u16_at(header, 32));
        let name = bytes
            .get(DIRECTORY_ENTRY_LEN..name_end)
            .ok_or_else(malformed)?;
        let extra = bytes.get(name_end..extra_end).ok_or_else(malformed)?;
        let is_encrypted = u16_at(header, 8) & 1 != 0;
        let name = String::from_utf8_lossy(name).into_owned();
        if is_encrypted {
            return Err(region.malformed(format!("entry {name}"), "plain bytes", "encrypted ones"));
        }
        let mut entry = Entry {
            name,
            method: u16_at(header, 10),
            checksum: u32_at(header, 16),
            packed_len: u64::from(u32_at(header, 20)),
            len: u64::from(u32_at(header, 24)),
            header_at: u64::from(u32_at(header, 42)),
        };
        widen(&mut entry, extra);
        entries.push(entry);
        bytes = bytes.get(comment_end..).ok_or_else(malformed)?;
    }
    Ok(entries)
}

/// Takes the sizes that do not fit into 32 bits from the zip64 extra field, in their fixed order.
fn widen(entry: &mut Entry, mut extra: &[u8]) {
    const ZIP64: u16 = 1;
    while let (Some(header), Some(rest)) = (extra.get(..4), extra.get(4..)) {
        let len = usize::from(u16_at(header, 2));
        let Some(mut field) = rest.get(..len) else {
            return;
        };
        if u16_at(header, 0) == ZIP64 {
            for place in [&mut entry.len, &mut entry.packed_len, &mut entry.header_at] {
                if *place == 0xffff_ffff
                    && let Some((wide, behind)) = field.split_first_chunk()
                {
                    *place = u64::from_le_bytes(*wide);
                    field = behind;
                }
            }
            return;
        }
        extra = &rest[len..];
    }
}

fn number_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes
        .get(at..)
        .and_then(|bytes| bytes.first_chunk())
        .copied()
        .unwrap_or([0; N])
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(number_at(bytes, at))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(number_at(bytes, at))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(number_at(bytes, at))
}
