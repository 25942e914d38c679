//! The computing itself, on a worker thread.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use glassboard_explain::ExplainError;
use glassboard_explain::cam::{MapOptions, Method};
use glassboard_explain::engine::Layer;
use glassboard_explain::explainer::{Ascent, CamSettings, Explainer, Goal, Reshape};
use glassboard_explain::input::{Preparation, Prepared};
use glassboard_explain::pictures::{
    AscentLook, GridLook, ascent_picture, feature_grid, kernel_grid, saliency_picture,
};
use glassboard_explain::prediction::{Prediction, predictions};
use glassboard_explain::saliency::Saliency;
use glassboard_explain::target::Target;
use glassboard_media::{Colormap, Picture, overlay};
use ndarray::{Array3, ArrayD, ArrayViewD, Axis, Ix2, Ix3, Slice};
use ndarray_npy::WriteNpyExt as _;

use super::ask::{Look, Question, What};
use super::running::Explaining;
use crate::error::Failure;
use crate::stream::Lines;
use crate::wire::{ExplainEvent, ExplainTile, PredictedClass};

/// Most bytes of numbers that are kept of one picture.
const MAX_VALUES_BYTES: usize = 64 << 20;
/// How the picture of a class activation map is made; the page makes others of the numbers.
const CAM_COLORS: Colormap = Colormap::Jet;
const CAM_IMAGE_WEIGHT: f64 = 0.5;

/// Why there is no answer.
enum Trouble {
    /// Nobody waits for it.
    Stopped,
    Failed(String),
}

impl From<ExplainError> for Trouble {
    fn from(error: ExplainError) -> Self {
        match error {
            ExplainError::Cancelled => Self::Stopped,
            error => Self::Failed(error.to_string()),
        }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure.into_message())
    }
}

impl From<glassboard_media::MediaError> for Trouble {
    fn from(error: glassboard_media::MediaError) -> Self {
        Self::Failed(error.to_string())
    }
}

type Outcome<T> = Result<T, Trouble>;

/// Answers a question line by line.
pub(super) fn answer(explaining: &Explaining, question: &Question, lines: &mut Lines) {
    let start = Instant::now();
    let outcome = Work::new(explaining, question, lines).and_then(|mut work| work.run(question));
    match outcome {
        Ok(()) => lines.say(&ExplainEvent::Done {
            seconds: start.elapsed().as_secs_f64(),
        }),
        Err(Trouble::Failed(message)) => lines.say(&ExplainEvent::Failed { message }),
        Err(Trouble::Stopped) => {}
    }
}

struct Work<'a> {
    explaining: &'a Explaining,
    lines: &'a mut Lines,
    explainer: Arc<Explainer>,
    /// What the model is given, where there is a picture.
    prepared: Option<Prepared>,
    /// Parts that are done, and all.
    done: usize,
    total: usize,
}

impl<'a> Work<'a> {
    fn new(explaining: &'a Explaining, question: &Question, lines: &'a mut Lines) -> Outcome<Self> {
        let explainer = explaining.open(&question.file)?;
        let prepared = match &question.source {
            Some(source) => {
                let graph = explainer.engine().graph();
                Some(Preparation::new(graph, &question.wishes)?.prepare(source)?)
            }
            None => None,
        };
        Ok(Self {
            explaining,
            lines,
            explainer,
            prepared,
            done: 0,
            total: 1,
        })
    }

    fn run(&mut self, question: &Question) -> Outcome<()> {
        if let Some(prepared) = &self.prepared {
            let shown = prepared.shown.mapv(|value| (value * 255.0).round() as u8);
            let (height, width, _) = shown.dim();
            let picture = self.keep(png(&shown)?)?;
            self.lines.say(&ExplainEvent::Input {
                picture,
                width: u32::try_from(width).unwrap_or(u32::MAX),
                height: u32::try_from(height).unwrap_or(u32::MAX),
            });
        }
        match &question.what {
            What::Predict { top } => self.predict(*top),
            What::Kernels { layers, look } => self.kernels(layers, look),
            What::Features {
                layers,
                look,
                reshape,
            } => self.features(layers, look, *reshape),
            What::Cam {
                methods,
                layers,
                classes,
                reshape,
                aug_smooth,
                eigen_smooth,
            } => {
                let settings = CamSettings {
                    reshape: *reshape,
                    map: MapOptions {
                        eigen_smooth: *eigen_smooth,
                        ..MapOptions::default()
                    },
                    aug_smooth: *aug_smooth,
                    ..CamSettings::default()
                };
                self.cam(methods, layers, classes, &settings)
            }
            What::Saliency { .. } => self.saliency(&question.what),
            What::Maximize {
                layer,
                filters,
                classes,
                ascent,
            } => self.maximize(question, layer.as_deref(), (filters, classes), ascent),
        }
    }

