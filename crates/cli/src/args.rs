//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

#[cfg(feature = "explain")]
use crate::explain::ExplainArguments;
use crate::export::ExportArguments;
use crate::snapshot::SnapshotArguments;
use crate::summary::SummaryArguments;

/// Look inside the training of neural networks.
///
/// Reads the event files of TensorBoard, PyTorch, tensorboardX and Glassboard, and shows them
/// in the browser while they are written.
#[derive(Debug, Parser)]
#[command(
    name = "glassboard",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_long_help = "\
Examples:
  glassboard --logdir runs                    show the runs below ./runs, follow them while they grow
  glassboard --logdir runs --port 0 --open    on any free port, and open the browser
  glassboard --logdir_spec a:runs/a,b:/data/b show several folders, each under a name
  glassboard --logdir runs --bind_all         for other machines too; prints an address with a token
  glassboard inspect runs/a --digest          what has been logged, from the terminal
  glassboard check --logdir runs              is every record sound? how large, how fast?"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) serve: ServeArguments,
}

/// What to do; without a command, serve.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show a log directory in the browser (this is what happens without a command)
    #[command(after_help = "\
Examples:
  glassboard serve --logdir runs
  glassboard serve --logdir runs --host 0.0.0.0 --token \"$(openssl rand -hex 16)\"
  glassboard serve --logdir runs --path_prefix /board --window_title \"Team A\"")]
    Serve(Box<ServeArguments>),
    /// Print the events of a file or folder
    #[command(after_help = "\
Examples:
  glassboard inspect runs                       every event of every file, one line each
  glassboard inspect runs --tag 'loss/*'        of tags that begin with loss/
  glassboard inspect runs --json | jq .value    as JSON lines
  glassboard inspect runs --digest              counts, steps and times per tag, and damage")]
    Inspect(InspectArguments),
    /// Load a log directory once, as the dashboard would, and report on it
    #[command(after_help = "\
Exit status: 0 when all files are sound, 1 when there is damage, 2 when it could not be found out.

Examples:
  glassboard check --logdir runs
  glassboard check --logdir runs --json | jq .points_per_second")]
    Check(CheckArguments),
    /// Write everything that was logged as tables and files for other programs
    #[command(after_help = "\
Written are, where there is something of the kind: scalars, histograms, texts and curves, a table each; pictures
and sounds as they were logged; graphs as GraphDef (.pb); every other tensor, such as meshes, as numpy's .npy
(strings as .bin). The table `files` says what each file is. Values that a restarted run has written again are
left out.

Exit status: 0 when everything was exported, 1 when something could not be read, 2 when it could not be done.

Examples:
  glassboard export --logdir runs --out exported
  glassboard export --logdir runs --out exported --format parquet --runs '^sgd' --tags loss")]
    Export(ExportArguments),
    /// Write the dashboards into one HTML file that opens without a server and without a network
    ///
    /// The file is the page itself with the data in it: what is shown can be looked at as with a server, save
    /// what only a server can compute (models, traces, t-SNE and UMAP, groups of runs).
    #[command(after_help = "\
Examples:
  glassboard snapshot --logdir runs -o report.html
  glassboard snapshot --logdir runs -o report.html --dashboards timeseries,images --runs '^sgd' --max-size 20MB")]
    Snapshot(Box<SnapshotArguments>),
    /// Draw precision-recall and ROC curves of the scores in a table, and say where to operate
    #[command(after_help = "\
The table is a CSV file (commas, semicolons, tabs or bars; columns are named in its first line), a
Parquet file, or an .npz file of numpy with a one-dimensional array per column. A sample is taken for
positive if its score is at least the threshold.

Examples:
  glassboard curves val.csv --label y --score p               areas and best thresholds, as a table
  glassboard curves val.csv --label y --score p -o curves.png
  glassboard curves val.parquet --label y --score old --score new -o curves.html
                                                              compare two, with a readout at the pointer
  glassboard curves val.csv --label kind --pos_label cat --score p --weight w --det -o curves.svg
  glassboard curves val.csv --label y --score p --cost_fp 1 --cost_fn 20
                                                              a miss costs as much as twenty false alarms
  glassboard curves val.npz --label y --score p --json | jq '.scores[0].best_f1.threshold'")]
    Curves(Box<CurvesArguments>),
    /// Print what is in a model's file: layers, shapes, parameters, mult-adds
    #[command(after_help = "\
