//! What is asked, checked before anything is computed.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use glassboard_explain::cam::Method;
use glassboard_explain::explainer::{Ascent, Reshape, SaliencySettings};
use glassboard_explain::input::{Source, Wishes};
use glassboard_explain::saliency::Saliency;
use glassboard_media::Colormap;

use crate::app::App;
use crate::error::Failure;
use crate::model_file::ModelFile;
use crate::wire::{ExplainQuery, ExplainWhat};

/// Most layers, classes, filters or methods in one question.
const MAX_MANY: usize = 32;
/// Most filters or maps that are shown of a layer.
const MAX_MAPS: u32 = 4096;
/// Longest side of the input.
const MAX_SIDE: u32 = 2048;
/// Most steps of an ascent, copies of smooth-grad and points of integrated gradients.
const MAX_STEPS: u32 = 10_000;
/// Most classes that are listed.
const MAX_TOP: u32 = 1000;
/// Strongest blur and farthest jitter, in pixels.
const MAX_REACH: u32 = 256;

/// A question to a model.
pub(super) struct Question {
    pub(super) file: ModelFile,
    pub(super) source: Option<Arc<Source>>,
    pub(super) wishes: Wishes,
    pub(super) what: What,
}

/// What is asked.
pub(super) enum What {
    Predict {
        top: usize,
    },
    Kernels {
        layers: Vec<String>,
        look: Look,
    },
    Features {
        layers: Vec<String>,
        look: Look,
        reshape: Reshape,
    },
    Cam {
        methods: Vec<Method>,
        layers: Vec<String>,
        classes: Vec<usize>,
        reshape: Reshape,
        aug_smooth: bool,
        eigen_smooth: bool,
    },
    Saliency {
        methods: Vec<Saliency>,
        layer: Option<String>,
        classes: Vec<usize>,
        colormap: Colormap,
        settings: SaliencySettings,
    },
    Maximize {
        layer: Option<String>,
        filters: Vec<usize>,
        classes: Vec<usize>,
        ascent: Ascent,
    },
}

/// How kernels and maps are shown.
pub(super) struct Look {
    pub(super) limit: usize,
    pub(super) colormap: Colormap,
    pub(super) one_scale: bool,
}

impl Question {
    /// Checks a query, and finds what it names.
    pub(super) fn new(app: &App, query: ExplainQuery) -> Result<Self, Failure> {
        let file = ModelFile::find(app, query.source, &query.name)?;
        let source = query
            .picture
            .map(|name| app.explaining.source(&name))
            .transpose()?;
        let size = query
            .size
            .map(|[height, width]| {
                let side = |side| bounded("size", side, 1, MAX_SIDE);
                Ok::<_, Failure>((side(height)?, side(width)?))
            })
            .transpose()?;
        let what = What::new(query.what)?;
        let needs_picture = match &what {
            What::Kernels { .. } | What::Maximize { .. } => false,
            What::Predict { .. }
            | What::Features { .. }
            | What::Cam { .. }
            | What::Saliency { .. } => true,
        };
        if needs_picture && source.is_none() {
            return Err(Failure::bad_request("expected a picture").about("picture"));
        }
        Ok(Self {
            file,
            source,
            wishes: Wishes {
                mean: query.mean,
                std: query.std,
                size,
            },
            what,
        })
    }
}

