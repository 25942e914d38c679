//! `cargo xtask bench`: Glassboard and its peers, measured in the same run on the same files.

mod figures;
mod report;

use crate::{
    setup,
    shell::{self, cargo, command, root, target_dir},
    wheel,
};
use anyhow::{Context, ensure};
use figures::{Bench, Browser, Check, Loaded, ModelSummary, Paired, PeerLoads, PeerWrite, Series};
use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often each load is repeated; the median counts
    #[arg(long, default_value_t = 5)]
    repeats: usize,
    /// Gigabytes of pictures in the larger of the two log directories of pictures
    #[arg(long, default_value_t = 10)]
    images_gb: u32,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    ensure!(args.repeats > 0, "expected at least one repeat");
    setup::web_packages()?;
    let chromium = setup::chromium()?;
    let python = setup::peers_python()?;
    // The demo is not measured, and its network takes minutes to build.
    let build = [
        "build",
        "--release",
        "--package",
        "glassboard-cli",
        "--no-default-features",
    ];
    shell::run(cargo().args(build))?;
    let glassboard = target_dir()
        .join("release")
        .join(format!("glassboard{}", env::consts::EXE_SUFFIX));
    let glassboard = glassboard
        .canonicalize()
        .with_context(|| glassboard.display().to_string())?;
    let bench = Machinery {
        python,
        glassboard,
        chromium,
        logs: shell::cache_dir()?.join("bench"),
    };

    let long = bench.logdir("long", None)?;
    let many = bench.logdir("many", None)?;
    let few_pictures = bench.logdir("images", Some(1))?;
    let many_pictures = bench.logdir("images", Some(args.images_gb))?;
    let figures = Bench {
        repeats: args.repeats,
        images_gb: args.images_gb,
        add_scalar_per_sec: add_scalar()?,
        torch: bench.peer_write("torch")?,
        tensorboardx: bench.peer_write("tensorboardX")?,
        long: bench.load(&long, args.repeats)?,
        many: bench.load(&many, args.repeats)?,
        few_pictures: bench.check(&few_pictures)?,
        many_pictures: bench.check(&many_pictures)?,
        series: bench.series(&long)?,
        browser: bench.browser(&many)?,
        python: bench.python_calls()?,
        summaries: bench.summaries(args.repeats)?,
    };
    let path = root().join("docs/benchmarks.md");
    let before = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let text = report::markdown(&figures)? + report::kept(&before);
    fs::write(&path, &text).with_context(|| path.display().to_string())?;
    println!("{text}");
    Ok(())
}

/// What measures, and on what.
struct Machinery {
    python: PathBuf,
    glassboard: PathBuf,
    chromium: PathBuf,
    logs: PathBuf,
}

impl Machinery {
    /// A log directory of `benches/make_logdir.py`, made once.
    fn logdir(&self, kind: &str, gigabytes: Option<u32>) -> anyhow::Result<PathBuf> {
        let size = gigabytes.map(|size| size.to_string());
        let name = size
            .as_ref()
            .map_or_else(|| kind.to_owned(), |size| format!("{kind}-{size}"));
        let path = self.logs.join(&name);
        if !path.is_dir() {
            let unfinished = self.logs.join(format!("{name}.unfinished"));
            shell::run(
                command(&self.python)
                    .args(["benches/make_logdir.py", kind])
                    .arg(&unfinished)
                    .args(size),
            )?;
            fs::rename(&unfinished, &path)?;
        }
        Ok(path)
    }

    fn script(&self, name: &str) -> Command {
        let mut script = command(&self.python);
        script.arg(Path::new("benches").join(name));
        script
    }

    fn peer_write(&self, peer: &str) -> anyhow::Result<PeerWrite> {
        PeerWrite::parse(&shown(self.script("write_peer.py").arg(peer))?)
    }

