//! What the fuzz targets assert, as plain functions: each takes any bytes and panics when a promise is broken.
//!
//! [`record`] cuts bytes into frames, [`event`] looks into records, [`logdir`] loads them as a log directory; [`pt2`],
//! [`onnx`], [`safetensors`] and [`pth`] read models, [`trace`] reads a profiler's traces. Ordinary tests call them with the reference files, so that a
//! target that is itself wrong is found at once.

mod event;
mod logdir;
mod model;
mod record;
mod trace;

pub use event::event;
pub use logdir::logdir;
pub use model::{onnx, pt2, pth, safetensors};
pub use record::record;
pub use trace::trace;

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// Every reference event file, whole, with a flipped bit, and cut.
    #[test]
    fn the_reference_files_keep_every_promise() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/events");
        let mut files = 0;
        let mut folders = vec![golden];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.to_string_lossy().contains("tfevents") {
                    files += 1;
                    let mut bytes = fs::read(&path).expect("a file");
                    super::record(&bytes);
                    super::event(&bytes);
                    super::logdir(&bytes);
                    let middle = bytes.len() / 2;
                    if let Some(byte) = bytes.get_mut(middle) {
                        *byte ^= 4;
                    }
                    bytes.truncate(middle + middle / 2);
                    super::record(&bytes);
                    super::logdir(&bytes);
                }
            }
        }
        assert!(files > 30, "only {files} reference files");
    }

    /// Every reference model, whole, with a flipped bit, and cut.
    #[test]
    fn the_reference_models_keep_every_promise() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
        let mut files = 0;
        for folder in ["models", "summary", "cam/tiny_resnet"] {
            for entry in fs::read_dir(golden.join(folder))
                .expect("a folder")
                .flatten()
            {
                let path = entry.path();
                let target = match path.extension().and_then(|extension| extension.to_str()) {
                    Some("pt2") => super::pt2,
                    Some("onnx") => |bytes: &[u8]| super::onnx(&bytes[2..]),
                    Some("safetensors") => super::safetensors,
                    Some("pth") => super::pth,
                    _ => continue,
                };
                files += 1;
                let mut bytes = fs::read(&path).expect("a file");
                target(&bytes);
                let middle = bytes.len() / 2;
                bytes[middle] ^= 4;
                target(&bytes);
                bytes.truncate(middle + middle / 2);
                target(&bytes);
            }
        }
        assert!(files > 15, "only {files} reference models");
    }

    /// The reference trace, as it is, as text, with a flipped bit, and cut.
    #[test]
    fn the_reference_trace_keeps_every_promise() {
        use std::io::Read;
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../tests/golden/trace/worker.pt.trace.json.gz");
        let zipped = fs::read(path).expect("a file");
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(zipped.as_slice())
            .read_to_end(&mut text)
            .expect("a whole archive");
        for mut bytes in [zipped, text] {
            super::trace(&bytes);
            let middle = bytes.len() / 2;
            bytes[middle] ^= 4;
            super::trace(&bytes);
            bytes.truncate(middle + middle / 2);
            super::trace(&bytes);
        }
    }

    #[test]
    fn short_inputs_keep_every_promise() {
        for bytes in [
            &b""[..],
            b"\0",
            b"\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x01\x05\0hello",
            b"\x80brain.Event:2",
        ] {
            super::record(bytes);
            super::event(bytes);
            super::logdir(bytes);
            super::pt2(bytes);
            super::onnx(bytes);
            super::safetensors(bytes);
            super::pth(bytes);
            super::trace(bytes);
        }
    }
}
