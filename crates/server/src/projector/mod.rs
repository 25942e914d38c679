//! Embeddings: finding them, reading their files, projecting them.
//!
//! What is read is kept for a while, since the page asks for points, labels, neighbours and projections of one
//! embedding one after the other.

mod axes;
mod config;
mod frames;
mod job;
mod metadata;
mod notice;
mod npy;
mod sent;
mod sprite;
mod tensor;

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use glassboard_events::ReadAt;
use glassboard_projection::{Metric, nearest_to};
use glassboard_store::{FileEntry, PROJECTOR_CONFIG, Store, StoreError};
use ndarray::{Array2, Axis};
use parking_lot::Mutex;

use self::config::EmbeddingInfo;
use self::notice::{counts, notice};
use self::sprite::Sprite;
use crate::error::Failure;
use crate::natural::natural_cmp;
use crate::wire::{
    EmbeddingColumn, EmbeddingEntry, EmbeddingList, EmbeddingMetric, EmbeddingNotice,
    EmbeddingNoticeKind as Kind,
};

pub(crate) use self::frames::CONTENT_TYPE;
pub(crate) use self::job::{Projections, options};
pub(crate) use self::sent::{MAX_UPLOAD_BYTES, SentFile, Shelf, read as read_sent};

/// Largest configuration.
const MAX_CONFIG_BYTES: u64 = 16 << 20;

/// Largest file of bookmarks.
const MAX_BOOKMARK_BYTES: u64 = 64 << 20;

/// Most embeddings that are kept.
const MAX_KEPT: usize = 4;

/// Most numbers of all kept embeddings together: 1 GiB.
const MAX_KEPT_NUMBERS: usize = 256 << 20;

/// An embedding as read.
#[derive(Debug)]
pub(crate) struct Embedding {
    /// What its sender calls the file of points, where files were sent.
    pub(crate) file_name: Option<String>,
    pub(crate) points: Array2<f32>,
    pub(crate) columns: Vec<EmbeddingColumn>,
    pub(crate) sprite: Option<Sprite>,
    /// Changes with the sprite's file.
    pub(crate) sprite_version: String,
    pub(crate) has_bookmarks: bool,
    pub(crate) notices: Vec<EmbeddingNotice>,
}

impl Embedding {
    /// The points whose numbers are all finite: they alone have a place.
    pub(crate) fn usable(&self) -> Vec<usize> {
        (0..self.points.nrows())
            .filter(|row| self.is_finite(*row))
            .collect()
    }

    fn is_finite(&self, row: usize) -> bool {
        self.points.row(row).iter().all(|value| value.is_finite())
    }

    /// Adds a notice of the points in a file that have no place.
    fn tell_odd_points(&mut self, path: &str) {
        let odd = self.points.nrows() - self.usable().len();
        if odd > 0 {
            let what = "points of values that are not finite";
            let told = counts(Kind::NotFinite, path, what, 0, odd as u64);
            self.notices.push(told);
        }
    }
}

/// Names an embedding and the state of its files.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    config: String,
    info: EmbeddingInfo,
    /// Size and time of each file that is there.
    files: Vec<Option<(u64, Option<SystemTime>)>>,
}

/// Embeddings that were read lately, the one that was used last behind all others.
#[derive(Debug, Default)]
pub(crate) struct Cache(Mutex<Vec<(Key, Arc<Embedding>)>>);

impl Cache {
    fn get(&self, key: &Key) -> Option<Arc<Embedding>> {
        let mut kept = self.0.lock();
        let at = kept.iter().position(|(known, _)| known == key)?;
        let found = kept.remove(at);
        let embedding = Arc::clone(&found.1);
        kept.push(found);
        Some(embedding)
    }

    fn put(&self, key: Key, embedding: Arc<Embedding>) {
        let mut kept = self.0.lock();
        kept.retain(|(known, _)| {
            known.config != key.config || known.info.tensor_name != key.info.tensor_name
        });
        kept.push((key, embedding));
        let numbers = |kept: &[(Key, Arc<Embedding>)]| -> usize {
            kept.iter()
                .map(|(_, embedding)| embedding.points.len())
                .sum()
        };
        while kept.len() > MAX_KEPT || (kept.len() > 1 && numbers(&kept) > MAX_KEPT_NUMBERS) {
            kept.remove(0);
        }
    }
}

