//! What the demonstration logs for each dashboard is what it says it is: read back from the files, and held against the
//! trained network that lies beside them.

#![allow(clippy::unwrap_used)] // Helpers of tests, which may panic.

use glassboard::{
    explain::{engine::Options, explainer::Explainer},
    metrics::{AveragePrecisionOptions, RocAucOptions, average_precision_score, roc_auc_score},
};
use glassboard_demo::{DemoOptions, run};
use glassboard_events::{
    Item, RecordReader, Tensor,
    proto::tensorboard::{Event, event, summary::value::Value},
};
use glassboard_trace::{Event as Span, Filter, Role, Trace};
use ndarray::{Array2, ArrayD, ArrayView2, Axis};
use prost::Message;
use std::{
    collections::BTreeMap,
    f64::consts::LN_10,
    fs::{self, File},
    io::BufReader,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

/// The step behind the last of two epochs.
const END: i64 = 90;

#[test]
fn each_dashboard_shows_what_happened() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::train(dir.path(), 2);
    let points = log.points(END);
    let network = Network::read(&log.run);
    let logits = network.logits(&points.digits);
    the_points_are_what_the_network_makes_of_the_digits(&points, &network, &logits);
    the_curves_are_those_of_the_probabilities(&log, &points, &logits);
    the_curves_begin_before_the_first_step(&log);
    the_middle_of_the_surface_is_the_network(&log, &points, &logits);
    the_film_ends_with_the_network_s_kernels(&log, &network);
    the_sound_is_as_deep_as_the_loss_is_small(&log);
    the_trace_is_of_the_steps(&log);
}

#[test]
fn the_same_seed_logs_the_same() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [one, other] = dirs.each_ref().map(|dir| Log::train(dir.path(), 1));
    assert_eq!(one.values, other.values);
    for step in [0, 45] {
        for file in ["tensors.tsv", "metadata.tsv", "sprite.png"] {
            let path = format!("{step:05}/penultimate/{file}");
            let [one, other] = [&one, &other].map(|log| fs::read(log.run.join(&path)).unwrap());
            assert_eq!(one, other, "{path}");
        }
    }
}

/// What a run has logged.
struct Log {
    run: PathBuf,
    /// By tag, with the steps.
    values: BTreeMap<String, Vec<(i64, Value)>>,
}

impl Log {
    fn train(dir: &Path, epochs: u32) -> Self {
        let options = DemoOptions {
            learning_rates: vec![0.01],
            epochs,
            ..DemoOptions::new(dir)
        };
        run(&options, &mut |_| ControlFlow::Continue(())).unwrap();
        let run = dir.join("lr-0.01");
        let mut values: BTreeMap<String, Vec<(i64, Value)>> = BTreeMap::new();
        for path in files(&run, ".tfevents.") {
            let mut reader = RecordReader::new(File::open(path).unwrap());
            while let Some(item) = reader.next().unwrap() {
                let Item::Record(record) = item else {
                    panic!("damage in {}", run.display())
                };
                let event = Event::decode(record.data).unwrap();
                if let Some(event::What::Summary(summary)) = event.what {
                    for logged in summary.value {
                        let value = logged.value.unwrap();
                        values
                            .entry(logged.tag)
                            .or_default()
                            .push((event.step, value));
                    }
                }
            }
        }
        Self { run, values }
    }

    fn at(&self, tag: &str, step: i64) -> &Value {
        let found = self.values[tag].iter().find(|(at, _)| *at == step);
        &found.unwrap().1
    }

    fn tensor(&self, tag: &str, step: i64) -> Tensor {
        let Value::Tensor(proto) = self.at(tag, step) else {
            panic!("{tag} is no tensor")
        };
        Tensor::from_proto(proto).unwrap()
    }