    fn predict(&mut self, top: usize) -> Outcome<()> {
        let image = self.image()?;
        let outputs = self.explainer.outputs(&image)?;
        let classes = predictions(outputs.view(), top)?;
        self.lines.say(&ExplainEvent::Predictions {
            classes: classes.iter().map(class).collect(),
            count: outputs.len() as u64,
        });
        Ok(())
    }

    fn kernels(&mut self, layers: &[String], look: &Look) -> Outcome<()> {
        let layers = match layers {
            [] => vec![self.explainer.engine().first_convolution()?],
            layers => layers.to_vec(),
        };
        self.total = layers.len();
        let grid = look.grid(GridLook::kernels());
        for layer in layers {
            self.begin(&layer)?;
            let weights = self.explainer.engine().convolution_weight(&layer)?;
            let weights = weights.to_ndarray();
            let pixels = kernel_grid(weights.view(), &grid)?;
            let of = weights.len_of(Axis(0));
            let shown = weights.slice_axis(Axis(0), Slice::from(..of.min(look.limit)));
            let tile = ExplainTile {
                layers: vec![layer],
                of: Some(of as u64),
                ..ExplainTile::default()
            };
            self.tile(tile, &pixels, &shown)?;
        }
        Ok(())
    }

    fn features(&mut self, paths: &[String], look: &Look, reshape: Reshape) -> Outcome<()> {
        let layers = self.layers(paths)?;
        let image = self.image()?;
        self.total = layers.len() + 1;
        self.begin("")?;
        let found = self.explainer.activations(&layers, &image)?;
        self.done += 1;
        let grid = look.grid(GridLook::default());
        for (layer, maps) in layers.into_iter().zip(found) {
            self.begin(&layer.path)?;
            let maps = reshape.apply(maps)?.index_axis_move(Axis(0), 0);
            let got = maps.shape().to_vec();
            let maps = maps.into_dimensionality::<Ix3>().map_err(|_| {
                let error = ExplainError::NotSpatial {
                    got: [vec![1], got].concat(),
                };
                Trouble::Failed(format!("{}: {error}", layer.path))
            })?;
            let pixels = feature_grid(maps.view(), &grid)?;
            let of = maps.len_of(Axis(0));
            let shown = maps.slice_axis(Axis(0), Slice::from(..of.min(look.limit)));
            let tile = ExplainTile {
                layers: vec![layer.path],
                of: Some(of as u64),
                ..ExplainTile::default()
            };
            self.tile(tile, &pixels, &shown.into_dyn())?;
        }
        Ok(())
    }

    fn cam(
        &mut self,
        methods: &[Method],
        paths: &[String],
        classes: &[usize],
        settings: &CamSettings<'_>,
    ) -> Outcome<()> {
        let image = self.image()?;
        let layers = self.layers(paths)?;
        let classes = self.classes(&image, classes)?;
        self.total = methods.len() * classes.len();
        // A model without convolutions can still be seen by the method that looks at all layers.
        let layers = if layers.is_empty() && methods.iter().any(|m| *m != Method::FullGrad) {
            vec![self.explainer.engine().last_convolution()?]
        } else {
            layers
        };
        for class in classes {
            for method in methods {
                let targets = [Target::Class(class)];
                let settings = CamSettings {
                    targets: Some(&targets),
                    ..*settings
                };
                self.begin(method.name())?;
                let explainer = Arc::clone(&self.explainer);
                let found =
                    explainer.cam(*method, &layers, &image, &settings, &mut |done, of| {
                        self.tell(method.name(), done, of)
                    })?;
                let map = found.maps.index_axis_move(Axis(0), 0);
                let got = map.shape().to_vec();
                let map = map
                    .into_dimensionality::<Ix2>()
                    .map_err(|_| ExplainError::NotSpatial { got })?;
                let shown = self.prepared()?.shown.view();
                let pixels = overlay(shown, map.view(), CAM_COLORS, CAM_IMAGE_WEIGHT)?;
                let looked_at = match method {
                    Method::FullGrad => &[][..],
                    _ => &layers[..],
                };
                let tile = ExplainTile {
                    method: Some(method.name().to_owned()),
                    layers: looked_at.iter().map(|layer| layer.path.clone()).collect(),
                    class: method.knows_classes().then_some(class as u64),
                    ..ExplainTile::default()
                };
                self.tile(tile, &pixels, &map.view().into_dyn())?;
            }
        }
        Ok(())
    }