Reads programs of torch.export (.pt2), ONNX, and weights: .safetensors, state dicts (.pth, .pt).
Columns: kernel_size, groups, input_size, output_size, num_params, params_percent, mult_adds,
trainable, operation_mult_adds, receptive_field.

Examples:
  glassboard summary model.pt2
  glassboard summary model.onnx --input 1x3x224x224 --depth 5 --row depth --row var_names
  glassboard summary model.pt2 --col input_size --col output_size --col mult_adds
  glassboard summary old.pt2 new.pt2            compares two, row by row
  glassboard summary model.pt2 --format json | jq .totals
  glassboard summary model.pt2 --format repr    as PyTorch's print(model)")]
    Summary(Box<SummaryArguments>),
    /// Show what a network in a file looks at: kernels, feature maps, class activation maps, saliency
    #[cfg(feature = "explain")]
    Explain(Box<ExplainArguments>),
    /// Train a small network on handwritten digits and watch it in the browser
    #[cfg(feature = "demo")]
    #[command(after_help = "\
Examples:
  glassboard demo
  glassboard demo --logdir /tmp/demo --port 0 --exit")]
    Demo(DemoArguments),
    /// Print the OpenAPI document of the HTTP API
    #[command(hide = true)]
    Openapi,
}

/// Where to listen, and to whom.
#[derive(Debug, Args)]
pub(crate) struct ListenArguments {
    /// Address or name of this machine to listen on [default: localhost]. On an address
    /// that other machines reach, clients need a token
    #[arg(
        long,
        value_name = "ADDR",
        env = "GLASSBOARD_HOST",
        conflicts_with = "bind_all"
    )]
    pub(crate) host: Option<String>,
    /// Listen on all addresses of this machine; clients need a token
    #[arg(long = "bind_all", alias = "bind-all", env = "GLASSBOARD_BIND_ALL")]
    pub(crate) bind_all: bool,
    /// Port to listen on; 0 for any free one [default: 6006, or the next free one]
    #[arg(long, value_name = "PORT", env = "GLASSBOARD_PORT")]
    pub(crate) port: Option<u16>,
    /// What clients must present; at least 8 letters, digits or -._~ [default: none for this
    /// machine, a random one for others]
    #[arg(
        long,
        value_name = "TOKEN",
        env = "GLASSBOARD_TOKEN",
        hide_env_values = true
    )]
    pub(crate) token: Option<String>,
    /// Another name under which clients reach this server, through a reverse proxy;
    /// may be repeated
    #[arg(long = "allow_host", alias = "allow-host", value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,
    /// Path under which everything is served, such as /board
    #[arg(
        long = "path_prefix",
        alias = "path-prefix",
        value_name = "PATH",
        default_value = "",
        hide_default_value = true,
        env = "GLASSBOARD_PATH_PREFIX"
    )]
    pub(crate) path_prefix: String,
    /// Title of the browser window [default: the log directory]
    #[arg(
        long = "window_title",
        alias = "window-title",
        value_name = "TEXT",
        env = "GLASSBOARD_WINDOW_TITLE"
    )]
    pub(crate) window_title: Option<String>,
    /// Open the browser
    #[arg(long)]
    pub(crate) open: bool,
}

/// `glassboard serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Folder with event files, in it or in folders below; it need not exist yet
    #[arg(
        long,
        value_name = "DIR",
        env = "GLASSBOARD_LOGDIR",
        required_unless_present = "logdir_spec"
    )]
    pub(crate) logdir: Option<PathBuf>,
    /// Several folders, each under a name: NAME:DIR,NAME:DIR
    #[arg(
        long = "logdir_spec",
        alias = "logdir-spec",
        value_name = "SPEC",
        env = "GLASSBOARD_LOGDIR_SPEC"
    )]
    pub(crate) logdir_spec: Option<String>,
    /// Seconds between two looks at the files where the system does not tell of changes;
    /// 0: load once
    #[arg(
        long = "reload_interval",
        alias = "reload-interval",
        value_name = "SECONDS",
        default_value_t = 5.0,
        allow_negative_numbers = true,
        env = "GLASSBOARD_RELOAD_INTERVAL"
    )]
    pub(crate) reload_interval: f64,
    #[command(flatten)]
    pub(crate) listen: ListenArguments,
    #[command(flatten)]
    pub(crate) threads: ThreadArguments,
    #[command(flatten)]
    pub(crate) unneeded: UnneededArguments,
}