impl What {
    fn new(what: ExplainWhat) -> Result<Self, Failure> {
        Ok(match what {
            ExplainWhat::Predict { top } => Self::Predict {
                top: bounded("what.top", top, 1, MAX_TOP)?,
            },
            ExplainWhat::Kernels {
                layers,
                limit,
                colormap,
                one_scale,
            } => Self::Kernels {
                layers: few("what.layers", layers)?,
                look: Look::new(limit, &colormap, one_scale)?,
            },
            ExplainWhat::Features {
                layers,
                limit,
                colormap,
                one_scale,
                reshape,
            } => {
                some("what.layers", &layers, "a layer")?;
                Self::Features {
                    layers: few("what.layers", layers)?,
                    look: Look::new(limit, &colormap, one_scale)?,
                    reshape: named("what.reshape", &reshape)?,
                }
            }
            ExplainWhat::Cam {
                methods,
                layers,
                classes,
                reshape,
                aug_smooth,
                eigen_smooth,
            } => Self::Cam {
                methods: all_named("what.methods", &methods)?,
                layers: few("what.layers", layers)?,
                classes: numbers("what.classes", &classes)?,
                reshape: named("what.reshape", &reshape)?,
                aug_smooth,
                eigen_smooth,
            },
            ExplainWhat::Saliency {
                methods,
                layer,
                classes,
                colormap,
                samples,
                steps,
                window,
                stride,
            } => {
                let default = SaliencySettings::default();
                Self::Saliency {
                    methods: all_named("what.methods", &methods)?,
                    layer,
                    classes: numbers("what.classes", &classes)?,
                    colormap: named("what.colormap", &colormap)?,
                    settings: SaliencySettings {
                        samples: bounded_or("what.samples", samples, default.samples, MAX_STEPS)?,
                        steps: bounded_or("what.steps", steps, default.steps, MAX_STEPS)?,
                        window: bounded_or("what.window", window, default.window, MAX_SIDE)?,
                        stride: bounded_or("what.stride", stride, default.stride, MAX_SIDE)?,
                        ..default
                    },
                }
            }
            ExplainWhat::Maximize {
                layer,
                filters,
                classes,
                steps,
                rate,
                jitter,
                blur,
                decay,
                seed,
            } => {
                if layer.is_none() {
                    some("what.layer", &classes, "a layer or a class")?;
                }
                within("what.blur", blur, f64::from(MAX_REACH))?;
                within("what.decay", f64::from(decay), 1.0)?;
                within("what.rate", f64::from(rate), 1e6)?;
                Self::Maximize {
                    layer,
                    filters: numbers("what.filters", &filters)?,
                    classes: numbers("what.classes", &classes)?,
                    ascent: Ascent {
                        steps: bounded("what.steps", steps, 1, MAX_STEPS)?,
                        rate,
                        jitter: bounded("what.jitter", jitter, 0, MAX_REACH)?,
                        blur,
                        decay,
                        seed,
                    },
                }
            }
        })
    }
}

impl Look {
    fn new(limit: u32, colormap: &str, one_scale: bool) -> Result<Self, Failure> {
        Ok(Self {
            limit: bounded("what.limit", limit, 1, MAX_MAPS)?,
            colormap: named("what.colormap", colormap)?,
            one_scale,
        })
    }
}

fn bounded(name: &str, value: u32, min: u32, max: u32) -> Result<usize, Failure> {
    if (min..=max).contains(&value) {
        return Ok(value as usize);
    }
    let message = format!("{name}: expected a number from {min} to {max}, got {value}");
    Err(Failure::bad_request(message).about(name))
}

fn bounded_or(name: &str, value: Option<u32>, default: usize, max: u32) -> Result<usize, Failure> {
    value.map_or(Ok(default), |value| bounded(name, value, 1, max))
}

/// From 0 to a bound; not NaN.
fn within(name: &str, value: f64, max: f64) -> Result<(), Failure> {
    if (0.0..=max).contains(&value) {
        return Ok(());
    }
    let message = format!("{name}: expected a number from 0 to {max}, got {value}");
    Err(Failure::bad_request(message).about(name))
}

fn some<T>(name: &str, items: &[T], what: &str) -> Result<(), Failure> {
    if items.is_empty() {
        return Err(Failure::bad_request(format!("expected {what}")).about(name));
    }
    Ok(())
}

fn few<T>(name: &str, items: Vec<T>) -> Result<Vec<T>, Failure> {
    if items.len() <= MAX_MANY {
        return Ok(items);
    }
    let message = format!("{name}: expected at most {MAX_MANY}, got {}", items.len());
    Err(Failure::bad_request(message).about(name))
}

fn numbers(name: &str, items: &[u32]) -> Result<Vec<usize>, Failure> {
    few(name, items.iter().map(|item| *item as usize).collect())
}

fn named<T: FromStr<Err: Display>>(parameter: &str, name: &str) -> Result<T, Failure> {
    name.parse()
        .map_err(|error: T::Err| Failure::bad_request(error.to_string()).about(parameter))
}

/// At least one.
fn all_named<T: FromStr<Err: Display>>(
    parameter: &str,
    names: &[String],
) -> Result<Vec<T>, Failure> {
    some(parameter, names, "a method")?;
    let items = names.iter().map(|name| named(parameter, name));
    few(parameter, items.collect::<Result<_, _>>()?)
}