/// Every embedding of every configuration.
pub(crate) fn list(store: &Store) -> EmbeddingList {
    let snapshot = store.snapshot();
    let mut list = EmbeddingList {
        embeddings: Vec::new(),
        notices: Vec::new(),
    };
    for config in snapshot.projectors() {
        let (infos, problem) = match read_config(store, &config.path) {
            Ok(read) => read,
            Err(failure) => (Vec::new(), Some(failure.to_string())),
        };
        if let Some(problem) = problem {
            list.notices
                .push(notice(Kind::Config, &config.path, problem));
        }
        for info in &infos {
            // Of several with one name the last counts, as it would in the writer.
            let is_last = infos
                .iter()
                .rev()
                .find(|other| other.tensor_name == info.tensor_name);
            // Weights of a TensorFlow checkpoint, which have no file of their own.
            let has_file = !info.tensor_path.is_empty();
            if !has_file || !is_last.is_some_and(|last| std::ptr::eq(last, info)) {
                continue;
            }
            let (tag, step) = tag_and_step(&info.tensor_name);
            list.embeddings.push(EmbeddingEntry {
                run: config.run.as_str().to_owned(),
                name: info.tensor_name.clone(),
                tag: tag.to_owned(),
                step,
            });
        }
    }
    list.embeddings.sort_by(|a, b| {
        natural_cmp(&a.run, &b.run)
            .then_with(|| natural_cmp(&a.tag, &b.tag))
            .then_with(|| a.step.cmp(&b.step))
            .then_with(|| a.name.cmp(&b.name))
    });
    list
}

/// `words` and 10 of `words:00010`, as `add_embedding` names them.
fn tag_and_step(name: &str) -> (&str, Option<i64>) {
    match name.rsplit_once(':') {
        Some((tag, step)) if !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit()) => {
            match step.parse() {
                Ok(step) => (tag, Some(step)),
                Err(_) => (name, None),
            }
        }
        _ => (name, None),
    }
}

fn read_config(
    store: &Store,
    path: &str,
) -> Result<(Vec<EmbeddingInfo>, Option<String>), FileProblem> {
    let bytes = read_file(store, path, PROJECTOR_CONFIG, MAX_CONFIG_BYTES)?.1;
    Ok(config::parse(&String::from_utf8_lossy(&bytes)))
}

/// The configuration's path and the embedding's entry in it.
fn find(store: &Store, run: &str, name: &str) -> Result<(String, EmbeddingInfo), Failure> {
    let snapshot = store.snapshot();
    let config = snapshot
        .projectors()
        .iter()
        .find(|config| config.run.as_str() == run)
        .ok_or_else(|| Failure::not_found(format!("no embeddings in run {run:?}")).about("run"))?;
    let (infos, _) = read_config(store, &config.path)
        .map_err(|problem| Failure::unprocessable(problem.to_string()))?;
    let known: Vec<String> = infos
        .iter()
        .take(5)
        .map(|info| info.tensor_name.clone())
        .collect();
    let info = infos
        .into_iter()
        .rev()
        .find(|info| info.tensor_name == name);
    let info = info.ok_or_else(|| {
        let known = known.join(", ");
        Failure::not_found(format!(
            "no embedding {name:?} in run {run:?}; it has: {known}"
        ))
        .about("name")
    })?;
    Ok((config.path.clone(), info))
}

/// An embedding with all that belongs to it.
pub(crate) fn load(
    store: &Store,
    cache: &Cache,
    run: &str,
    name: &str,
) -> Result<Arc<Embedding>, Failure> {
    let (config, info) = find(store, run, name)?;
    let state = |path: &str| {
        let opened = store.open_projector_file(&config, path).ok()?;
        Some((opened.0.size_bytes, opened.0.modified))
    };
    let files = [
        &info.tensor_path,
        &info.metadata_path,
        &info.sprite_path,
        &info.bookmarks_path,
    ];
    let files = files
        .into_iter()
        .map(|path| if path.is_empty() { None } else { state(path) })
        .collect();
    let key = Key {
        config,
        info,
        files,
    };
    if let Some(embedding) = cache.get(&key) {
        return Ok(embedding);
    }
    let embedding = Arc::new(read(store, &key.config, &key.info));
    cache.put(key, Arc::clone(&embedding));
    Ok(embedding)
}

