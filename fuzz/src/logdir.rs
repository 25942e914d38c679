use glassboard_events::frame::append_frame;
use glassboard_store::{
    ScalarRequest, ScriptedLogdir, Snapshot, Store, StoreOptions, StoredValue, histogram::Histogram,
};
use std::sync::Arc;

/// A log directory: whatever the files hold, loading ends, and it shows the same whether the bytes were there at once
/// or came while the files were followed; every series can be asked for and every stored value read.
///
/// Random bytes hardly ever have the right checksum, so the input is a script: each piece begins with a byte that says
/// whether it is framed or raw, and two that say how long it is.
pub fn logdir(data: &[u8]) {
    let pieces = pieces(data);
    let file: Vec<u8> = pieces.concat();

    let at_once = ScriptedLogdir::new();
    at_once.put("a/events.out.tfevents.1.host", file.clone());
    at_once.put("b/events.out.tfevents.2.host", data.to_vec());
    let loaded = open(at_once.clone());
    loaded.refresh();
    let whole = loaded.snapshot();

    let grown = ScriptedLogdir::new();
    grown.put("b/events.out.tfevents.2.host", Vec::new());
    let followed = open(grown.clone());
    let half = data.len() / 2;
    grown.append("b/events.out.tfevents.2.host", &data[..half]);
    for piece in &pieces {
        grown.append("a/events.out.tfevents.1.host", piece);
        followed.refresh();
    }
    grown.append("a/events.out.tfevents.1.host", b"");
    grown.append("b/events.out.tfevents.2.host", &data[half..]);
    followed.refresh();
    same(&whole, &followed.snapshot());

    ask(&loaded, &whole);
}

fn open(dir: ScriptedLogdir) -> Arc<Store> {
    Store::new(
        Arc::new(dir),
        StoreOptions {
            threads: Some(1),
            once: false,
        },
    )
}

fn pieces(mut data: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    while let [kind, low, high, rest @ ..] = data {
        let (piece, rest) =
            rest.split_at(usize::from(u16::from_le_bytes([*low, *high])).min(rest.len()));
        data = rest;
        if kind & 1 == 0 {
            let mut frame = Vec::new();
            append_frame(&mut frame, piece).expect("a short record");
            pieces.push(frame);
        } else {
            pieces.push(piece.to_vec());
        }
    }
    pieces
}

fn same(whole: &Snapshot, followed: &Snapshot) {
    assert_eq!(whole.points(), followed.points());
    assert_eq!(whole.records(), followed.records());
    assert_eq!(whole.damaged_records(), followed.damaged_records());
    assert_eq!(whole.runs().len(), followed.runs().len());
    for run in whole.runs() {
        let other = followed
            .run_by_name(run.name().as_str())
            .expect("the same runs");
        assert_eq!(run.tags().len(), other.tags().len());
        for (tag, other_tag) in run.tags().iter().zip(other.tags()) {
            assert_eq!(
                (tag.tag.as_str(), &tag.plugin),
                (other_tag.tag.as_str(), &other_tag.plugin)
            );
            if let (Some(series), Some(other)) = (
                run.scalars(tag.tag.as_str()),
                other.scalars(tag.tag.as_str()),
            ) {
                let every = ScalarRequest {
                    superseded: true,
                    ..ScalarRequest::default()
                };
                let (series, other) = (series.query(&every), other.query(&every));
                let steps = |answer: glassboard_store::ScalarAnswer| {
                    let values: Vec<u64> = answer
                        .live
                        .value
                        .iter()
                        .map(|value| value.to_bits())
                        .collect();
                    (
                        answer.live.step,
                        values,
                        answer.restarts,
                        answer.superseded_total,
                    )
                };
                assert_eq!(series.ok().map(steps), other.ok().map(steps));
            }
            let blobs = |run: &glassboard_store::Run| {
                let series = run.blobs(&tag.plugin, tag.tag.as_str())?;
                Some(
                    series
                        .entries()
                        .iter()
                        .map(|entry| (entry.step, entry.superseded))
                        .collect::<Vec<_>>(),
                )
            };
            assert_eq!(blobs(run), blobs(other));
        }
    }
}

fn ask(store: &Store, snapshot: &Snapshot) {
    for run in snapshot.runs() {
        for tag in run.tags() {
            if let Some(series) = run.scalars(tag.tag.as_str()) {
                let every = series
                    .query(&ScalarRequest::default())
                    .expect("no range is asked for");
                assert_eq!(every.live.step.len() as u64, every.points_total);
                assert!(
                    every.live.step.is_sorted_by(|a, b| a < b),
                    "live steps do not increase"
                );
                let few = series
                    .query(&ScalarRequest {
                        pixels: 3,
                        ..ScalarRequest::default()
                    })
                    .expect("no range");
                for (step, value) in few.live.step.iter().zip(&few.live.value) {
                    let at = every
                        .live
                        .step
                        .binary_search(step)
                        .expect("a point that was never logged");
                    assert_eq!(every.live.value[at].to_bits(), value.to_bits());
                }
            }
            let Some(series) = run.blobs(&tag.plugin, tag.tag.as_str()) else {
                continue;
            };
            for entry in series.entries() {
                if let StoredValue::Summary(value) = store
                    .read_value(&entry.locator)
                    .expect("what was found is there")
                    && let Ok(histogram) = Histogram::from_value(&value)
                {
                    let percentiles = histogram.percentiles();
                    assert!(
                        !is_well_formed(&histogram) || percentiles.is_sorted_by(|a, b| !(a > b)),
                        "percentiles fall: {percentiles:?}"
                    );
                }
            }
        }
    }
}

/// Whether edges rise and counts are counts: any bytes can be a histogram, and of another there is nothing to promise.
fn is_well_formed(histogram: &Histogram) -> bool {
    let edges = histogram
        .left
        .iter()
        .zip(&histogram.right)
        .flat_map(|(left, right)| [*left, *right]);
    edges.is_sorted_by(|a, b| a <= b)
        && histogram
            .counts
            .iter()
            .all(|count| count.is_finite() && *count >= 0.0)
}
