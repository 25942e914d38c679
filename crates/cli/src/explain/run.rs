//! The parts of `glassboard explain`.

use std::io::{self, IsTerminal as _, Write as _};
use std::ops::ControlFlow;

use anyhow::{Context as _, Result};
use glassboard_explain::ExplainError;
use glassboard_explain::cam::{MapOptions, Method};
use glassboard_explain::engine::{Layer, Options};
use glassboard_explain::explainer::{Ascent, CamSettings, Explainer, Goal, SaliencySettings};
use glassboard_explain::input::{Labels, Preparation, Wishes};
use glassboard_explain::pictures::{
    AscentLook, GridLook, ascent_picture, feature_grid, heat, kernel_grid, saliency_picture,
};
use glassboard_explain::prediction::predictions;
use glassboard_explain::saliency::Saliency;
use glassboard_explain::target::Target;
use glassboard_media::{Colormap, overlay};
use indicatif::{ProgressBar, ProgressStyle};
use ndarray::{Array3, ArrayD, Axis, Ix2, Ix3};

use super::sheet::{Sheet, Tile};
use super::{
    CamArguments, ClassArguments, FeatureArguments, InputArguments, KernelArguments,
    MaximizeArguments, ModelArguments, SaliencyArguments, labels, picture,
};

pub(super) fn kernels(arguments: &KernelArguments) -> Result<()> {
    let explainer = open(&arguments.model)?;
    let mut layers = arguments.layers.clone();
    if layers.is_empty() {
        layers.push(explainer.engine().first_convolution()?);
    }
    let look = GridLook {
        colormap: arguments.model.colormap.unwrap_or(Colormap::Bwr),
        limit: arguments.limit,
        one_scale: arguments.one_scale,
        ..GridLook::kernels()
    };
    let mut tiles = Vec::new();
    for layer in layers {
        let weight = explainer.engine().convolution_weight(&layer)?.to_ndarray();
        println!(
            "{layer}: {} filters, shape {:?}",
            weight.len_of(Axis(0)),
            weight.shape()
        );
        tiles.push(Tile {
            pixels: kernel_grid(weight.view(), &look)?,
            values: weight,
            name: layer,
        });
    }
    Sheet::of_row(tiles).write(&arguments.model, "kernels")
}

pub(super) fn features(arguments: &FeatureArguments) -> Result<()> {
    let explainer = open(&arguments.model)?;
    let preparation = prepare(&explainer, &arguments.input)?;
    let picture = picture::read(&preparation, &arguments.image)?;
    let layers = layers(&explainer, &arguments.layers)?;
    let found = explainer.activations(&layers, &batch(&picture.input))?;
    let look = GridLook {
        colormap: arguments.model.colormap.unwrap_or(Colormap::Viridis),
        limit: arguments.limit,
        one_scale: arguments.one_scale,
        ..GridLook::default()
    };
    let mut tiles = Vec::new();
    for (layer, maps) in layers.into_iter().zip(found) {
        let maps = arguments.reshape.apply(maps)?;
        let maps = maps.index_axis_move(Axis(0), 0);
        let got = maps.shape().to_vec();
        let maps = maps
            .into_dimensionality::<Ix3>()
            .map_err(|_| ExplainError::NotSpatial {
                got: [vec![1], got].concat(),
            });
        let maps = maps.with_context(|| layer.path.clone())?;
        println!(
            "{}: {} maps of {}x{}",
            layer.path,
            maps.dim().0,
            maps.dim().1,
            maps.dim().2
        );
        tiles.push(Tile {
            pixels: feature_grid(maps.view(), &look)?,
            values: maps.into_dyn(),
            name: layer.path,
        });
    }
    Sheet::of_row(tiles).write(&arguments.model, "features")
}