fn read(store: &Store, config: &str, info: &EmbeddingInfo) -> Embedding {
    let mut notices = Vec::new();
    let file = |path: &str, most: u64, notices: &mut Vec<EmbeddingNotice>| {
        if path.is_empty() {
            return None;
        }
        read_file(store, config, path, most)
            .map_err(|problem| notices.push(problem.into_notice()))
            .ok()
    };
    let points = match file(&info.tensor_path, tensor::MAX_TENSOR_BYTES, &mut notices) {
        Some((entry, bytes)) => tensor::read(info, &bytes, &entry.path, &mut notices),
        None => Array2::zeros((0, 0)),
    };
    let count = points.nrows();
    let columns = match file(
        &info.metadata_path,
        metadata::MAX_METADATA_BYTES,
        &mut notices,
    ) {
        Some((entry, bytes)) => metadata::read(&bytes, count, &entry.path, &mut notices),
        None => Vec::new(),
    };
    let mut sprite_version = String::new();
    let sprite = file(&info.sprite_path, sprite::MAX_SPRITE_BYTES, &mut notices).and_then(
        |(entry, bytes)| {
            sprite_version = version(&entry);
            sprite::read(
                &bytes,
                &info.single_image_dim,
                count,
                &entry.path,
                &mut notices,
            )
        },
    );
    let mut embedding = Embedding {
        file_name: None,
        points,
        columns,
        sprite,
        sprite_version,
        has_bookmarks: !info.bookmarks_path.is_empty(),
        notices,
    };
    embedding.tell_odd_points(&info.tensor_path);
    embedding
}

/// Differs when the file does.
fn version(entry: &FileEntry) -> String {
    let modified = entry
        .modified
        .and_then(|when| when.duration_since(SystemTime::UNIX_EPOCH).ok())
        .map_or(0, |since| since.as_nanos());
    format!("{:x}-{modified:x}", entry.size_bytes)
}

/// The sprite's file, with a text that differs when the file does.
pub(crate) fn sprite_file(
    store: &Store,
    run: &str,
    name: &str,
) -> Result<(String, Vec<u8>), Failure> {
    let (config, info) = find(store, run, name)?;
    if info.sprite_path.is_empty() {
        return Err(Failure::not_found(format!("embedding {name:?} has no sprite")).about("name"));
    }
    let (entry, bytes) = read_file(store, &config, &info.sprite_path, sprite::MAX_SPRITE_BYTES)
        .map_err(FileProblem::into_failure)?;
    Ok((version(&entry), bytes))
}

/// The bookmarks, which are JSON.
pub(crate) fn bookmarks(
    store: &Store,
    run: &str,
    name: &str,
) -> Result<serde_json::Value, Failure> {
    let (config, info) = find(store, run, name)?;
    if info.bookmarks_path.is_empty() {
        return Err(
            Failure::not_found(format!("embedding {name:?} has no bookmarks")).about("name"),
        );
    }
    let (entry, bytes) = read_file(store, &config, &info.bookmarks_path, MAX_BOOKMARK_BYTES)
        .map_err(FileProblem::into_failure)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Failure::unprocessable(format!(
            "expected bookmarks as JSON, got {error}: {}",
            entry.path
        ))
    })
}

/// The points nearest to one, from near to far; none whose values are not finite.
pub(crate) fn neighbors(
    embedding: &Embedding,
    point: usize,
    k: usize,
    metric: EmbeddingMetric,
) -> Result<Vec<(usize, f32)>, Failure> {
    let metric = match metric {
        EmbeddingMetric::Cosine => Metric::Cosine,
        EmbeddingMetric::Euclidean => Metric::Euclidean,
    };
    let odd = embedding.points.nrows() - embedding.usable().len();
    let near = nearest_to(embedding.points.view(), point, k + odd, metric);
    let mut near = near.map_err(|error| Failure::bad_request(error.to_string()).about("point"))?;
    if !embedding.is_finite(point) {
        return Ok(Vec::new());
    }
    near.retain(|(other, _)| embedding.is_finite(*other));
    near.truncate(k);
    Ok(near)
}

