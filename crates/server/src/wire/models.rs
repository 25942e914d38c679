//! Model files and what they look at: `GET /api/v1/models`, `/model`, `POST /model/picture`, `/model/labels`,
//! `/model/explain` and what comes of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::GraphSource;

/// `GET /api/v1/models`: the model files of the log directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelList {
    /// By path.
    pub models: Vec<ModelEntry>,
    /// Whether this build of the server can run models; without it there are tables only.
    pub can_explain: bool,
    /// Methods of class activation maps.
    pub cam_methods: Vec<String>,
    /// Methods of saliency.
    pub saliency_methods: Vec<String>,
    /// Colour maps that pictures can be made with.
    pub colormaps: Vec<Colors>,
}

/// A colour map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Colors {
    /// Its name.
    pub name: String,
    /// Its 256 colours from the low to the high end, `rrggbb` each, one behind the other.
    pub table: String,
}

/// One model file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelEntry {
    /// Path below the log directory.
    pub name: String,
    /// Size of the file.
    pub size_bytes: u64,
    /// When it was last written, in seconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_secs: Option<f64>,
}

/// `GET /api/v1/model`: what a model is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelSummary {
    /// The model's class, or its name in the file.
    pub title: String,
    /// What it takes.
    pub inputs: Vec<ModelInput>,
    /// The layers in the order of torchinfo's table; the model itself is first.
    pub rows: Vec<ModelRow>,
    /// Parameters of the model.
    pub params: u64,
    /// Those of them that training changes.
    pub trainable_params: u64,
    /// Bytes of the parameters.
    pub param_bytes: u64,
    /// Mult-adds of all operations. Absent for weights without a program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mult_adds: Option<u64>,
    /// Operations behind which shapes are not known.
    pub unknown_shapes: Vec<String>,
    /// How pictures become its input, and where to begin. Absent where the model cannot be run on pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explain: Option<ModelExplain>,
    /// Why it cannot be run on pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// An input of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelInput {
    /// Its name.
    pub name: String,
    /// Its shape, such as `batch×3×224×224`.
    pub shape: String,
    /// Type of its elements, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtype: Option<String>,
}

/// One row of the table: a run of a layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelRow {
    /// Path, as in `layer1.0.conv1`; empty for the model.
    pub path: String,
    /// The last part of the path; of the model its class.
    pub name: String,
    /// The layer's class.
    pub class_name: String,
    /// How many layers it is within.
    pub depth: u32,
    /// Whether it has no layers in it.
    pub is_leaf: bool,
    /// Whether its parameters are counted in a row above.
    pub is_repeated: bool,
    /// Shape of its first result, such as `1×64×56×56`. Absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// Size of its window, such as `3×3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// Parameters in it and below it.
    pub params: u64,
    /// Mult-adds of the operations in it and below it. Absent for weights without a program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mult_adds: Option<u64>,
}

/// How a model is run on pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ModelExplain {
    /// Channels of its input: 1 or 3.
    pub channels: u32,
    /// Height and width that are taken unless others are asked for.
    pub size: [u32; 2],
    /// Mean of each channel.
    pub mean: Vec<f32>,
    /// Standard deviation of each channel.
    pub std: Vec<f32>,
    /// Names of the classes that the file holds.
    pub classes: Vec<String>,
    /// Layers with the parameters of a convolution, by their path.
    pub convolutions: Vec<String>,
    /// Layers that run, by their path.
    pub layers: Vec<String>,
    /// The last convolutional block: where class activation maps look unless told otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_convolution: Option<String>,
}

/// Answer to a picture that was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SentPicture {
    /// Names it in [`ExplainQuery::picture`]. It is kept in memory until many others have been sent.
    pub name: String,
    /// Its width.
    pub width: u32,
    /// Its height.
    pub height: u32,
}

/// Names of classes, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ClassNames {
    /// By number.
    pub names: Vec<String>,
}

/// What the worker threads do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkerCounts {
    /// Computations that run.
    pub running: u64,
    /// Computations that wait.
    pub waiting: u64,
    /// Computations that came to their end.
    pub finished: u64,
    /// Computations that were stopped.
    pub stopped: u64,
}

/// `POST /api/v1/model/explain`: what is to be computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainQuery {
    /// `file` or `upload`.
    pub source: GraphSource,
    /// Path of the file, or name of the upload.
    pub name: String,
    /// Name of the picture ([`SentPicture`]); not needed for kernels and for what begins with noise.
    #[serde(default)]
    pub picture: Option<String>,
    /// Mean of each channel; empty for the model's.
    #[serde(default)]
    pub mean: Vec<f32>,
    /// Standard deviation of each channel; empty for the model's.
    #[serde(default)]
    pub std: Vec<f32>,
    /// Height and width of the input; the model's unless given.
    #[serde(default)]
    pub size: Option<[u32; 2]>,
    /// What is asked for.
    pub what: ExplainWhat,
}

