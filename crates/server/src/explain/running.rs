//! What is kept between requests: models that are ready to run, pictures that were sent, what was computed.

use std::fmt::Write as _;
use std::io::Cursor;
use std::sync::Arc;

use axum::response::Response;
use glassboard_explain::ExplainError;
use glassboard_explain::cam::Method;
use glassboard_explain::engine::Options;
use glassboard_explain::explainer::Explainer;
use glassboard_explain::input::{Labels, Preparation, Source, Wishes};
use glassboard_explain::saliency::Saliency;
use glassboard_media::Colormap;
use parking_lot::Mutex;

use super::{ask, work};
use crate::app::App;
use crate::error::Failure;
use crate::model_file::ModelFile;
use crate::shelf::Shelf;
use crate::stream;
use crate::wire;

/// Most bytes that the files of the models together have that are ready to run.
const MAX_MODELS_BYTES: usize = 1 << 30;
/// Most memory that pictures take that were sent.
const MAX_PICTURES_BYTES: usize = 256 << 20;
/// Most memory that pictures and numbers take that were computed.
const MAX_RESULTS_BYTES: usize = 256 << 20;
/// Longest side of the picture that is shown of one that was sent.
const SHOWN_SIDE: u32 = 512;

/// Runs models.
#[derive(Debug)]
pub(crate) struct Explaining {
    models: Shelf<Explainer>,
    pictures: Shelf<Source>,
    pub(super) results: Shelf<Vec<u8>>,
    /// Large pictures are decoded one at a time.
    decoding: Mutex<()>,
}

impl Default for Explaining {
    fn default() -> Self {
        Self {
            models: Shelf::new(MAX_MODELS_BYTES),
            pictures: Shelf::new(MAX_PICTURES_BYTES),
            results: Shelf::new(MAX_RESULTS_BYTES),
            decoding: Mutex::default(),
        }
    }
}

impl From<ExplainError> for Failure {
    fn from(error: ExplainError) -> Self {
        Self::unprocessable(error.to_string())
    }
}

impl Explaining {
    /// What there is to choose from.
    pub(crate) fn list(models: Vec<wire::ModelEntry>) -> wire::ModelList {
        let colormaps = Colormap::ALL.iter().map(|colormap| wire::Colors {
            name: colormap.name().to_owned(),
            table: (0..=u8::MAX).flat_map(|level| colormap.colour(level)).fold(
                String::new(),
                |mut table, channel| {
                    // Writing to a string cannot fail.
                    let _ = write!(table, "{channel:02x}");
                    table
                },
            ),
        });
        let names = |names: &mut dyn Iterator<Item = &'static str>| -> Vec<String> {
            names.map(str::to_owned).collect()
        };
        wire::ModelList {
            models,
            can_explain: true,
            cam_methods: names(&mut Method::ALL.iter().map(|method| method.name())),
            saliency_methods: names(&mut Saliency::ALL.iter().map(|method| method.name())),
            colormaps: colormaps.collect(),
        }
    }

    /// How a model is run on pictures; nothing for weights without a program.
    ///
    /// # Errors
    /// When it cannot be: what its file does that the engine does not know, or what it takes instead of a picture.
    pub(crate) fn describe(&self, file: &ModelFile) -> Result<Option<wire::ModelExplain>, Failure> {
        let explainer = self.open(file)?;
        let engine = explainer.engine();
        let preparation = Preparation::new(engine.graph(), &Wishes::default())?;
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        Ok(Some(wire::ModelExplain {
            channels: side(preparation.mean.len()),
            size: [side(preparation.size.0), side(preparation.size.1)],
            mean: preparation.mean,
            std: preparation.std,
            classes: Labels::of_model(engine.graph()).names().to_vec(),
            convolutions: engine.convolutions(),
            layers: engine.layers(),
            last_convolution: engine.last_convolution().ok().map(|layer| layer.path),
        }))
    }

    /// A model that is ready to run.
    pub(super) fn open(&self, file: &ModelFile) -> Result<Arc<Explainer>, Failure> {
        let key = file.key();
        if let Some(explainer) = self.models.get(&key) {
            return Ok(explainer);
        }
        let graph = file.read()?;
        if !graph.calls.is_empty() && graph.inputs.len() != 1 {
            return Err(Failure::unprocessable(format!(
                "expected a model that takes one picture, got one that takes {} inputs",
                graph.inputs.len()
            )));
        }
        let explainer = Arc::new(Explainer::new(graph, Options::default())?);
        self.models
            .put_as(key, Arc::clone(&explainer), file.size_bytes());
        Ok(explainer)
    }

    /// Keeps a picture that was sent.
    pub(crate) fn take_picture(&self, bytes: &[u8]) -> Result<wire::SentPicture, Failure> {
        let source = {
            let _alone = self.decoding.lock();
            Source::decode(bytes)?
        };
        let (height, width) = source.size();
        let size_bytes = source.size_bytes();
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        Ok(wire::SentPicture {
            name: self.pictures.put(source, size_bytes)?,
            width: side(width),
            height: side(height),
        })
    }

    pub(super) fn source(&self, name: &str) -> Result<Arc<Source>, Failure> {
        self.pictures.get(name).ok_or_else(|| {
            Failure::not_found("this picture is not in memory any more; send it again")
                .about("picture")
        })
    }

    /// A picture that was sent, small enough to be shown, as PNG.
    pub(crate) fn picture(&self, name: &str) -> Result<Vec<u8>, Failure> {
        let shown = self.source(name)?.thumbnail(SHOWN_SIDE);
        let mut png = Cursor::new(Vec::new());
        shown
            .write_to(&mut png, image::ImageFormat::Png)
            .map_err(|error| Failure::internal(error.to_string()))?;
        Ok(png.into_inner())
    }

    /// Names of classes in a file of a user.
    pub(crate) fn labels(text: &str) -> Result<wire::ClassNames, Failure> {
        let labels = Labels::parse(text)?;
        Ok(wire::ClassNames {
            names: labels.names().to_vec(),
        })
    }

    /// Begins to compute; the answer tells line by line what is found.
    ///
    /// # Errors
    /// When the question makes no sense, names what is not there, or too many wait already.
    pub(crate) fn start(app: &App, query: wire::ExplainQuery) -> Result<Response, Failure> {
        let question = ask::Question::new(app, query)?;
        let counts = app.workers.counts();
        let before = (counts.running + counts.waiting) as u64;
        let first = [wire::ExplainEvent::Waiting { before }];
        let shared = app.clone();
        stream::answer(&app.workers, &first, move |lines| {
            work::answer(&shared.explaining, &question, lines);
        })
    }

    /// A picture or numbers that were computed.
    pub(crate) fn result(&self, name: &str) -> Result<Vec<u8>, Failure> {
        let found = self.results.get(name).ok_or_else(|| {
            Failure::not_found("this result is not in memory any more; compute it again")
        })?;
        Ok(found.to_vec())
    }
}
