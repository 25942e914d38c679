//! Sorting samples by falling score, on all cores.
//!
//! Samples are dealt into buckets between splitters taken from a sample of the keys, positives and negatives apart,
//! and each bucket is then sorted by one task, within the caches. Equal keys always meet in one bucket. That positives
//! and negatives are apart saves carrying the label along; the two are merged when they are counted.

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
    pub(crate) positives: Vec<E>,
    pub(crate) negatives: Vec<E>,
}

/// Sorts `samples` entries and gives each bucket, in the order of keys, to `finish`.
///
/// `entry(i)` is the entry of sample `i` and whether it is positive, or `None` where the sample is left out.
pub(crate) fn sort_buckets<E: Entry, T: Send>(
    samples: usize,
    entry: impl Fn(usize) -> Option<(E, bool)> + Sync,
    finish: impl Fn(Bucket<E>) -> T + Sync,
) -> Vec<T> {
    let splitters = splitters(samples, &entry);
    let buckets = splitters.len() + 1;
    let dealt: Vec<Dealt<E>> = (0..samples.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let first = chunk * CHUNK;
            Dealt::new(first..samples.min(first + CHUNK), &entry, &splitters)
        })
        .collect();
    (0..buckets)
        .into_par_iter()
        .with_max_len(1)
        .map(|bucket| {
            let part = |side: usize| {
                let segments = dealt.iter().map(|dealt| dealt.part(2 * bucket + side));
                let mut entries = Vec::with_capacity(segments.clone().map(<[E]>::len).sum());
                for segment in segments {
                    entries.extend_from_slice(segment);
                }
                E::sort(&mut entries);
                entries
            };
            finish(Bucket {
                negatives: part(0),
                positives: part(1),
            })
        })
        .collect()
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

/// A chunk of the samples, dealt into buckets.
struct Dealt<E> {
    entries: Vec<E>,
    /// Where each part ends: negatives and positives of each bucket in turn.
    ends: Vec<usize>,
}

impl<E: Entry> Dealt<E> {
    fn new(
        samples: std::ops::Range<usize>,
        entry: &impl Fn(usize) -> Option<(E, bool)>,
        splitters: &[E::Key],
    ) -> Self {
        let parts = 2 * (splitters.len() + 1);
        let mut starts = vec![0_usize; parts + 1];
        let mut picked: Vec<(E, u16)> = Vec::with_capacity(samples.len());
        for sample in samples {
            let Some((entry, positive)) = entry(sample) else {
                continue;
            };
            let bucket = bucket_of(entry.key(), splitters);
            let part = 2 * bucket + usize::from(positive);
            starts[part + 1] += 1;
            picked.push((entry, part as u16));
        }
        for part in 0..parts {
            starts[part + 1] += starts[part];
        }
        let mut entries = vec![E::default(); picked.len()];
        for (entry, part) in picked {
            let next = &mut starts[usize::from(part)];
            entries[*next] = entry;
            *next += 1;
        }
        // Each start has moved to its end.
        starts.pop();
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

/// How many splitters lie at or before the key: a search without branches, as there are 2^n - 1 splitters.
fn bucket_of<K: Ord + Copy>(key: K, splitters: &[K]) -> usize {
    let mut bucket = 0;
    let mut step = splitters.len().div_ceil(2);
    while step > 0 {
        bucket += if splitters[bucket + step - 1] <= key {
            step
        } else {
            0
        };
        step /= 2;
    }
    bucket
}