    /// The embedding of a step, and the digits as its sprite shows them.
    fn points(&self, step: i64) -> Points {
        let folder = self.run.join(format!("{step:05}/penultimate"));
        let lines = |name: &str| -> Vec<Vec<String>> {
            let text = fs::read_to_string(folder.join(name)).unwrap();
            let cells = |line: &str| line.split('\t').map(str::to_owned).collect();
            text.lines().map(cells).collect()
        };
        let features = lines("tensors.tsv");
        let shape = (features.len(), features[0].len());
        let features = features
            .into_iter()
            .flatten()
            .map(|cell| cell.parse().unwrap());
        let features = Array2::from_shape_vec(shape, features.collect()).unwrap();
        let mut metadata = lines("metadata.tsv");
        let header = metadata.remove(0);
        assert_eq!(header, ["digit", "read as", "probability", "verdict"]);
        assert_eq!(metadata.len(), shape.0);

        let config = fs::read_to_string(self.run.join("projector_config.pbtxt")).unwrap();
        assert!(
            config.contains(&format!("\"{step:05}/penultimate/sprite.png\"")),
            "{config}"
        );
        assert!(config.contains("single_image_dim: 32"), "{config}");
        let sprite = File::open(folder.join("sprite.png")).unwrap();
        let mut sprite = png::Decoder::new(BufReader::new(sprite))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; sprite.output_buffer_size().unwrap()];
        let info = sprite.next_frame(&mut pixels).unwrap();
        // 359 pictures of 32 x 32 pixels: 19 in a row.
        assert_eq!((info.width, info.height), (608, 608));
        let depth = info.line_size / 608;
        let digits = Array2::from_shape_fn((shape.0, 64), |(digit, place)| {
            let (x, y) = (
                digit % 19 * 32 + place % 8 * 4,
                digit / 19 * 32 + place / 8 * 4,
            );
            // White paper, 0 to 255; the digits have 17 shades.
            let paper = f32::from(pixels[(y * 608 + x) * depth]) / 255.0;
            (paper * 16.0).round() / 16.0
        });
        Points {
            features,
            metadata,
            digits,
        }
    }
}

fn files(folder: &Path, part: &str) -> Vec<PathBuf> {
    folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_string_lossy().contains(part))
        .collect()
}

struct Points {
    /// `[N, 64]`
    features: Array2<f32>,
    /// Cells by point.
    metadata: Vec<Vec<String>>,
    /// `[N, 64]`: pixels, 0 (ink) to 1 (paper).
    digits: Array2<f32>,
}

impl Points {
    fn labels(&self) -> impl Iterator<Item = usize> {
        self.metadata.iter().map(|cells| cells[0].parse().unwrap())
    }
}

/// The network as it was saved.
struct Network {
    explainer: Explainer,
    parameters: BTreeMap<String, Vec<f32>>,
}

impl Network {
    fn read(run: &Path) -> Self {
        let graph = glassboard::model::read(run.join("network.onnx")).unwrap();
        let values = |bytes: Vec<u8>| {
            let (values, _) = bytes.as_chunks();
            values
                .iter()
                .map(|bytes| f32::from_le_bytes(*bytes))
                .collect()
        };
        let parameters = graph.parameters();
        let parameters = parameters
            .map(|tensor| (tensor.name.clone(), values(tensor.read().unwrap())))
            .collect();
        let explainer = Explainer::new(graph, Options::default()).unwrap();
        Self {
            explainer,
            parameters,
        }
    }

    /// `[N, 10]`.
    fn logits(&self, digits: &Array2<f32>) -> Array2<f32> {
        let count = digits.nrows();
        let pictures =
            ArrayD::from_shape_vec(vec![count, 1, 8, 8], digits.iter().copied().collect());
        let found = self.explainer.outputs(&pictures.unwrap()).unwrap();
        found.into_dimensionality().unwrap()
    }
}

/// Rows of logits to rows of probabilities.
fn softmax(logits: &Array2<f32>) -> Array2<f32> {
    let mut rows = logits.mapv(f32::exp);
    for mut row in rows.axis_iter_mut(Axis(0)) {
        let sum = row.sum();
        row /= sum;
    }
    rows
}