pub(super) fn cam(arguments: &CamArguments) -> Result<()> {
    let explainer = open(&arguments.model)?;
    let preparation = prepare(&explainer, &arguments.input)?;
    let picture = picture::read(&preparation, &arguments.image)?;
    let image = batch(&picture.input);
    let labels = labels::read(
        arguments.classes.labels.as_deref(),
        explainer.engine().graph(),
    )?;
    let (scores, classes) = asked(&explainer, &image, &arguments.classes, &labels)?;
    let methods = match arguments.methods.as_slice() {
        [] => vec![Method::GradCam],
        methods => methods.to_vec(),
    };
    let layers = if arguments.layers.is_empty() {
        vec![default_layer(&explainer)?]
    } else {
        layers(&explainer, &arguments.layers)?
    };
    let colormap = arguments.model.colormap.unwrap_or(Colormap::Jet);
    let mut sheet = Sheet {
        scores: Some(scores),
        ..Sheet::default()
    };
    for class in classes {
        let name = labels.name(class);
        let mut tiles = Vec::new();
        for method in &methods {
            let targets = [Target::Class(class)];
            let settings = CamSettings {
                targets: Some(&targets),
                reshape: arguments.reshape,
                map: MapOptions {
                    eigen_smooth: arguments.eigen_smooth,
                    ..MapOptions::default()
                },
                combine: arguments.combine.into(),
                aug_smooth: arguments.aug_smooth,
                ..CamSettings::default()
            };
            let bar = bar(&format!("{method} {name}"));
            let explained = explainer.cam(*method, &layers, &image, &settings, &mut watch(&bar))?;
            bar.finish_and_clear();
            let map = explained.maps.index_axis_move(Axis(0), 0);
            let map = map.into_dimensionality::<Ix2>()?;
            let pixels = if arguments.plain {
                heat(map.view(), colormap)
            } else {
                let shown = picture.shown.view();
                overlay(shown, map.view(), colormap, arguments.image_weight)?
            };
            tiles.push(Tile {
                name: format!("{method} {name}"),
                pixels,
                values: map.into_dyn(),
            });
        }
        sheet.rows.push(tiles);
    }
    sheet.write(&arguments.model, "cam")
}

pub(super) fn saliency(arguments: &SaliencyArguments) -> Result<()> {
    let explainer = open(&arguments.model)?;
    let preparation = prepare(&explainer, &arguments.input)?;
    let picture = picture::read(&preparation, &arguments.image)?;
    let labels = labels::read(
        arguments.classes.labels.as_deref(),
        explainer.engine().graph(),
    )?;
    let image = batch(&picture.input);
    let (scores, classes) = asked(&explainer, &image, &arguments.classes, &labels)?;
    let methods = match arguments.methods.as_slice() {
        [] => vec![Saliency::Gradient],
        methods => methods.to_vec(),
    };
    let settings = SaliencySettings {
        samples: arguments.samples,
        noise: arguments.noise,
        steps: arguments.steps,
        window: arguments.window,
        stride: arguments.stride,
        ..SaliencySettings::default()
    };
    let colormap = arguments.model.colormap.unwrap_or(Colormap::Viridis);
    let mut sheet = Sheet {
        scores: Some(scores),
        ..Sheet::default()
    };
    for class in classes {
        let target = Target::Class(class);
        let name = labels.name(class);
        let mut tiles = Vec::new();
        for method in &methods {
            let bar = bar(&format!("{method} {name}"));
            let found = match (method, &arguments.layer) {
                (Saliency::GuidedGradCam, Some(layer)) => {
                    let layer = explainer.engine().layer(layer)?;
                    explainer.guided_grad_cam(&picture.input, &target, &layer)?
                }
                _ => explainer.saliency(
                    *method,
                    &picture.input,
                    &target,
                    &settings,
                    &mut watch(&bar),
                )?,
            };
            bar.finish_and_clear();
            let pixels = saliency_picture(*method, found.view(), colormap);
            tiles.push(Tile {
                name: format!("{method} {name}"),
                pixels,
                values: found.into_dyn(),
            });
        }
        sheet.rows.push(tiles);
    }
    sheet.write(&arguments.model, "saliency")
}

