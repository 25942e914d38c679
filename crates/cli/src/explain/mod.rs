//! `glassboard explain`: what a network in a file looks at.

#![allow(clippy::doc_markdown)] // Doc comments are the text of `--help`.

mod labels;
mod picture;
mod run;
mod sheet;

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Result;
use clap::{Args, Subcommand};
use glassboard_explain::cam::{Combine, Method};
use glassboard_explain::engine::Processor;
use glassboard_explain::explainer::{DEFAULT_BATCH_SIZE, Reshape};
use glassboard_explain::saliency::Saliency;
use glassboard_media::Colormap;

use crate::Status;

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The filters of a convolution, zero in the middle of the scale
    #[command(after_help = "\
Examples:
  glassboard explain kernels resnet18.onnx -o kernels.png
  glassboard explain kernels model.pt2 --layer layer1.0.conv1 --colormap gray --limit 16 -o k.png")]
    Kernels(KernelArguments),
    /// What layers put out for a picture
    #[command(after_help = "\
Examples:
  glassboard explain features model.pt2 cat.jpg --layer layer1 -o maps.png
  glassboard explain features model.pt2 cat.jpg --layer layer1 --layer layer2 --limit 16 -o maps.png")]
    Features(FeatureArguments),
    /// Where a layer sees what speaks for a class (Grad-CAM and its relatives)
    #[command(after_help = "\
Methods: grad-cam, grad-cam++, xgrad-cam, score-cam, ablation-cam, eigen-cam, eigen-grad-cam,
seg-eigen-cam, layer-cam, hires-cam, grad-cam-elementwise, kpca-cam, fem, shapley-cam, random-cam,
finer-cam, full-grad.

Examples:
  glassboard explain cam resnet18.pt2 cat.jpg -o cam.png
  glassboard explain cam resnet18.pt2 cat.jpg --labels imagenet.txt --class tabby --class tiger_cat -o cam.png
  glassboard explain cam net.onnx cat.jpg --method grad-cam --method score-cam --layer layer4 -o cam.png
  glassboard explain cam vit_b_16.pt2 cat.jpg --layer encoder.layers.encoder_layer_11.ln_1 --reshape vit -o cam.png
  glassboard explain cam model.pt2 cat.jpg --logdir runs/cam          into the dashboard, as images")]
    Cam(CamArguments),
    /// Which pixels the score of a class depends on
    #[command(after_help = "\
Methods: gradient, guided-backprop, guided-grad-cam, smooth-grad, integrated-gradients, occlusion.

Examples:
  glassboard explain saliency model.pt2 cat.jpg -o saliency.png
  glassboard explain saliency model.pt2 cat.jpg --method guided-backprop --method occlusion --class 281 -o s.png")]
    Saliency(SaliencyArguments),
    /// The picture that a filter or a class answers to most; with a picture and no filter, a dream of it
    #[command(after_help = "\
Examples:
  glassboard explain maximize model.pt2 --layer layer1.0.conv1 --filter 3 --filter 7 -o filters.png
  glassboard explain maximize model.pt2 --class 281 --steps 200 --jitter 8 --blur 0.5 -o cat.png
  glassboard explain maximize model.pt2 sky.jpg --layer layer3 --rate 0.1 --steps 20 -o dream.png")]
    Maximize(MaximizeArguments),
}

/// The model, and where pictures go.
#[derive(Debug, Args)]
struct ModelArguments {
    /// Model: a program of torch.export (.pt2) or ONNX
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// Picture to write (PNG); or, as .npz, the numbers behind it as arrays of numpy
    #[arg(short, long, value_name = "FILE", required_unless_present = "logdir")]
    output: Option<PathBuf>,
    /// Write the pictures as events into this folder instead
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    logdir: Option<PathBuf>,
    /// Colours of the values [default: bwr for kernels, jet for class activation maps, else viridis]
    #[arg(long, value_name = "NAME", value_parser = colormap)]
    colormap: Option<Colormap>,
    /// Most images that are run at once: bounds the memory
    #[arg(long, value_name = "N", default_value_t = DEFAULT_BATCH_SIZE)]
    batch_size: usize,
    /// What the model runs on: cpu, and where the build has these features cuda, cuda:N (the number of a
    /// GPU) or wgpu
    #[arg(long, value_name = "DEVICE", default_value_t, value_parser = device)]
    device: Processor,
}

