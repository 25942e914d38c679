//! `glassboard export`: everything that was logged, as tables and files that other programs read.

mod names;
mod table;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use glassboard_events::proto::hparams::{HParamsPluginData, h_params_plugin_data::Data, value};
use glassboard_events::proto::tensorboard::summary::{self, value::Value};
use glassboard_events::{Tensor, TensorData};
use glassboard_store::histogram::Histogram;
use glassboard_store::{
    LocalLogdir, LocatorEntry, Run, ScalarSeries, Store, StoreOptions, StoredValue, TagInfo,
    TagKind, plugin,
};
use indicatif::ProgressBar;
use ndarray::{ArrayD, IxDyn};
use ndarray_npy::{WritableElement, WriteNpyExt as _};
use prost::Message as _;
use regex::Regex;

pub(crate) use self::table::Format;
use self::{
    names::Names,
    table::{
        Cell::{Float, Int, Text},
        Columns, Kind, Table,
    },
};
use crate::Status;
use crate::check::load_with_bar;
use crate::output::{count_bar, grouped};
use crate::serve::with_home;

/// `glassboard export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// Folder with event files, in it or in folders below
    #[arg(long, value_name = "DIR", env = "GLASSBOARD_LOGDIR")]
    logdir: PathBuf,
    /// Folder that everything is written into; new, or empty
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// What tables are written as
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// Only runs whose name has a match
    #[arg(long, value_name = "REGEX")]
    runs: Option<Regex>,
    /// Only tags that have a match
    #[arg(long, value_name = "REGEX")]
    tags: Option<Regex>,
}

const SCALARS: Columns = &[
    ("run", Kind::Text),
    ("tag", Kind::Text),
    ("step", Kind::Int),
    ("wall_time", Kind::Float),
    ("value", Kind::Float),
];
const HISTOGRAMS: Columns = &[
    ("run", Kind::Text),
    ("tag", Kind::Text),
    ("step", Kind::Int),
    ("wall_time", Kind::Float),
    ("left", Kind::Float),
    ("right", Kind::Float),
    ("count", Kind::Float),
];
const TEXTS: Columns = &[
    ("run", Kind::Text),
    ("tag", Kind::Text),
    ("step", Kind::Int),
    ("wall_time", Kind::Float),
    ("index", Kind::Int),
    ("text", Kind::Text),
];
/// Of precision-recall curves; the two rates of ROC curves are the true and the false positive rate.
const CURVES: Columns = &[
    ("run", Kind::Text),
    ("tag", Kind::Text),
    ("step", Kind::Int),
    ("wall_time", Kind::Float),
    ("curve", Kind::Text),
    ("threshold", Kind::Float),
    ("true_positives", Kind::Float),
    ("false_positives", Kind::Float),
    ("true_negatives", Kind::Float),
    ("false_negatives", Kind::Float),
    ("precision_or_true_positive_rate", Kind::Float),
    ("recall_or_false_positive_rate", Kind::Float),
];
/// A row for each hyperparameter of each run that has any.
const HYPERPARAMETERS: Columns = &[
    ("run", Kind::Text),
    ("name", Kind::Text),
    ("type", Kind::Text),
    ("value", Kind::Text),
];
/// Of everything that has a file of its own.
const FILES: Columns = &[
    ("run", Kind::Text),
    ("tag", Kind::Text),
    ("plugin", Kind::Text),
    ("step", Kind::Int),
    ("wall_time", Kind::Float),
    ("sample", Kind::Int),
    ("file", Kind::Text),
];

/// Rows of a logged curve.
const CURVE_ROWS: usize = 6;