    /// Our Python package, and what runs model files, beside their peers.
    fn python_calls(&self) -> anyhow::Result<Vec<Paired>> {
        wheel::install_released(&self.python)?;
        let mut figures = Vec::new();
        let scripts = [
            "python_writer.py",
            "python_metrics.py",
            "python_explain.py",
            "python_projection.py",
            "python_summary.py",
        ];
        for script in scripts {
            figures.extend(Paired::parse_all(&shown(&mut self.script(script))?)?);
        }
        let mut files = self.script("explain_file.py");
        files.arg(&self.glassboard).arg(self.logs.join("models"));
        figures.extend(Paired::parse_all(&shown(&mut files)?)?);
        Ok(figures)
    }

    /// `glassboard summary` of model files of 20,000 operations, which are made once.
    fn summaries(&self, repeats: usize) -> anyhow::Result<Vec<(String, Vec<ModelSummary>)>> {
        let mut summaries = Vec::new();
        for kind in ["onnx", "pt2"] {
            let folder = self.logs.join("models");
            let model = folder.join(format!("model.{kind}"));
            if !model.is_file() {
                shell::run(self.script("make_model.py").arg(kind).arg(&folder))?;
            }
            let measured = (0..repeats).map(|_| {
                let mut script = self.script("summary.py");
                ModelSummary::parse(&shown(script.arg(&self.glassboard).arg(&model))?)
            });
            summaries.push((kind.to_owned(), measured.collect::<anyhow::Result<_>>()?));
        }
        Ok(summaries)
    }

    /// Loads with the peer and with ours in turn, so that both see the same state of the machine.
    fn load(&self, logdir: &Path, repeats: usize) -> anyhow::Result<Loaded> {
        let mut loaded = Loaded::default();
        for _ in 0..repeats {
            loaded.peer.push(PeerLoads::parse(&shown(
                self.script("load_peer.py").arg(logdir),
            )?)?);
            loaded.ours.push(self.check(logdir)?);
        }
        Ok(loaded)
    }

    fn check(&self, logdir: &Path) -> anyhow::Result<Check> {
        Check::parse(&shown(
            command(&self.glassboard)
                .args(["check", "--json", "--logdir"])
                .arg(logdir),
        )?)
    }

    fn series(&self, logdir: &Path) -> anyhow::Result<Series> {
        let server = Server::start(&self.glassboard, logdir)?;
        Series::parse(&shown(self.script("ask_series.py").arg(&server.url))?)
    }

    fn browser(&self, logdir: &Path) -> anyhow::Result<Browser> {
        let server = Server::start(&self.glassboard, logdir)?;
        let mut bench = command("node");
        bench
            .current_dir(root().join("web"))
            .arg("e2e/bench.mjs")
            .arg(&server.url)
            .env("CHROMIUM", &self.chromium);
        Browser::parse(&shown(&mut bench)?)
    }
}

/// Scalars a second, by the writer's own benchmark.
fn add_scalar() -> anyhow::Result<f64> {
    shell::run(cargo().args([
        "bench",
        "--package",
        "glassboard-writer",
        "--bench",
        "scalar",
    ]))?;
    let path = target_dir().join("criterion/add_scalar/simple/new");
    let read = |name: &str| {
        let path = path.join(name);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    figures::criterion_per_sec(&read("benchmark.json")?, &read("estimates.json")?)
}

fn shown(command: &mut Command) -> anyhow::Result<String> {
    eprintln!("$ {}", shell::shown(command));
    shell::output(command)
}

/// A dashboard that is stopped when it is no longer looked at.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(glassboard: &Path, logdir: &Path) -> anyhow::Result<Self> {
        let mut child = command(glassboard)
            .arg("--logdir")
            .arg(logdir)
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child
            .stdout
            .take()
            .context("the server's output is piped")?;
        // From here on the server is stopped whatever happens.
        let mut server = Self {
            child,
            url: String::new(),
        };
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            if let Some(url) = line
                .split_whitespace()
                .find(|word| word.starts_with("http://"))
            {
                url.clone_into(&mut server.url);
                return Ok(server);
            }
        }
        anyhow::bail!("the server ended without printing its address")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing more to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