/// How a picture becomes the model's input.
#[derive(Debug, Args)]
struct InputArguments {
    /// Mean of each channel, subtracted from values of 0 to 1 [default: ImageNet's]
    #[arg(
        long,
        value_name = "R,G,B",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    mean: Vec<f32>,
    /// Standard deviation of each channel, divided by [default: ImageNet's]
    #[arg(long, value_name = "R,G,B", value_delimiter = ',')]
    std: Vec<f32>,
    /// Height and width of the input: the picture is scaled so that it covers it, and its middle is taken
    /// [default: what the model was exported with, or 224]
    #[arg(long, value_name = "N|HxW", value_parser = picture::size)]
    size: Option<(usize, usize)>,
}

/// Which classes are asked about.
#[derive(Debug, Args)]
struct ClassArguments {
    /// Class by its number, or by its name in --labels; may be repeated [default: the top class]
    #[arg(long = "class", value_name = "CLASS")]
    classes: Vec<String>,
    /// Names of the classes: a line each, or JSON (a list, or ImageNet's index)
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// How many of the likeliest classes are printed
    #[arg(long, value_name = "N", default_value_t = 5)]
    top: usize,
}

#[derive(Debug, Args)]
struct KernelArguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Convolution, or a layer around it; may be repeated [default: the first convolution]
    #[arg(long = "layer", value_name = "PATH")]
    layers: Vec<String>,
    /// Most filters that are shown
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
    /// One scale for all filters, so that their strengths can be compared
    #[arg(long)]
    one_scale: bool,
}

#[derive(Debug, Args)]
struct FeatureArguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Picture (PNG or JPEG), or an input as the model takes it (.npy, float32)
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    #[command(flatten)]
    input: InputArguments,
    /// Layer by its path; may be repeated
    #[arg(long = "layer", value_name = "PATH", required = true)]
    layers: Vec<String>,
    /// Layers of transformers as images: none, vit or swin
    #[arg(long, value_name = "KIND", default_value = "none", value_parser = reshape)]
    reshape: Reshape,
    /// Most maps of a layer that are shown
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
    /// One scale for all maps of a layer
    #[arg(long)]
    one_scale: bool,
}

#[derive(Debug, Args)]
struct CamArguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Picture (PNG or JPEG), or an input as the model takes it (.npy, float32)
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    #[command(flatten)]
    input: InputArguments,
    #[command(flatten)]
    classes: ClassArguments,
    /// Method; may be repeated [default: grad-cam]
    #[arg(long = "method", value_name = "NAME", value_parser = method)]
    methods: Vec<Method>,
    /// Layer by its path; may be repeated, maps of several become one [default: the last convolutional
    /// block]
    #[arg(long = "layer", value_name = "PATH")]
    layers: Vec<String>,
    /// Layers of transformers as images: none, vit or swin
    #[arg(long, value_name = "KIND", default_value = "none", value_parser = reshape)]
    reshape: Reshape,
    /// How maps of several layers become one
    #[arg(long, value_name = "HOW", default_value = "mean", value_enum)]
    combine: CombineName,
    /// Mean over mirrored, brighter and darker pictures
    #[arg(long)]
    aug_smooth: bool,
    /// The first principal component of the weighted channels, not their sum
    #[arg(long)]
    eigen_smooth: bool,
    /// How much of the picture is seen through the map, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    image_weight: f64,
    /// The maps alone, without the picture
    #[arg(long)]
    plain: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum CombineName {
    Mean,
    Product,
}