pub(super) fn maximize(arguments: &MaximizeArguments) -> Result<()> {
    let explainer = open(&arguments.model)?;
    let preparation = prepare(&explainer, &arguments.input)?;
    let labels = labels::read(arguments.labels.as_deref(), explainer.engine().graph())?;
    let mut goals = Vec::new();
    if let Some(path) = &arguments.layer {
        let layer = explainer.engine().layer(path)?;
        for filter in &arguments.filters {
            let goal = Goal::Filter(layer.clone(), *filter);
            goals.push((format!("{path} {filter}"), goal));
        }
        if arguments.filters.is_empty() {
            goals.push((path.clone(), Goal::Layer(layer)));
        }
    }
    for class in &arguments.classes {
        let class = labels::class(&labels, class)?;
        goals.push((labels.name(class), Goal::Class(class)));
    }
    let settings = Ascent {
        steps: arguments.steps,
        rate: arguments.rate,
        jitter: arguments.jitter,
        blur: arguments.blur,
        decay: arguments.decay,
        seed: arguments.seed,
    };
    let (start, look) = match &arguments.image {
        Some(path) => (picture::read(&preparation, path)?.input, AscentLook::Dream),
        None => (preparation.noise(arguments.seed), AscentLook::Excited),
    };
    let mut tiles = Vec::new();
    for (name, goal) in goals {
        let bar = bar(&name);
        let found = explainer.maximize(&goal, &start, &settings, &mut watch(&bar))?;
        bar.finish_and_clear();
        println!(
            "{name}: {:.4} before, {:.4} behind {} steps",
            explainer.goal(&goal, &start)?,
            explainer.goal(&goal, &found)?,
            settings.steps
        );
        tiles.push(Tile {
            name,
            pixels: ascent_picture(found.view(), look),
            values: found.into_dyn(),
        });
    }
    Sheet::of_row(tiles).write(&arguments.model, "maximize")
}

fn open(arguments: &ModelArguments) -> Result<Explainer> {
    let path = &arguments.model;
    let context = || path.display().to_string();
    let graph = glassboard_model::read(path)?;
    let options = Options {
        processor: arguments.device,
        ..Options::default()
    };
    let explainer = Explainer::new(graph, options).with_context(context)?;
    Ok(explainer.with_batch_size(arguments.batch_size))
}

fn prepare(explainer: &Explainer, arguments: &InputArguments) -> Result<Preparation> {
    let wishes = Wishes {
        mean: arguments.mean.clone(),
        std: arguments.std.clone(),
        size: arguments.size,
    };
    Ok(Preparation::new(explainer.engine().graph(), &wishes)?)
}

fn layers(explainer: &Explainer, paths: &[String]) -> Result<Vec<Layer>> {
    let layers = paths.iter().map(|path| explainer.engine().layer(path));
    Ok(layers.collect::<Result<_, _>>()?)
}

fn default_layer(explainer: &Explainer) -> Result<Layer> {
    let layer = explainer.engine().last_convolution()?;
    println!("layer {}: the last convolutional block", layer.path);
    Ok(layer)
}

fn batch(image: &Array3<f32>) -> ArrayD<f32> {
    image.view().insert_axis(Axis(0)).into_owned().into_dyn()
}

/// What the model says, and the classes that are asked about; prints the likeliest.
fn asked(
    explainer: &Explainer,
    image: &ArrayD<f32>,
    arguments: &ClassArguments,
    labels: &Labels,
) -> Result<(ArrayD<f32>, Vec<usize>)> {
    let outputs = explainer.outputs(image)?;
    let count = outputs.len();
    let ranked = predictions(outputs.view(), count)?;
    let mut out = io::stdout().lock();
    for seen in ranked.iter().take(arguments.top) {
        writeln!(
            out,
            "{:>5}  {:6.2} %  {:>9.4}  {}",
            seen.class,
            seen.probability * 100.0,
            seen.score,
            labels.name(seen.class)
        )?;
    }
    if arguments.classes.is_empty() {
        let top = ranked.first().map(|seen| seen.class).into_iter().collect();
        return Ok((outputs, top));
    }
    let classes = arguments
        .classes
        .iter()
        .map(|class| {
            let class = labels::class(labels, class)?;
            if class >= count {
                return Err(ExplainError::ClassOutOfRange {
                    got: class,
                    classes: count,
                }
                .into());
            }
            Ok(class)
        })
        .collect::<Result<_>>()?;
    Ok((outputs, classes))
}

/// A bar on standard error, when that is a terminal.
fn bar(message: &str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0).with_message(message.to_owned());
    // The template is a constant; were it wrong, the default bar would do.
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent}% {msg} {eta}") {
        bar.set_style(style);
    }
    bar
}

fn watch(bar: &ProgressBar) -> impl FnMut(usize, usize) -> ControlFlow<()> {
    let bar = bar.clone();
    move |done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
        ControlFlow::Continue(())
    }
}