/// Why a file of an embedding cannot be had.
#[derive(Debug, thiserror::Error)]
enum FileProblem {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("expected a file of at most {most} bytes, got {got}: {path}")]
    TooLarge { path: String, most: u64, got: u64 },
}

impl FileProblem {
    fn into_notice(self) -> EmbeddingNotice {
        let (kind, path) = match &self {
            Self::Store(StoreError::Outside { path }) => (Kind::Outside, path.clone()),
            Self::Store(StoreError::Io { path, .. }) | Self::TooLarge { path, .. } => {
                (Kind::Unreadable, path.clone())
            }
            Self::Store(_) => (Kind::Unreadable, String::new()),
        };
        EmbeddingNotice {
            kind,
            path,
            expected: None,
            got: None,
            message: self.to_string(),
        }
    }

    fn into_failure(self) -> Failure {
        match self {
            Self::Store(StoreError::Outside { .. }) => Failure::forbidden(self.to_string()),
            Self::Store(error) => error.into(),
            Self::TooLarge { .. } => Failure::unprocessable(self.to_string()),
        }
    }
}

/// All bytes of a file that a configuration names.
fn read_file(
    store: &Store,
    config: &str,
    name: &str,
    most: u64,
) -> Result<(FileEntry, Vec<u8>), FileProblem> {
    let (entry, source) = store.open_projector_file(config, name)?;
    if entry.size_bytes > most {
        return Err(FileProblem::TooLarge {
            path: entry.path,
            most,
            got: entry.size_bytes,
        });
    }
    match read_whole(source.as_ref(), entry.size_bytes as usize) {
        Ok(bytes) => Ok((entry, bytes)),
        Err(source) => Err(StoreError::Io {
            path: entry.path,
            source,
        }
        .into()),
    }
}

/// As many bytes as there were, fewer if the file has shrunk meanwhile.
fn read_whole(source: &dyn ReadAt, size: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; size];
    let mut filled = 0;
    while filled < size {
        let rest = bytes.get_mut(filled..).unwrap_or_default();
        match source.read_at(filled as u64, rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// The rows of these positions, moved around their centre and set to length one if asked for.
fn prepared(points: &Array2<f32>, rows: &[usize], spherize: bool) -> Array2<f32> {
    let mut chosen = points.select(Axis(0), rows);
    if spherize {
        let mean = chosen.mapv(f64::from).mean_axis(Axis(0));
        for mut row in chosen.rows_mut() {
            if let Some(mean) = &mean {
                row.zip_mut_with(mean, |value, mean| {
                    *value = (f64::from(*value) - mean) as f32;
                });
            }
            let length = row
                .iter()
                .map(|value| f64::from(*value).powi(2))
                .sum::<f64>()
                .sqrt();
            if length > 0.0 {
                row.mapv_inplace(|value| (f64::from(value) / length) as f32);
            }
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_with_a_step() {
        assert_eq!(tag_and_step("words:00010"), ("words", Some(10)));
        assert_eq!(tag_and_step("a:b:3"), ("a:b", Some(3)));
        for name in ["words", "words:", "words:1x", "w:99999999999999999999"] {
            assert_eq!(tag_and_step(name), (name, None));
        }
    }

    #[test]
    fn spherized_points_lie_around_their_centre() {
        let points = ndarray::arr2(&[[1.0_f32, 0.0], [f32::NAN, 0.0], [3.0, 0.0], [2.0, 3.0]]);
        let got = prepared(&points, &[0, 2, 3], true);
        let length = (1.0_f32 + 1.0).sqrt();
        let expected = ndarray::arr2(&[
            [-1.0 / length, -1.0 / length],
            [1.0 / length, -1.0 / length],
            [0.0, 1.0],
        ]);
        assert!(
            (&got - &expected).iter().all(|off| off.abs() < 1e-6),
            "{got}"
        );
    }
}