impl From<CombineName> for Combine {
    fn from(name: CombineName) -> Self {
        match name {
            CombineName::Mean => Self::Mean,
            CombineName::Product => Self::Product,
        }
    }
}

#[derive(Debug, Args)]
struct SaliencyArguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Picture (PNG or JPEG), or an input as the model takes it (.npy, float32)
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    #[command(flatten)]
    input: InputArguments,
    #[command(flatten)]
    classes: ClassArguments,
    /// Method; may be repeated [default: gradient]
    #[arg(long = "method", value_name = "NAME", value_parser = saliency)]
    methods: Vec<Saliency>,
    /// Layer of guided-grad-cam [default: the last convolutional block]
    #[arg(long, value_name = "PATH")]
    layer: Option<String>,
    /// Smooth-grad: noisy copies
    #[arg(long, value_name = "N", default_value_t = 50)]
    samples: usize,
    /// Smooth-grad: deviation of the noise, as a share of the input's range
    #[arg(long, value_name = "SHARE", default_value_t = 0.15)]
    noise: f32,
    /// Integrated-gradients: points on the way from a blank picture
    #[arg(long, value_name = "N", default_value_t = 50)]
    steps: usize,
    /// Occlusion: side of the covered window in pixels
    #[arg(long, value_name = "N", default_value_t = 15)]
    window: usize,
    /// Occlusion: pixels from window to window
    #[arg(long, value_name = "N", default_value_t = 8)]
    stride: usize,
}

#[derive(Debug, Args)]
struct MaximizeArguments {
    #[command(flatten)]
    model: ModelArguments,
    /// Picture to begin with [default: noise]
    #[arg(value_name = "IMAGE")]
    image: Option<PathBuf>,
    #[command(flatten)]
    input: InputArguments,
    /// Layer of the filters; without a filter, all of it (DeepDream)
    #[arg(long, value_name = "PATH", required_unless_present = "classes")]
    layer: Option<String>,
    /// Filter of the layer; may be repeated
    #[arg(long = "filter", value_name = "N", requires = "layer")]
    filters: Vec<usize>,
    /// Class by its number, or by its name in --labels; may be repeated
    #[arg(long = "class", value_name = "CLASS", conflicts_with = "layer")]
    classes: Vec<String>,
    /// Names of the classes: a line each, or JSON
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Number of steps
    #[arg(long, value_name = "N", default_value_t = 30)]
    steps: usize,
    /// How far a step goes
    #[arg(long, value_name = "RATE", default_value_t = 1.0)]
    rate: f32,
    /// Each step moves the picture by up to so many pixels first
    #[arg(long, value_name = "PIXELS", default_value_t = 0)]
    jitter: usize,
    /// Each step blurs the picture by this deviation in pixels
    #[arg(long, value_name = "PIXELS", default_value_t = 0.0)]
    blur: f64,
    /// Each step makes the picture weaker by this share
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    decay: f32,
    /// Seed of noise and jitter
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

fn colormap(name: &str) -> Result<Colormap, String> {
    Colormap::from_str(name).map_err(|error| error.to_string())
}

fn device(name: &str) -> Result<Processor, String> {
    Processor::from_str(name).map_err(|error| error.to_string())
}

fn method(name: &str) -> Result<Method, String> {
    Method::from_str(name).map_err(|error| error.to_string())
}

fn saliency(name: &str) -> Result<Saliency, String> {
    Saliency::from_str(name).map_err(|error| error.to_string())
}

fn reshape(name: &str) -> Result<Reshape, String> {
    Reshape::from_str(name).map_err(|error| error.to_string())
}

pub(crate) fn explain(arguments: &ExplainArguments) -> Result<Status> {
    match &arguments.what {
        What::Kernels(arguments) => run::kernels(arguments),
        What::Features(arguments) => run::features(arguments),
        What::Cam(arguments) => run::cam(arguments),
        What::Saliency(arguments) => run::saliency(arguments),
        What::Maximize(arguments) => run::maximize(arguments),
    }
    .map(|()| Status::Success)
}
