//! Reads the arrays of a `.npz` file: a ZIP archive of `.npy` files, as `numpy.savez_compressed` writes it.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use ndarray::ArrayD;

/// The `.npy` files of an archive by array name.
pub(crate) struct Npz(BTreeMap<String, Vec<u8>>);

impl Npz {
    pub(crate) fn read(path: &Path) -> Self {
        let file = std::fs::read(path).unwrap();
        let u16_at = |at: usize| u16::from_le_bytes(file[at..at + 2].try_into().unwrap()) as usize;
        let u32_at = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let end = file
            .windows(4)
            .rposition(|bytes| bytes == b"PK\x05\x06")
            .unwrap();
        let mut entry = u32_at(end + 16);
        let mut arrays = BTreeMap::new();
        for _ in 0..u16_at(end + 10) {
            assert_eq!(&file[entry..entry + 4], b"PK\x01\x02");
            let (method, size, header) =
                (u16_at(entry + 10), u32_at(entry + 20), u32_at(entry + 42));
            let name_len = u16_at(entry + 28);
            let name = String::from_utf8(file[entry + 46..entry + 46 + name_len].to_vec()).unwrap();
            let start = header + 30 + u16_at(header + 26) + u16_at(header + 28);
            let data = &file[start..start + size];
            let mut bytes = Vec::new();
            match method {
                0 => bytes.extend_from_slice(data),
                8 => drop(
                    flate2::read::DeflateDecoder::new(data)
                        .read_to_end(&mut bytes)
                        .unwrap(),
                ),
                other => panic!("compression method {other}"),
            }
            arrays.insert(name.trim_end_matches(".npy").to_owned(), bytes);
            entry += 46 + name_len + u16_at(entry + 30) + u16_at(entry + 32);
        }
        Self(arrays)
    }

    /// An array whose element type must be the one in the file.
    pub(crate) fn array<T: NpyElement>(&self, name: &str) -> ArrayD<T> {
        let file = &self.0[name];
        assert_eq!(&file[..8], b"\x93NUMPY\x01\x00", "version of {name}");
        let header_len = u16::from_le_bytes([file[8], file[9]]) as usize;
        let header = std::str::from_utf8(&file[10..10 + header_len]).unwrap();
        assert!(
            header.contains(&format!("'descr': '{}'", T::DESCR)),
            "{name}: {header}"
        );
        assert!(
            header.contains("'fortran_order': False"),
            "{name}: {header}"
        );
        let shape = header
            .split_once("'shape': (")
            .unwrap()
            .1
            .split_once(')')
            .unwrap()
            .0;
        let shape: Vec<usize> = shape
            .split(',')
            .filter(|n| !n.trim().is_empty())
            .map(|n| n.trim().parse().unwrap())
            .collect();
        let elements = file[10 + header_len..]
            .chunks_exact(size_of::<T>())
            .map(T::from_bytes)
            .collect();
        ArrayD::from_shape_vec(shape, elements).unwrap()
    }
}

/// A number in a `.npy` file.
pub(crate) trait NpyElement {
    /// How the header names the type.
    const DESCR: &'static str;
    fn from_bytes(bytes: &[u8]) -> Self;
}

macro_rules! npy_element {
    ($($type:ty => $descr:literal),*) => {$(
        impl NpyElement for $type {
            const DESCR: &'static str = $descr;
            fn from_bytes(bytes: &[u8]) -> Self {
                Self::from_le_bytes(bytes.try_into().unwrap())
            }
        }
    )*};
}

npy_element!(f32 => "<f4", f64 => "<f8", i32 => "<i4", i64 => "<i8", u8 => "|u1");