fn the_points_are_what_the_network_makes_of_the_digits(
    points: &Points,
    network: &Network,
    logits: &Array2<f32>,
) {
    assert_eq!(points.features.dim(), (359, 64));
    // The last layer makes the logits of the points.
    let weights = ArrayView2::from_shape((64, 10), &network.parameters["output.weight"]).unwrap();
    let bias = ArrayView2::from_shape((1, 10), &network.parameters["output.bias"]).unwrap();
    let made = points.features.dot(&weights) + bias;
    for (made, expected) in made.iter().zip(logits) {
        assert!((made - expected).abs() < 1e-3, "{made} is not {expected}");
    }
    let mut right = 0;
    for (cells, row) in points.metadata.iter().zip(softmax(logits).rows()) {
        let (read, probability) = row
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(b.1))
            .unwrap();
        assert_eq!(cells[1], read.to_string());
        assert!((cells[2].parse::<f32>().unwrap() - probability).abs() < 1e-3);
        let verdict = if cells[0] == cells[1] {
            "right"
        } else {
            "wrong"
        };
        assert_eq!(cells[3], verdict);
        right += usize::from(verdict == "right");
    }
    assert!(right > 300, "{right} digits were read right");
}

fn the_curves_are_those_of_the_probabilities(log: &Log, points: &Points, logits: &Array2<f32>) {
    let probabilities = softmax(logits);
    for class in 0..10 {
        let labels: Vec<u8> = points
            .labels()
            .map(|label| u8::from(label == class))
            .collect();
        let scores = probabilities.column(class).to_vec();
        let rows = |tag: &str| {
            let tensor = log.tensor(tag, END);
            assert_eq!(tensor.shape, [6, 127]);
            Array2::from_shape_vec((6, 127), tensor.to_f64().unwrap()).unwrap()
        };
        let rows_between = |rows: &Array2<f64>, of: &dyn Fn(&Array2<f64>, usize) -> f64| {
            (0..126).map(|at| of(rows, at)).sum::<f64>()
        };
        // Average precision: steps of recall by precision. The counts are of 127 thresholds, the area of all scores.
        let pr = rows(&format!("pr/{class}"));
        let found = rows_between(&pr, &|rows, at| {
            (rows[[5, at]] - rows[[5, at + 1]]) * rows[[4, at]]
        }) + pr[[5, 126]] * pr[[4, 126]];
        let options = AveragePrecisionOptions::default();
        let expected = average_precision_score(&labels, &scores, &options).unwrap();
        let expected = expected.value.one().unwrap();
        assert!(
            (found - expected).abs() < 0.02,
            "{class}: {found} is not {expected}"
        );

        let roc = rows(&format!("roc/{class}"));
        let found = rows_between(&roc, &|rows, at| {
            (rows[[5, at]] - rows[[5, at + 1]]) * (rows[[4, at]] + rows[[4, at + 1]]) / 2.0
        }) + roc[[5, 126]] * roc[[4, 126]] / 2.0;
        let expected = roc_auc_score(&labels, &scores, &RocAucOptions::default()).unwrap();
        let expected = expected.value.one().unwrap();
        assert!(
            (found - expected).abs() < 0.02,
            "{class}: {found} is not {expected}"
        );
        // Both count the same digits.
        assert_eq!(
            pr.slice(ndarray::s![..4, ..]),
            roc.slice(ndarray::s![..4, ..])
        );
        let positives = f64::from(labels.iter().map(|label| u32::from(*label)).sum::<u32>());
        assert_eq!((pr[[0, 0]], pr[[0, 0]] + pr[[1, 0]]), (positives, 359.0));
    }
}

fn the_curves_begin_before_the_first_step(log: &Log) {
    let areas = [0, END].map(|step| {
        (0..10)
            .map(|class| {
                let values = log.tensor(&format!("roc/{class}"), step).to_f64().unwrap();
                let rows = Array2::from_shape_vec((6, 127), values).unwrap();
                (0..126)
                    .map(|at| {
                        (rows[[5, at]] - rows[[5, at + 1]]) * (rows[[4, at]] + rows[[4, at + 1]])
                            / 2.0
                    })
                    .sum::<f64>()
            })
            .sum::<f64>()
            / 10.0
    });
    assert!(areas[0] < 0.8 && areas[1] > 0.95, "mean areas of {areas:?}");
}