/// How much of the machine to use.
#[derive(Debug, Args)]
pub(crate) struct ThreadArguments {
    /// Threads that read files [default: one per core]
    #[arg(
        long = "max_reload_threads",
        aliases = ["max-reload-threads", "threads"],
        value_name = "COUNT",
        value_parser = clap::value_parser!(u16).range(1..)
    )]
    pub(crate) max_reload_threads: Option<u16>,
}

/// Flags of TensorBoard that command lines may still carry: each is about a limit or a choice
/// that does not exist here.
#[derive(Debug, Args)]
pub(crate) struct UnneededArguments {
    #[arg(long = "load_fast", alias = "load-fast", hide = true, num_args = 0..=1, default_missing_value = "")]
    load_fast: Option<String>,
    #[arg(long = "samples_per_plugin", alias = "samples-per-plugin", hide = true)]
    samples_per_plugin: Option<String>,
    #[arg(long = "reload_multifile", alias = "reload-multifile", hide = true, num_args = 0..=1, default_missing_value = "")]
    reload_multifile: Option<String>,
    #[arg(
        long = "reload_multifile_inactive_secs",
        alias = "reload-multifile-inactive-secs",
        hide = true
    )]
    reload_multifile_inactive_secs: Option<String>,
    #[arg(long = "reload_task", alias = "reload-task", hide = true)]
    reload_task: Option<String>,
    #[arg(long = "generic_data", alias = "generic-data", hide = true)]
    generic_data: Option<String>,
    #[arg(long = "purge_orphaned_data", alias = "purge-orphaned-data", hide = true, num_args = 0..=1, default_missing_value = "")]
    purge_orphaned_data: Option<String>,
    #[arg(long = "detect_file_replacement", alias = "detect-file-replacement", hide = true, num_args = 0..=1, default_missing_value = "")]
    detect_file_replacement: Option<String>,
    #[arg(
        long = "extra_data_server_flags",
        alias = "extra-data-server-flags",
        hide = true
    )]
    extra_data_server_flags: Option<String>,
}

impl UnneededArguments {
    /// Each flag that was given, and why it is not needed.
    pub(crate) fn given(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        const ONE_LOADER: &str = "there is one loader, and it is the fast one";
        const ALL_FILES: &str = "all files of a run are always followed";
        [
            (&self.load_fast, "load_fast", ONE_LOADER),
            (
                &self.samples_per_plugin,
                "samples_per_plugin",
                "nothing is sampled: every point and picture is there",
            ),
            (&self.reload_multifile, "reload_multifile", ALL_FILES),
            (
                &self.reload_multifile_inactive_secs,
                "reload_multifile_inactive_secs",
                ALL_FILES,
            ),
            (
                &self.reload_task,
                "reload_task",
                "loading never blocks the server",
            ),
            (&self.generic_data, "generic_data", ONE_LOADER),
            (
                &self.purge_orphaned_data,
                "purge_orphaned_data",
                "superseded points are kept and marked",
            ),
            (
                &self.detect_file_replacement,
                "detect_file_replacement",
                "replaced files are always noticed",
            ),
            (
                &self.extra_data_server_flags,
                "extra_data_server_flags",
                ONE_LOADER,
            ),
        ]
        .into_iter()
        .filter(|(value, ..)| value.is_some())
        .map(|(_, flag, why)| (flag, why))
    }
}

/// `glassboard inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// An event file, or a folder with event files in it or below
    pub(crate) path: PathBuf,
    /// Only tags that match: a regular expression that may match anywhere in the tag, or with
    /// * and ? and no other sign of one, a pattern for the whole tag
    #[arg(long, value_name = "PATTERN")]
    pub(crate) tag: Option<String>,
    /// Print JSON, one value per line (with --digest: one document)
    #[arg(long)]
    pub(crate) json: bool,
    /// Stop after this many lines
    #[arg(long, value_name = "COUNT", conflicts_with = "digest")]
    pub(crate) limit: Option<u64>,
    /// Print counts, steps and times per tag instead of events
    #[arg(long)]
    pub(crate) digest: bool,
}