/// What can be asked of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ExplainWhat {
    /// The likeliest classes.
    Predict {
        /// How many.
        top: u32,
    },
    /// The filters of convolutions.
    Kernels {
        /// Convolutions or layers around one; the first convolution if empty.
        #[serde(default)]
        layers: Vec<String>,
        /// Most filters that are shown.
        limit: u32,
        /// Colours of the values.
        colormap: String,
        /// One scale for all filters of a layer.
        #[serde(default)]
        one_scale: bool,
    },
    /// What layers put out.
    Features {
        /// The layers.
        layers: Vec<String>,
        /// Most maps of a layer that are shown.
        limit: u32,
        /// Colours of the values.
        colormap: String,
        /// One scale for all maps of a layer.
        #[serde(default)]
        one_scale: bool,
        /// `none`, `vit` or `swin`: layers of transformers as images.
        #[serde(default = "no_reshape")]
        reshape: String,
    },
    /// Where layers see what speaks for classes.
    Cam {
        /// Methods by name.
        methods: Vec<String>,
        /// Layers, whose maps become one; the last convolutional block if empty.
        #[serde(default)]
        layers: Vec<String>,
        /// Classes by number; the top class if empty.
        #[serde(default)]
        classes: Vec<u32>,
        /// As of features.
        #[serde(default = "no_reshape")]
        reshape: String,
        /// Mean over mirrored, brighter and darker pictures.
        #[serde(default)]
        aug_smooth: bool,
        /// The first principal component of the weighted channels, not their sum.
        #[serde(default)]
        eigen_smooth: bool,
    },
    /// Which pixels the scores of classes depend on.
    Saliency {
        /// Methods by name.
        methods: Vec<String>,
        /// Layer of guided Grad-CAM; the last convolutional block if not given.
        #[serde(default)]
        layer: Option<String>,
        /// Classes by number; the top class if empty.
        #[serde(default)]
        classes: Vec<u32>,
        /// Colours of the values.
        colormap: String,
        /// Smooth-grad: noisy copies.
        #[serde(default)]
        samples: Option<u32>,
        /// Integrated gradients: points on the way.
        #[serde(default)]
        steps: Option<u32>,
        /// Occlusion: side of the covered window in pixels.
        #[serde(default)]
        window: Option<u32>,
        /// Occlusion: pixels from window to window.
        #[serde(default)]
        stride: Option<u32>,
    },
    /// The pictures that filters or classes answer to most.
    Maximize {
        /// Layer of the filters; without a filter, all of it.
        #[serde(default)]
        layer: Option<String>,
        /// Filters of the layer.
        #[serde(default)]
        filters: Vec<u32>,
        /// Classes by number, where no layer is given.
        #[serde(default)]
        classes: Vec<u32>,
        /// Number of steps.
        steps: u32,
        /// How far a step goes.
        rate: f32,
        /// Each step moves the picture by up to so many pixels first.
        #[serde(default)]
        jitter: u32,
        /// Each step blurs the picture by this deviation in pixels.
        #[serde(default)]
        blur: f64,
        /// Each step makes the picture weaker by this share.
        #[serde(default)]
        decay: f32,
        /// Seed of noise and jitter.
        #[serde(default)]
        seed: u64,
    },
}

fn no_reshape() -> String {
    "none".to_owned()
}

/// One line of the answer to [`ExplainQuery`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum ExplainEvent {
    /// Others are computed first.
    Waiting {
        /// How many.
        before: u64,
    },
    /// How far it is.
    Progress {
        /// What is computed now.
        what: String,
        /// How much of all is done, 0 to 1.
        share: f64,
    },
    /// The likeliest classes, the likeliest first.
    Predictions {
        /// The classes.
        classes: Vec<PredictedClass>,
        /// How many classes there are.
        count: u64,
    },
    /// The picture as the model is given it.
    Input {
        /// URL of a PNG.
        picture: String,
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// A picture that was computed.
    Tile(ExplainTile),
    /// It came to its end.
    Done {
        /// How long it took, without waiting.
        seconds: f64,
    },
    /// It could not be computed.
    Failed {
        /// Why.
        message: String,
    },
}

/// A class, as a model sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PredictedClass {
    /// Its number.
    pub class: u64,
    /// Its logit.
    pub score: f32,
    /// Its share of the softmax, 0 to 1.
    pub probability: f32,
}

/// A picture that was computed, and the numbers behind it. It is kept until many others have been computed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainTile {
    /// The method, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Paths of the layers, where it is about layers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<String>,
    /// The class, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<u64>,
    /// The filter, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<u64>,
    /// URL of a PNG.
    pub picture: String,
    /// URL of the numbers as an array of numpy; absent where they are too many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<String>,
    /// Shape of the numbers.
    pub shape: Vec<u64>,
    /// How many filters or maps the layer has, of which the first are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// Maximization: how much of the goal there was before and is behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<[f32; 2]>,
}