    fn saliency(&mut self, what: &What) -> Outcome<()> {
        let What::Saliency {
            methods,
            layer,
            classes,
            colormap,
            settings,
        } = what
        else {
            return Ok(());
        };
        let image = self.image()?;
        let classes = self.classes(&image, classes)?;
        let layer = match layer {
            Some(path) => Some(self.explainer.engine().layer(path)?),
            None => None,
        };
        let input = self.prepared()?.input.clone();
        self.total = methods.len() * classes.len();
        for class in classes {
            let target = Target::Class(class);
            for method in methods {
                self.begin(method.name())?;
                let explainer = Arc::clone(&self.explainer);
                let found = match (method, &layer) {
                    (Saliency::GuidedGradCam, Some(layer)) => {
                        explainer.guided_grad_cam(&input, &target, layer)?
                    }
                    _ => explainer.saliency(
                        *method,
                        &input,
                        &target,
                        settings,
                        &mut |done, of| self.tell(method.name(), done, of),
                    )?,
                };
                let pixels = saliency_picture(*method, found.view(), *colormap);
                let tile = ExplainTile {
                    method: Some(method.name().to_owned()),
                    class: Some(class as u64),
                    ..ExplainTile::default()
                };
                self.tile(tile, &pixels, &found.view().into_dyn())?;
            }
        }
        Ok(())
    }

    fn maximize(
        &mut self,
        question: &Question,
        layer: Option<&str>,
        (filters, classes): (&[usize], &[usize]),
        ascent: &Ascent,
    ) -> Outcome<()> {
        let graph = self.explainer.engine().graph();
        let (start, look) = if let Some(prepared) = &self.prepared {
            (prepared.input.clone(), AscentLook::Dream)
        } else {
            let preparation = Preparation::new(graph, &question.wishes)?;
            (preparation.noise(ascent.seed), AscentLook::Excited)
        };
        let goals: Vec<Goal> = match layer {
            Some(path) => {
                let layer = self.explainer.engine().layer(path)?;
                if filters.is_empty() {
                    vec![Goal::Layer(layer)]
                } else {
                    let goal = |filter: &usize| Goal::Filter(layer.clone(), *filter);
                    filters.iter().map(goal).collect()
                }
            }
            None => classes.iter().map(|class| Goal::Class(*class)).collect(),
        };
        self.total = goals.len();
        for goal in goals {
            let (name, tile) = described(&goal);
            self.begin(&name)?;
            let explainer = Arc::clone(&self.explainer);
            let before = explainer.goal(&goal, &start)?;
            let found = explainer.maximize(&goal, &start, ascent, &mut |done, of| {
                self.tell(&name, done, of)
            })?;
            let tile = ExplainTile {
                goal: Some([before, explainer.goal(&goal, &found)?]),
                ..tile
            };
            let pixels = ascent_picture(found.view(), look);
            self.tile(tile, &pixels, &found.view().into_dyn())?;
        }
        Ok(())
    }

    /// Says what comes next, unless nobody wants it any more.
    fn begin(&mut self, what: &str) -> Outcome<()> {
        if self.tell(what, 0, 1).is_break() {
            return Err(Trouble::Stopped);
        }
        Ok(())
    }

