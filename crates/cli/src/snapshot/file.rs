//! The file: the page, and behind it the recorded answers.
//!
//! | part | content |
//! |---|---|
//! | head | a policy that forbids the network, title, style sheet |
//! | `glassboard-pack-N` | base64 of gzip of answers, one after the other; up to about [`PACK_BYTES`] before compression |
//! | `glassboard-index` | JSON: content types; of each answer its key, pack, offset, length and content type |
//! | `glassboard-snapshot` | JSON: [`Info`] |
//! | script | the page |
//!
//! Nothing that was logged stands in the file but within base64 and in JSON whose `<` are written as `\u003c`,
//! so that no name can end the element it is in.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Compression;
use flate2::write::GzEncoder;
use glassboard_server::SnapshotPage;
use serde::Serialize;
use serde_json::Value;
use tempfile::NamedTempFile;

/// Bytes of a pack before it is compressed; a single longer answer has a pack of its own.
const PACK_BYTES: usize = 1 << 20;

/// Bytes that the markup around a pack takes, rounded up.
const PACK_MARKUP: u64 = 100;

/// Bytes that an answer's place in the index takes beside its key, rounded up.
const PLACE_BYTES: u64 = 48;

/// Kept free for [`Info`] and the end of the file.
const END_BYTES: u64 = 4096;

/// What the page says about the snapshot it is.
#[derive(Debug, Serialize)]
pub(crate) struct Info {
    pub(crate) made_at_secs: f64,
    pub(crate) dashboards: Vec<&'static str>,
    pub(crate) smoothing: Vec<f64>,
    pub(crate) reduced_series: u64,
    pub(crate) left_out: Vec<LeftOut>,
}

/// Data of a dashboard that did not fit.
#[derive(Debug, Serialize)]
pub(crate) struct LeftOut {
    pub(crate) dashboard: &'static str,
    pub(crate) kept: u64,
    pub(crate) total: u64,
}

/// Key, pack, offset, length, content type.
type Place = (String, usize, usize, usize, usize);

/// The file while it is written; it gets its name when it is whole.
pub(crate) struct SnapshotFile {
    path: PathBuf,
    file: BufWriter<NamedTempFile>,
    script: String,
    nonce: String,
    max_bytes: u64,
    /// Written, and taken by the index and the end.
    used: u64,
    /// Kept free for answers that will come.
    reserved: u64,
    pending: Vec<u8>,
    packs: usize,
    types: Vec<String>,
    places: Vec<Place>,
}