/// `glassboard check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// Folder with event files, in it or in folders below
    #[arg(long, value_name = "DIR", env = "GLASSBOARD_LOGDIR")]
    pub(crate) logdir: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) threads: ThreadArguments,
}

/// `glassboard curves`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools)] // each is a flag of its own
pub(crate) struct CurvesArguments {
    /// The table: .csv, .tsv, .parquet or .npz
    pub(crate) file: PathBuf,
    /// Column of the true labels: 0 and 1, -1 and 1, false and true, or any if the positive one is
    /// named
    #[arg(long, short, value_name = "COLUMN")]
    pub(crate) label: String,
    /// Column of a score that is the higher the likelier a sample is positive; may be repeated
    #[arg(long, short, value_name = "COLUMN", required = true)]
    pub(crate) score: Vec<String>,
    /// Column of a weight for each sample
    #[arg(long, short, value_name = "COLUMN")]
    pub(crate) weight: Option<String>,
    /// The label of the positive class; all others are negative [default: 1]
    #[arg(
        long = "pos_label",
        alias = "pos-label",
        value_name = "LABEL",
        allow_hyphen_values = true
    )]
    pub(crate) pos_label: Option<String>,
    /// Where to write the picture: .svg, .png or .html
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Draw the detection error tradeoff too
    #[arg(long)]
    pub(crate) det: bool,
    /// Draw lines of equal F1 behind the precision-recall curves
    #[arg(long = "iso_f1", alias = "iso-f1")]
    pub(crate) iso_f1: bool,
    /// What a false positive costs: find the threshold with the lowest cost [default: 1]
    #[arg(
        long = "cost_fp",
        alias = "cost-fp",
        value_name = "COST",
        allow_negative_numbers = true
    )]
    pub(crate) cost_fp: Option<f64>,
    /// What a false negative costs: find the threshold with the lowest cost [default: 1]
    #[arg(
        long = "cost_fn",
        alias = "cost-fn",
        value_name = "COST",
        allow_negative_numbers = true
    )]
    pub(crate) cost_fn: Option<f64>,
    /// A title for the picture [default: the file's name]
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
    /// Draw on a dark ground (a .html page follows its reader's choice)
    #[arg(long)]
    pub(crate) dark: bool,
    /// Pixels of a .png for each of an .svg
    #[arg(long, value_name = "FACTOR", default_value_t = 2.0)]
    pub(crate) scale: f32,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `glassboard demo`.
#[cfg(feature = "demo")]
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Folder for the logs [default: a new one in the system's folder for temporary files]
    #[arg(long, value_name = "DIR")]
    pub(crate) logdir: Option<PathBuf>,
    /// How often each run sees every training digit
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) epochs: Option<u32>,
    /// End when the training has ended, instead of showing its logs until Ctrl-C
    #[arg(long)]
    pub(crate) exit: bool,
    #[command(flatten)]
    pub(crate) listen: ListenArguments,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_flag_of_several_words_has_both_spellings() {
        let command = Arguments::command();
        for command in command.get_subcommands().chain([&command]) {
            for argument in command.get_arguments() {
                let Some(long) = argument.get_long().filter(|long| long.contains('_')) else {
                    continue;
                };
                let hyphened = long.replace('_', "-");
                assert!(
                    argument
                        .get_all_aliases()
                        .is_some_and(|aliases| aliases.contains(&hyphened.as_str())),
                    "{long} has no {hyphened}"
                );
            }
        }
    }

    #[test]
    fn command_lines_of_tensorboard_are_understood() {
        let line = "glassboard --logdir=runs --load_fast=false --samples_per_plugin images=100,scalars=0 \
                    --reload_multifile=true --bind_all --reload-interval 30 --port=6007";
        let arguments = Arguments::try_parse_from(line.split_whitespace())
            .unwrap()
            .serve;
        assert_eq!(arguments.logdir, Some(PathBuf::from("runs")));
        assert!(arguments.listen.bind_all);
        assert_eq!(arguments.reload_interval, 30.0);
        assert_eq!(arguments.listen.port, Some(6007));
        let unneeded: Vec<_> = arguments.unneeded.given().map(|(flag, _)| flag).collect();
        assert_eq!(
            unneeded,
            ["load_fast", "samples_per_plugin", "reload_multifile"]
        );
    }
}