    /// Says how far the present part is.
    fn tell(&mut self, what: &str, done: usize, of: usize) -> ControlFlow<()> {
        if self.lines.is_stopped() {
            return ControlFlow::Break(());
        }
        let part = done as f64 / of.max(1) as f64;
        let share = (self.done as f64 + part) / self.total.max(1) as f64;
        self.lines.progress(&ExplainEvent::Progress {
            what: what.to_owned(),
            share,
        });
        ControlFlow::Continue(())
    }

    /// Hands over a picture and the numbers behind it.
    fn tile(
        &mut self,
        tile: ExplainTile,
        pixels: &Array3<u8>,
        values: &ArrayViewD<'_, f32>,
    ) -> Outcome<()> {
        let picture = self.keep(png(pixels)?)?;
        let shape = values.shape().iter().map(|size| *size as u64).collect();
        let values = if values.len() * size_of::<f32>() <= MAX_VALUES_BYTES {
            let mut npy = Vec::new();
            values
                .write_npy(&mut npy)
                .map_err(|error| Trouble::Failed(error.to_string()))?;
            Some(self.keep(npy)?)
        } else {
            None
        };
        self.lines.say(&ExplainEvent::Tile(ExplainTile {
            picture,
            values,
            shape,
            ..tile
        }));
        self.done += 1;
        Ok(())
    }

    /// Keeps a result; its URL below the API's root.
    fn keep(&self, bytes: Vec<u8>) -> Outcome<String> {
        let size_bytes = bytes.len();
        let name = self.explaining.results.put(bytes, size_bytes)?;
        Ok(format!("model/results/{name}"))
    }

    fn prepared(&self) -> Outcome<&Prepared> {
        self.prepared
            .as_ref()
            .ok_or_else(|| Trouble::Failed("expected a picture".to_owned()))
    }

    /// The picture as a batch of one.
    fn image(&self) -> Outcome<ArrayD<f32>> {
        let input = self.prepared()?.input.view();
        Ok(input.insert_axis(Axis(0)).into_owned().into_dyn())
    }

    fn layers(&self, paths: &[String]) -> Outcome<Vec<Layer>> {
        let engine = self.explainer.engine();
        let layers = paths.iter().map(|path| engine.layer(path));
        Ok(layers.collect::<Result<_, _>>()?)
    }

    /// The classes asked about, or the top class. Methods that know no class would not notice one that is not there.
    fn classes(&self, image: &ArrayD<f32>, asked: &[usize]) -> Outcome<Vec<usize>> {
        let outputs = self.explainer.outputs(image)?;
        let top = predictions(outputs.view(), 1)?;
        let count = outputs.len();
        if let Some(class) = asked.iter().find(|class| **class >= count) {
            return Err(ExplainError::ClassOutOfRange {
                got: *class,
                classes: count,
            }
            .into());
        }
        Ok(match asked {
            [] => top.iter().map(|top| top.class).collect(),
            asked => asked.to_vec(),
        })
    }
}

impl Look {
    fn grid(&self, default: GridLook) -> GridLook {
        GridLook {
            colormap: self.colormap,
            limit: self.limit,
            one_scale: self.one_scale,
            ..default
        }
    }
}

fn described(goal: &Goal) -> (String, ExplainTile) {
    let of_layer = |layer: &Layer| ExplainTile {
        layers: vec![layer.path.clone()],
        ..ExplainTile::default()
    };
    match goal {
        Goal::Filter(layer, filter) => (
            format!("{} {filter}", layer.path),
            ExplainTile {
                filter: Some(*filter as u64),
                ..of_layer(layer)
            },
        ),
        Goal::Layer(layer) => (layer.path.clone(), of_layer(layer)),
        Goal::Class(class) => (
            class.to_string(),
            ExplainTile {
                class: Some(*class as u64),
                ..ExplainTile::default()
            },
        ),
    }
}

fn class(seen: &Prediction) -> PredictedClass {
    PredictedClass {
        class: seen.class as u64,
        score: seen.score,
        probability: seen.probability,
    }
}

fn png(pixels: &Array3<u8>) -> Outcome<Vec<u8>> {
    Ok(Picture::from_tensor(pixels, "HWC")?.to_png()?)
}