impl SnapshotFile {
    /// Begins the file in the folder that it will be in.
    pub(crate) fn create(
        path: &Path,
        page: &SnapshotPage,
        title: &str,
        max_bytes: u64,
    ) -> Result<Self> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let file = NamedTempFile::new_in(folder)
            .with_context(|| format!("cannot write into {}", folder.display()))?;
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce)
            .map_err(|error| anyhow::anyhow!("the system gives no random bytes: {error}"))?;
        let mut snapshot = Self {
            path: path.to_owned(),
            file: BufWriter::new(file),
            script: within_script(&page.script),
            nonce: BASE64.encode(nonce),
            max_bytes,
            used: END_BYTES,
            reserved: 0,
            pending: Vec::new(),
            packs: 0,
            types: Vec::new(),
            places: Vec::new(),
        };
        snapshot.used += snapshot.script.len() as u64;
        let head = head(title, &snapshot.nonce, &within_style(&page.style));
        snapshot.write(&head)?;
        if snapshot.used > max_bytes {
            bail!(
                "expected a --max-size larger than the page itself, {} bytes; got {max_bytes}",
                snapshot.used
            );
        }
        Ok(snapshot)
    }

    /// Adds an answer under its key, unless the file would become too large: then `false`.
    pub(crate) fn add(&mut self, key: &[Value], content_type: &str, bytes: &[u8]) -> Result<bool> {
        let key = serde_json::to_string(key)?;
        let cost = within_json(&key).len() as u64 + PLACE_BYTES;
        let room = self.max_bytes.saturating_sub(self.reserved);
        let most = |len: usize| base64_len(len + len / 1000 + 64) + PACK_MARKUP;
        if self.used + cost + most(self.pending.len() + bytes.len()) > room {
            // The packs may be smaller than that once they are compressed.
            self.flush()?;
            let packed = compressed(bytes)?;
            if self.used + cost + base64_len(packed.len()) + PACK_MARKUP > room {
                return Ok(false);
            }
            self.place(key, content_type, bytes.len(), cost);
            self.pack(&packed)?;
            return Ok(true);
        }
        self.place(key, content_type, bytes.len(), cost);
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= PACK_BYTES {
            self.flush()?;
        }
        Ok(true)
    }

    /// Keeps room for answers of so many bytes that will come; those that come until then leave it free.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.reserved = if bytes == 0 {
            0
        } else {
            base64_len(bytes) + PACK_MARKUP
        };
    }

    /// Ends the file and gives it its name; returns its size.
    pub(crate) fn finish(mut self, info: &Info, force: bool) -> Result<u64> {
        self.flush()?;
        let index = serde_json::json!({ "types": self.types, "answers": self.places });
        let end = format!(
            "<script type=\"application/json\" id=\"glassboard-index\">{}</script>\n\
             <script type=\"application/json\" id=\"glassboard-snapshot\">{}</script>\n\
             <script type=\"module\" nonce=\"{}\">{}</script>\n</body>\n</html>\n",
            within_json(&index.to_string()),
            within_json(&serde_json::to_string(info)?),
            self.nonce,
            self.script,
        );
        self.write(&end)?;
        let context = || format!("cannot write {}", self.path.display());
        let file = self
            .file
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)
            .with_context(context)?;
        let size = file.as_file().metadata().with_context(context)?.len();
        readable_by_others(&file).with_context(context)?;
        if force {
            file.persist(&self.path).with_context(context)?;
        } else {
            file.persist_noclobber(&self.path).with_context(context)?;
        }
        Ok(size)
    }

    /// How many answers there are.
    pub(crate) fn answers(&self) -> u64 {
        self.places.len() as u64
    }

    fn place(&mut self, key: String, content_type: &str, len: usize, cost: u64) {
        let known = self.types.iter().position(|known| known == content_type);
        let content_type = known.unwrap_or_else(|| {
            self.types.push(content_type.to_owned());
            self.types.len() - 1
        });
        let offset = self.pending.len();
        self.used += cost;
        self.places
            .push((key, self.packs, offset, len, content_type));
    }

    fn flush(&mut self) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let packed = compressed(&self.pending)?;
        self.pending.clear();
        self.pack(&packed)
    }

    fn pack(&mut self, packed: &[u8]) -> Result<()> {
        let pack = format!(
            "<script type=\"application/octet-stream\" id=\"glassboard-pack-{}\">{}</script>\n",
            self.packs,
            BASE64.encode(packed)
        );
        self.packs += 1;
        self.write(&pack)
    }

    fn write(&mut self, text: &str) -> Result<()> {
        self.used += text.len() as u64;
        self.file
            .write_all(text.as_bytes())
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// A temporary file is its owner's alone; a report is for others too, as other new files are.
fn readable_by_others(file: &NamedTempFile) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let permissions = std::fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(permissions)?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

fn base64_len(len: usize) -> u64 {
    len.div_ceil(3) as u64 * 4
}

fn compressed(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

fn head(title: &str, nonce: &str, style: &str) -> String {
    // Pictures that logged Markdown names elsewhere are not loaded: the file tells nobody that it is read.
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; img-src data: blob:; \
         media-src data: blob:; font-src data:; worker-src blob: data:; base-uri 'none'; form-action 'none'"
    );
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"generator\" content=\"Glassboard {version}\">\n\
         <title>{title}</title>\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <style>{style}</style>\n</head>\n<body>\n\
         <div id=\"app\"><noscript>This report needs JavaScript.</noscript></div>\n",
        version = env!("CARGO_PKG_VERSION"),
        title = escaped(title),
    )
}