/// Loads, and writes everything that is wanted.
pub(crate) fn export(arguments: &ExportArguments) -> Result<Status> {
    let logdir = with_home(&arguments.logdir);
    if !logdir.is_dir() {
        bail!("no such log directory: {}", logdir.display());
    }
    let out = with_home(&arguments.out);
    make_folder(&out)?;
    let store = Store::new(
        Arc::new(LocalLogdir::new(logdir)),
        StoreOptions {
            threads: None,
            once: true,
        },
    );
    load_with_bar(&store);
    let snapshot = store.snapshot();
    let wanted = |pattern: &Option<Regex>, name: &str| {
        pattern
            .as_ref()
            .is_none_or(|pattern| pattern.is_match(name))
    };
    let series: Vec<(&Arc<Run>, &TagInfo)> = snapshot
        .runs()
        .iter()
        .filter(|run| wanted(&arguments.runs, run.name().as_str()))
        .flat_map(|run| run.tags().iter().map(move |info| (run, info)))
        .filter(|(_, info)| wanted(&arguments.tags, info.tag.as_str()))
        .collect();
    if series.is_empty() {
        bail!("nothing to export: no series of these runs and tags in the log directory");
    }
    let bar = count_bar(series.len() as u64);
    let mut export = Export::new(&store, &out, arguments.format);
    for (run, info) in series {
        bar.set_message(format!("{} {}", run.name(), info.tag));
        export.series(run, info, &bar)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    export.finish()
}

fn make_folder(folder: &Path) -> Result<()> {
    let context = || format!("cannot write into {}", folder.display());
    if folder.is_dir() && fs::read_dir(folder).with_context(context)?.next().is_some() {
        bail!(
            "expected a new or an empty folder, got one with files in it: {}",
            folder.display()
        );
    }
    fs::create_dir_all(folder).with_context(context)
}

struct Export<'a> {
    store: &'a Store,
    out: &'a Path,
    scalars: Table,
    histograms: Table,
    texts: Table,
    curves: Table,
    hyperparameters: Table,
    files: Table,
    names: Names,
    /// What could not be read, said once for each series.
    problems: BTreeSet<String>,
}

impl<'a> Export<'a> {
    fn new(store: &'a Store, out: &'a Path, format: Format) -> Self {
        let table = |name, columns| Table::new(out, name, format, columns);
        Self {
            store,
            out,
            scalars: table("scalars", SCALARS),
            histograms: table("histograms", HISTOGRAMS),
            texts: table("texts", TEXTS),
            curves: table("curves", CURVES),
            hyperparameters: table("hyperparameters", HYPERPARAMETERS),
            files: table("files", FILES),
            names: Names::default(),
            problems: BTreeSet::new(),
        }
    }

    fn series(&mut self, run: &Run, info: &TagInfo, bar: &ProgressBar) -> Result<()> {
        let (name, tag) = (run.name().as_str(), info.tag.as_str());
        if info.kind == TagKind::Scalar {
            let points = run.scalars(tag);
            for point in points.iter().flat_map(ScalarSeries::points) {
                self.scalars.add(&[
                    Text(name),
                    Text(tag),
                    Int(point.step),
                    Float(point.wall_time_secs),
                    Float(point.value),
                ])?;
            }
            return Ok(());
        }
        let Some(series) = run.blobs(&info.plugin, tag) else {
            return Ok(());
        };
        for entry in series.live() {
            bar.tick();
            let what = |problem: &str| format!("{name}, {tag}, step {}: {problem}", entry.step);
            match self.store.read_value(&entry.locator) {
                Ok(value) => {
                    if let Err(problem) = self.value(name, info, entry, &value)? {
                        self.problems.insert(what(&problem));
                    }
                }
                Err(error) => {
                    self.problems.insert(what(&error.to_string()));
                }
            }
        }
        Ok(())
    }

    /// One value. What is wrong with it is the inner result, what is wrong with writing the outer one.
    fn value(
        &mut self,
        run: &str,
        info: &TagInfo,
        entry: &LocatorEntry,
        value: &StoredValue,
    ) -> Result<Result<(), String>> {
        let tag = info.tag.as_str();
        match (&*info.plugin, value) {
            (plugin::HISTOGRAMS, StoredValue::Summary(value)) => match Histogram::from_value(value)
            {
                Ok(histogram) => self.histogram(run, tag, entry, &histogram).map(Ok),
                Err(error) => Ok(Err(error.to_string())),
            },
            (plugin::TEXT, _) => match value.strings() {
                Some((_, texts)) => self.texts(run, tag, entry, &texts).map(Ok),
                None => Ok(Err("expected texts".to_owned())),
            },
            ("pr_curves" | "roc_curves", StoredValue::Summary(value)) => match tensor(value) {
                Ok(tensor) => self.curve(run, info, entry, &tensor),
                Err(problem) => Ok(Err(problem)),
            },
            (plugin::IMAGES | plugin::AUDIO, _) => {
                for sample in 0..entry.media.samples {
                    let Some(bytes) = value.sample(sample as usize) else {
                        return Ok(Err(format!("sample {sample} is not there")));
                    };
                    self.file(run, info, entry, sample, extension(bytes), bytes)?;
                }
                Ok(Ok(()))
            }
            ("hparams", StoredValue::Summary(value)) => self.hyperparameters(run, value),
            (_, StoredValue::Graph(bytes) | StoredValue::RunMetadata(bytes)) => {
                self.file(run, info, entry, 0, "pb", bytes).map(Ok)
            }
            (_, StoredValue::Summary(value)) => match tensor(value) {
                Ok(tensor) => self.tensor(run, info, entry, &tensor),
                Err(problem) => Ok(Err(problem)),
            },
        }
    }