fn the_middle_of_the_surface_is_the_network(log: &Log, points: &Points, logits: &Array2<f32>) {
    let vertices = log.tensor("loss_surface_VERTEX", END);
    assert_eq!(vertices.shape, [1, 289, 3]);
    let vertices = vertices.to_f64().unwrap();
    let (vertices, _) = vertices.as_chunks::<3>();
    let [along, height, across] = vertices[144];
    assert_eq!((along, across), (0.0, 0.0));
    let probabilities = softmax(logits);
    let losses = points.labels().take(32).enumerate();
    let loss = losses
        .map(|(digit, label)| -f64::from(probabilities[[digit, label]]).ln())
        .sum::<f64>()
        / 32.0;
    let found = 10_f64.powf(height) - 1.0;
    assert!((found - loss).abs() < 1e-4, "{found} is not {loss}");
    // It has learnt: most places around are worse.
    let better = vertices.iter().filter(|vertex| vertex[1] < height).count();
    assert!(better < 72, "{better} places of 289 have a smaller loss");
    assert_eq!(
        [vertices[0], vertices[288]].map(|it| (it[0], it[2])),
        [(-1.0, -1.0), (1.0, 1.0)]
    );

    let faces = log.tensor("loss_surface_FACE", END);
    assert_eq!(faces.shape, [1, 512, 3]);
    let faces = faces.to_f64().unwrap();
    let (faces, _) = faces.as_chunks::<3>();
    let mut area = 0.0;
    for face in faces {
        let [a, b, c] = face.map(|at| vertices[at as usize]);
        // The y of the normal is twice the area below the triangle: up.
        let normal = (b[2] - a[2]) * (c[0] - a[0]) - (b[0] - a[0]) * (c[2] - a[2]);
        assert!(normal > 0.0);
        area += normal / 2.0;
    }
    assert!((area - 4.0).abs() < 1e-5, "the triangles cover {area} of 4");

    let colors = log.tensor("loss_surface_COLOR", END);
    assert_eq!(colors.shape, [1, 289, 3]);
    let colors = colors.to_f64().unwrap();
    let (colors, _) = colors.as_chunks::<3>();
    let highest = (0..289).max_by(|a, b| vertices[*a][1].total_cmp(&vertices[*b][1]));
    let lowest = (0..289).min_by(|a, b| vertices[*a][1].total_cmp(&vertices[*b][1]));
    assert_eq!(colors[highest.unwrap()], [253.0, 231.0, 37.0]);
    assert_eq!(colors[lowest.unwrap()], [68.0, 1.0, 84.0]);
}

fn the_film_ends_with_the_network_s_kernels(log: &Log, network: &Network) {
    let Value::Image(image) = log.at("kernels/conv1", END) else {
        panic!("no picture")
    };
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut film = options
        .read_info(image.encoded_image_string.as_slice())
        .unwrap();
    assert_eq!((film.width(), film.height()), (164, 124));
    let mut frames = Vec::new();
    while let Some(frame) = film.read_next_frame().unwrap() {
        frames.push(frame.buffer.to_vec());
    }
    // Steps 0, 3, ..., 87, and the end.
    assert_eq!(frames.len(), 31);
    let shares = |frame: &[u8]| -> Vec<f32> {
        (0..108)
            .map(|number| {
                let (kernel, place) = (number / 9, number % 9);
                let x = 4 + kernel % 4 * 40 + place % 3 * 12 + 6;
                let y = 4 + kernel / 4 * 40 + place / 3 * 12 + 6;
                let pixel = &frame[4 * (y * 164 + x)..];
                let share = |rest: u8| 1.0 - f32::from(rest) / 255.0;
                if pixel[0] == 255 {
                    share(pixel[2])
                } else {
                    -share(pixel[0])
                }
            })
            .collect()
    };
    let kernels = &network.parameters["conv1.weight"];
    let shown = shares(&frames[30]);
    let greatest = |values: &[f32]| values.iter().map(|value| value.abs()).fold(0.0, f32::max);
    // Full colour is the greatest number of all frames.
    let scale = greatest(kernels) / greatest(&shown);
    for (shown, kernel) in shown.iter().zip(kernels) {
        let found = shown * scale;
        assert!(
            (found - kernel).abs() < scale * 0.02,
            "{found} is not {kernel}"
        );
    }
    assert_ne!(shares(&frames[0]), shown, "nothing was learnt");
    let of_all = frames
        .iter()
        .map(|frame| greatest(&shares(frame)))
        .fold(0.0, f32::max);
    assert_eq!(of_all, 1.0);
}

