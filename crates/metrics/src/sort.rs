//! Sorting samples by falling score, on all cores.
//!
//! Samples are dealt into buckets between splitters taken from a sample of the keys, positives and negatives apart,
//! and each bucket is then sorted by one task, within the caches. Equal keys always meet in one bucket. That positives
//! and negatives are apart saves carrying the label along; the two are merged when they are counted.

use std::hint::select_unpredictable;
use std::ops::Range;

use rayon::prelude::*;

/// Samples that are dealt by one task.
const CHUNK: usize = 1 << 17;
/// Samples that a bucket should hold: few enough for the second-level cache.
const BUCKET: usize = 1 << 14;
/// Most buckets: their ends must stay in the first-level cache while dealing.
const MAX_BUCKETS: usize = 512;
/// Keys looked at for each splitter.
const OVERSAMPLING: usize = 16;

/// What is sorted: a key, and what goes with it.
pub(crate) trait Entry: Copy + Default + Send + Sync {
    type Key: Ord + Copy + Default + Send + Sync;

    fn key(&self) -> Self::Key;

    /// Sorts by key; stable where entries of one key differ.
    fn sort(entries: &mut [Self]);
}

/// A key alone.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Plain<K>(pub(crate) K);

/// A key and the weight of its sample.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Weighted<K> {
    pub(crate) key: K,
    pub(crate) weight: f64,
}

impl<K: Ord + Copy + Default + Send + Sync> Entry for Plain<K> {
    type Key = K;

    fn key(&self) -> K {
        self.0
    }

    fn sort(entries: &mut [Self]) {
        entries.sort_unstable_by_key(|entry| entry.0);
    }
}

impl<K: Ord + Copy + Default + Send + Sync> Entry for Weighted<K> {
    type Key = K;

    fn key(&self) -> K {
        self.key
    }

    fn sort(entries: &mut [Self]) {
        entries.sort_by_key(|entry| entry.key);
    }
}

/// The entries of one bucket, each part sorted by key, equal keys in the order of the samples.
#[derive(Debug)]
pub(crate) struct Bucket<E> {
    pub(crate) negatives: Vec<E>,
    pub(crate) positives: Vec<E>,
}

impl<E> Bucket<E> {
    pub(crate) const EMPTY: Self = Self {
        negatives: Vec::new(),
        positives: Vec::new(),
    };
}

/// Samples dealt into buckets: every key of a bucket comes before every key of the next.
pub(crate) struct Deal<E> {
    chunks: Vec<Chunk<E>>,
    buckets: usize,
}

impl<E: Entry> Deal<E> {
    /// Deals `samples` entries: `entry(i)` is the one of sample `i` and whether it is positive, or `None` where the
    /// sample is left out.
    pub(crate) fn new(samples: usize, entry: impl Fn(usize) -> Option<(E, bool)> + Sync) -> Self {
        let splitters = splitters(samples, &entry);
        let chunks = (0..samples.div_ceil(CHUNK))
            .into_par_iter()
            .with_max_len(1)
            .map(|chunk| {
                let first = chunk * CHUNK;
                Chunk::new(first..samples.min(first + CHUNK), &entry, &splitters)
            })
            .collect();
        Self {
            chunks,
            buckets: splitters.len() + 1,
        }
    }

    pub(crate) fn buckets(&self) -> usize {
        self.buckets
    }

    /// How many negatives and positives a bucket holds.
    pub(crate) fn size(&self, bucket: usize) -> [usize; 2] {
        let size = |part| self.segments(part).map(<[E]>::len).sum();
        [size(2 * bucket), size(2 * bucket + 1)]
    }

    /// Replaces the entries of `bucket` by the sorted ones of bucket `index`.
    pub(crate) fn sort_into(&self, index: usize, bucket: &mut Bucket<E>) {
        let fill = |part, entries: &mut Vec<E>| {
            entries.clear();
            for segment in self.segments(part) {
                entries.extend_from_slice(segment);
            }
            E::sort(entries);
        };
        fill(2 * index, &mut bucket.negatives);
        fill(2 * index + 1, &mut bucket.positives);
    }

    fn segments(&self, part: usize) -> impl Iterator<Item = &[E]> {
        self.chunks.iter().map(move |chunk| chunk.part(part))
    }
}

/// Keys that cut the samples into buckets of about equal size: one less than buckets, a power of two.
fn splitters<E: Entry>(
    samples: usize,
    entry: &(impl Fn(usize) -> Option<(E, bool)> + Sync),
) -> Vec<E::Key> {
    let buckets = (samples / BUCKET).next_power_of_two().min(MAX_BUCKETS);
    if buckets < 2 {
        return Vec::new();
    }
    let wanted = buckets * OVERSAMPLING;
    // A fixed generator (Knuth's MMIX): the same input always takes the same way, and no period of the data is met.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut keys: Vec<E::Key> = (0..wanted)
        .filter_map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let index = ((u128::from(state) * samples as u128) >> 64) as usize;
            entry(index).map(|(entry, _)| entry.key())
        })
        .collect();
    keys.sort_unstable();
    if keys.len() < buckets {
        return Vec::new();
    }
    (1..buckets)
        .filter_map(|bucket| keys.get(bucket * keys.len() / buckets).copied())
        .collect()
}

/// Neighbouring samples, dealt by one task.
struct Chunk<E> {
    entries: Vec<E>,
    /// Where each part ends: negatives and positives of each bucket in turn.
    ends: Vec<usize>,
}

impl<E: Entry> Chunk<E> {
    fn new(
        samples: Range<usize>,
        entry: &impl Fn(usize) -> Option<(E, bool)>,
        splitters: &[E::Key],
    ) -> Self {
        let left_out = 2 * (splitters.len() + 1);
        let mut starts = vec![0_usize; left_out + 2];
        let part_of = |sample: usize| match entry(sample) {
            Some((entry, positive)) => {
                2 * bucket_of(entry.key(), splitters) + usize::from(positive)
            }
            None => left_out,
        };
        let parts: Vec<u16> = samples
            .clone()
            .map(|sample| {
                let part = part_of(sample);
                starts[part + 1] += 1;
                part as u16
            })
            .collect();
        for part in 0..left_out {
            starts[part + 1] += starts[part];
        }
        let mut entries = vec![E::default(); starts[left_out]];
        for (sample, part) in samples.zip(parts) {
            if let Some((entry, _)) = entry(sample) {
                let next = &mut starts[usize::from(part)];
                entries[*next] = entry;
                *next += 1;
            }
        }
        // Each start has moved to its end.
        starts.truncate(left_out);
        Self {
            entries,
            ends: starts,
        }
    }

    fn part(&self, part: usize) -> &[E] {
        let start = part.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.entries[start..self.ends[part]]
    }
}

/// How many splitters lie at or before the key: a search without branches, which would all be mispredicted. There are
/// 2^n - 1 splitters.
fn bucket_of<K: Ord + Copy>(key: K, splitters: &[K]) -> usize {
    let mut bucket = 0;
    let mut step = splitters.len().div_ceil(2);
    while step > 0 {
        bucket += select_unpredictable(splitters[bucket + step - 1] <= key, step, 0);
        step /= 2;
    }
    bucket
}