    /// Numbers as numpy's, strings (messages of some plugin) as they are.
    fn tensor(
        &mut self,
        run: &str,
        info: &TagInfo,
        entry: &LocatorEntry,
        tensor: &Tensor,
    ) -> Result<Result<(), String>> {
        if let TensorData::Strings(strings) = &tensor.data {
            for (sample, bytes) in (0..).zip(strings) {
                self.file(run, info, entry, sample, extension(bytes), bytes)?;
            }
            return Ok(Ok(()));
        }
        match array(tensor) {
            Ok(bytes) => self.file(run, info, entry, 0, "npy", &bytes).map(Ok),
            Err(problem) => Ok(Err(problem)),
        }
    }

    fn histogram(
        &mut self,
        run: &str,
        tag: &str,
        entry: &LocatorEntry,
        histogram: &Histogram,
    ) -> Result<()> {
        let edges = histogram.left.iter().zip(&histogram.right);
        for ((left, right), count) in edges.zip(&histogram.counts) {
            self.histograms.add(&[
                Text(run),
                Text(tag),
                Int(entry.step),
                Float(entry.wall_time_secs),
                Float(*left),
                Float(*right),
                Float(*count),
            ])?;
        }
        Ok(())
    }

    fn texts(
        &mut self,
        run: &str,
        tag: &str,
        entry: &LocatorEntry,
        texts: &[String],
    ) -> Result<()> {
        for (index, text) in texts.iter().enumerate() {
            self.texts.add(&[
                Text(run),
                Text(tag),
                Int(entry.step),
                Float(entry.wall_time_secs),
                Int(index as i64),
                Text(text),
            ])?;
        }
        Ok(())
    }

    fn curve(
        &mut self,
        run: &str,
        info: &TagInfo,
        entry: &LocatorEntry,
        tensor: &Tensor,
    ) -> Result<Result<(), String>> {
        let (Some(values), &[6, count]) = (tensor.to_f64(), tensor.shape.as_slice()) else {
            return Ok(Err(format!(
                "expected numbers of shape [6, thresholds], got shape {:?}",
                tensor.shape
            )));
        };
        let count = count as usize;
        if values.len() != CURVE_ROWS * count {
            return Ok(Err("it has fewer numbers than its shape says".to_owned()));
        }
        for at in 0..count {
            // Thresholds are not logged: they rise from 0 to 1 in equal steps.
            let threshold = at as f64 / (count.max(2) - 1) as f64;
            let mut row = vec![
                Text(run),
                Text(info.tag.as_str()),
                Int(entry.step),
                Float(entry.wall_time_secs),
                Text(info.plugin.trim_end_matches("_curves")),
                Float(threshold),
            ];
            row.extend((0..CURVE_ROWS).map(|which| Float(values[which * count + at])));
            self.curves.add(&row)?;
        }
        Ok(Ok(()))
    }