fn the_sound_is_as_deep_as_the_loss_is_small(log: &Log) {
    let losses: Vec<f64> = log.values["train/loss"]
        .iter()
        .map(|(_, value)| match value {
            Value::SimpleValue(loss) => f64::from(*loss),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(losses.len(), 90);
    let Value::Audio(audio) = log.at("loss/as_a_sound", END) else {
        panic!("no sound")
    };
    let mut wav = hound::WavReader::new(audio.encoded_audio_string.as_slice()).unwrap();
    assert_eq!((wav.spec().sample_rate, wav.spec().channels), (8_000, 1));
    let samples: Vec<i16> = wav.samples().map(Result::unwrap).collect();
    assert_eq!(samples.len(), 32_000);
    // Each second has so many waves as the tones of its losses have together.
    for (second, part) in samples.chunks(8_000).enumerate() {
        let tones = (0..8_000).map(|at| losses[(second * 8_000 + at) * 90 / 32_000]);
        let expected: f64 = tones
            .map(|loss| 880.0 * (loss / LN_10).cbrt() / 8_000.0)
            .sum();
        let pairs = part.windows(2);
        let waves = pairs.filter(|pair| pair[0] < 0 && pair[1] >= 0).count() as f64;
        assert!(
            (waves - expected).abs() < 2.0,
            "second {second}: {waves} waves, not {expected}"
        );
    }
}

fn the_trace_is_of_the_steps(log: &Log) {
    let [path] = files(&log.run, ".pt.trace.json").try_into().unwrap();
    let trace = Trace::read(File::open(path).unwrap());
    assert_eq!(trace.notices(), []);
    let numbers: Vec<u64> = trace
        .steps()
        .iter()
        .filter_map(|step| step.number)
        .collect();
    assert_eq!(numbers, (5..25).collect::<Vec<u64>>());
    let [lane] = trace.lanes() else {
        panic!("{} threads", trace.lanes().len())
    };
    assert_eq!((lane.process.as_str(), lane.rows), ("glassboard demo", 3));

    let row = |row: u16| trace.events().iter().filter(move |span| span.row() == row);
    for step in row(0) {
        assert!(trace.name(step).starts_with("ProfilerStep#"));
        let phases: Vec<&Span> = within(step, row(1)).collect();
        let names: Vec<&str> = phases.iter().map(|phase| trace.name(phase)).collect();
        assert_eq!(
            names,
            [
                "enumerate(DataLoader)#Digits.__next__",
                "forward",
                "backward",
                "statistics",
                "Optimizer.step#Adam.step",
                "logging",
                "progress",
            ]
        );
        let total: u64 = phases.iter().map(|phase| phase.duration_ns).sum();
        assert_eq!(total, step.duration_ns, "the parts are all of the step");
        for pair in phases.windows(2) {
            assert_eq!(pair[0].end_ns(), pair[1].start_ns);
        }
        let operations = |phase: usize| -> Vec<&str> {
            within(phases[phase], row(2))
                .map(|operation| trace.name(operation))
                .collect()
        };
        assert_eq!(
            operations(1),
            [
                "conv2d",
                "relu",
                "conv2d",
                "relu",
                "max_pool2d",
                "flatten",
                "linear",
                "relu",
                "linear",
                "cross_entropy",
            ]
        );
        assert_eq!(operations(2), ["backward"]);
        assert_eq!(operations(4), ["adam"]);
    }
    assert_eq!(trace.events().len(), 20 * (1 + 7 + 12));

    // The dashboard's tables know what is what.
    for step in trace.steps() {
        for role in [Role::DataLoader, Role::CpuOperator, Role::Other] {
            assert!(
                step.spent_ns[role as usize] > 0,
                "{role:?} of {}",
                step.name
            );
        }
    }
    let operators = trace.operators(&Filter::default());
    let convolutions = operators.iter().find(|row| row.name == "conv2d").unwrap();
    assert_eq!(convolutions.calls, 40);
}

/// Those of the spans that lie within another, in order.
fn within<'a>(
    whole: &'a Span,
    spans: impl Iterator<Item = &'a Span> + 'a,
) -> impl Iterator<Item = &'a Span> {
    spans.filter(|span| span.start_ns >= whole.start_ns && span.end_ns() <= whole.end_ns())
}