/// Text within an element of HTML.
fn escaped(text: &str) -> String {
    let names = BTreeMap::from([
        ('&', "&amp;"),
        ('<', "&lt;"),
        ('>', "&gt;"),
        ('"', "&quot;"),
    ]);
    text.chars()
        .map(|c| {
            names
                .get(&c)
                .map_or_else(|| c.to_string(), |name| (*name).to_owned())
        })
        .collect()
}

/// JSON within a `script`: a `<` can only be within a string.
fn within_json(json: &str) -> String {
    json.replace('<', "\\u003c")
}

/// A script within a `script`: what would end the element can only be within a string or a pattern, where the
/// escape means the same.
fn within_script(script: &str) -> String {
    let mut text = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let ends = from
            .get(..8)
            .is_some_and(|start| start.eq_ignore_ascii_case("</script"));
        text.push_str(if ends || from.starts_with("<!--") {
            "\\x3c"
        } else {
            "<"
        });
        rest = &from[1..];
    }
    text.push_str(rest);
    text
}

/// A style sheet within a `style`.
fn within_style(style: &str) -> String {
    style.replace("</", "<\\/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> SnapshotPage {
        SnapshotPage {
            script: "let a = '</script><!--'; if (1<2) b = /<\\/Script>/;".to_owned(),
            style: "a::after { content: '</style>' }".to_owned(),
        }
    }

    fn info() -> Info {
        Info {
            made_at_secs: 1.0,
            dashboards: Vec::new(),
            smoothing: vec![0.6],
            reduced_series: 0,
            left_out: Vec::new(),
        }
    }

    #[test]
    fn nothing_ends_the_element_it_is_in() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.html");
        let evil = "</title></script><script>alert(1)</script><!--";
        let mut file = SnapshotFile::create(&path, &page(), evil, 1 << 20).unwrap();
        assert!(
            file.add(&[evil.into()], "text/plain", evil.as_bytes())
                .unwrap()
        );
        let size = file.finish(&info(), false).unwrap();
        let html = std::fs::read_to_string(&path).unwrap();
        assert_eq!(html.len() as u64, size);
        assert!(!html.contains("alert(1)</script>") && !html.contains("<script>alert"));
        assert!(html.contains("<title>&lt;/title&gt;&lt;/script&gt;"));
        assert!(html.contains("let a = '\\x3c/script>\\x3c!--'; if (1<2) b = /<\\/Script>/;"));
        assert!(html.contains("'<\\/style>'"));
        // Pack, index, info, page.
        assert_eq!(html.matches("</script").count(), 4, "{html}");
        assert_eq!(html.matches("<script").count(), 4);
    }

    #[test]
    fn a_file_grows_no_larger_than_allowed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.html");
        let most = 200_000;
        let mut file = SnapshotFile::create(&path, &page(), "t", most).unwrap();
        let mut state = 1_u32;
        let mut noise = || -> Vec<u8> {
            let bytes = std::iter::repeat_with(|| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            });
            bytes.take(10_000).collect()
        };
        let kept = (0..100)
            .filter(|n| file.add(&[(*n).into()], "x", &noise()).unwrap())
            .count();
        assert!((10..15).contains(&kept), "{kept}");
        // What compresses well still fits.
        assert!(file.add(&["zeros".into()], "x", &vec![0; 100_000]).unwrap());
        let size = file.finish(&info(), false).unwrap();
        assert!(size <= most, "{size}");
        assert!(size > most * 8 / 10, "{size}");
    }

    #[test]
    fn a_limit_below_the_page_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.html");
        let error = SnapshotFile::create(&path, &page(), "t", 100)
            .err()
            .unwrap();
        assert!(error.to_string().contains("--max-size"), "{error}");
        assert!(std::fs::read_dir(dir.path()).unwrap().next().is_none());
    }
}