    /// The values of a session; other records are about what there is to be, or how it ended.
    fn hyperparameters(&mut self, run: &str, value: &summary::Value) -> Result<Result<(), String>> {
        let metadata = value.metadata.as_ref();
        let content = metadata.and_then(|metadata| metadata.plugin_data.as_ref());
        let content = content.map(|plugin| plugin.content.as_slice());
        let record = match HParamsPluginData::decode(content.unwrap_or_default()) {
            Ok(record) => record,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let Some(Data::SessionStartInfo(session)) = record.data else {
            return Ok(Ok(()));
        };
        for (name, value) in &session.hparams {
            let (kind, text) = match &value.kind {
                Some(value::Kind::NumberValue(number)) => ("number", number.to_string()),
                Some(value::Kind::BoolValue(flag)) => ("bool", flag.to_string()),
                Some(value::Kind::StringValue(text)) => ("text", text.clone()),
                _ => ("none", String::new()),
            };
            self.hyperparameters
                .add(&[Text(run), Text(name), Text(kind), Text(&text)])?;
        }
        Ok(Ok(()))
    }

    fn file(
        &mut self,
        run: &str,
        info: &TagInfo,
        entry: &LocatorEntry,
        sample: u32,
        extension: &str,
        bytes: &[u8],
    ) -> Result<()> {
        let file = if sample == 0 {
            entry.step.to_string()
        } else {
            format!("{}_{sample}", entry.step)
        };
        let tag = info.tag.as_str();
        let path = self.names.path(&info.plugin, run, tag, &file, extension);
        let whole = self.out.join(&path);
        let context = || format!("cannot write {}", whole.display());
        if let Some(folder) = whole.parent() {
            fs::create_dir_all(folder).with_context(context)?;
        }
        fs::write(&whole, bytes).with_context(context)?;
        self.files.add(&[
            Text(run),
            Text(tag),
            Text(&info.plugin),
            Int(entry.step),
            Float(entry.wall_time_secs),
            Int(sample.into()),
            Text(&path.to_string_lossy().replace('\\', "/")),
        ])
    }

    /// Ends the tables, and says what there is.
    fn finish(mut self) -> Result<Status> {
        for table in [
            &mut self.scalars,
            &mut self.histograms,
            &mut self.texts,
            &mut self.curves,
            &mut self.hyperparameters,
            &mut self.files,
        ] {
            table.finish()?;
            if table.rows() > 0 {
                println!("{}: {} rows", table.path().display(), grouped(table.rows()));
            }
        }
        for problem in &self.problems {
            eprintln!("glassboard: not exported: {problem}");
        }
        Ok(if self.problems.is_empty() {
            Status::Success
        } else {
            Status::FoundDamage
        })
    }
}

/// The tensor of a summary.
fn tensor(value: &summary::Value) -> Result<Tensor, String> {
    match &value.value {
        Some(Value::Tensor(tensor)) => {
            Tensor::from_proto(tensor).map_err(|error| error.to_string())
        }
        _ => Err("expected a tensor".to_owned()),
    }
}

/// A tensor of numbers as a file of numpy, in the type it was logged in.
fn array(tensor: &Tensor) -> Result<Vec<u8>, String> {
    fn written<T: WritableElement + Clone>(shape: &[u64], values: &[T]) -> Result<Vec<u8>, String> {
        let shape: Vec<usize> = shape.iter().map(|size| *size as usize).collect();
        let array = ArrayD::from_shape_vec(IxDyn(&shape), values.to_vec());
        let mut bytes = Vec::new();
        let array = array.map_err(|error| error.to_string())?;
        array
            .write_npy(&mut bytes)
            .map_err(|error| error.to_string())?;
        Ok(bytes)
    }
    match &tensor.data {
        TensorData::F32(values) => written(&tensor.shape, values),
        TensorData::F64(values) => written(&tensor.shape, values),
        TensorData::I32(values) => written(&tensor.shape, values),
        TensorData::I64(values) => written(&tensor.shape, values),
        TensorData::U32(values) => written(&tensor.shape, values),
        TensorData::U64(values) => written(&tensor.shape, values),
        TensorData::Bool(values) => written(&tensor.shape, values),
        _ => Err("expected a tensor of numbers".to_owned()),
    }
}

/// How files of such bytes are called.
fn extension(bytes: &[u8]) -> &'static str {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => "png",
        [b'G', b'I', b'F', b'8', ..] => "gif",
        [0xff, 0xd8, 0xff, ..] => "jpg",
        [b'B', b'M', ..] => "bmp",
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'A',
            b'V',
            b'E',
            ..,
        ] => "wav",
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => "webp",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "mp4",
        [0x1a, 0x45, 0xdf, 0xa3, ..] => "webm",
        [b'I', b'D', b'3', ..] | [0xff, 0xfb | 0xf3 | 0xf2, ..] => "mp3",
        [b'O', b'g', b'g', b'S', ..] => "ogg",
        [b'f', b'L', b'a', b'C', ..] => "flac",
        _ => "bin",
    }
}
