use std::fmt;
use std::str::FromStr;

use crate::{ExplainError, Result};

/// A way to make a map of a layer's activations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Grad-CAM: channels weighted by their mean gradient.
    GradCam,
    /// Grad-CAM++: gradients weighted by their share in the score.
    GradCamPlusPlus,
    /// XGrad-CAM: gradients weighted by the activations.
    XGradCam,
    /// Score-CAM: channels weighted by the score of the picture seen through them.
    ScoreCam,
    /// Ablation-CAM: channels weighted by the drop of the score without them.
    AblationCam,
    /// Eigen-CAM: first principal component of the activations; knows no class.
    EigenCam,
    /// Eigen-CAM of gradients times activations.
    EigenGradCam,
    /// Eigen-CAM of absolute gradients times activations, its sign corrected.
    SegEigenCam,
    /// Layer-CAM: activations weighted by positive gradients, place by place.
    LayerCam,
    /// `HiResCAM`: activations times gradients, place by place.
    HiResCam,
    /// The positive part of activations times gradients, place by place.
    GradCamElementWise,
    /// KPCA-CAM: first component of a kernel's principal components; knows no class.
    KpcaCam,
    /// FEM: channels weighted by how often they are unusually active; knows no class.
    Fem,
    /// `ShapleyCAM`: Grad-CAM with a second-order term.
    ShapleyCam,
    /// Random weights: what a method must be better than.
    RandomCam,
    /// Finer-CAM: Grad-CAM of the difference to similar classes.
    FinerCam,
    /// `FullGrad`: gradients of the input and of all biases.
    FullGrad,
}

/// What a [`Method`] looks at beside the activations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // independent of one another
pub struct Needs {
    /// Gradients of the score with respect to the layer's activations.
    pub gradients: bool,
    /// Gradients of the score with respect to the input, and to the output of every layer with a bias.
    pub input_gradients: bool,
    /// The Hessian of the score with respect to the activations, times the activations.
    pub hessian_products: bool,
    /// One more run of the network for every channel of the layer.
    pub forward_passes: bool,
}

impl Method {
    /// All methods, in the order in which they are listed to users.
    pub const ALL: &[Self] = &[
        Self::GradCam,
        Self::GradCamPlusPlus,
        Self::XGradCam,
        Self::ScoreCam,
        Self::AblationCam,
        Self::EigenCam,
        Self::EigenGradCam,
        Self::SegEigenCam,
        Self::LayerCam,
        Self::HiResCam,
        Self::GradCamElementWise,
        Self::KpcaCam,
        Self::Fem,
        Self::ShapleyCam,
        Self::RandomCam,
        Self::FinerCam,
        Self::FullGrad,
    ];

    /// Its name, as [`FromStr`] reads it: `grad-cam`, `score-cam`, `full-grad`, ...
    pub fn name(self) -> &'static str {
        match self {
            Self::GradCam => "grad-cam",
            Self::GradCamPlusPlus => "grad-cam++",
            Self::XGradCam => "xgrad-cam",
            Self::ScoreCam => "score-cam",
            Self::AblationCam => "ablation-cam",
            Self::EigenCam => "eigen-cam",
            Self::EigenGradCam => "eigen-grad-cam",
            Self::SegEigenCam => "seg-eigen-cam",
            Self::LayerCam => "layer-cam",
            Self::HiResCam => "hires-cam",
            Self::GradCamElementWise => "grad-cam-elementwise",
            Self::KpcaCam => "kpca-cam",
            Self::Fem => "fem",
            Self::ShapleyCam => "shapley-cam",
            Self::RandomCam => "random-cam",
            Self::FinerCam => "finer-cam",
            Self::FullGrad => "full-grad",
        }
    }

    /// What it looks at beside the activations.
    pub fn needs(self) -> Needs {
        match self {
            Self::GradCam
            | Self::GradCamPlusPlus
            | Self::XGradCam
            | Self::EigenGradCam
            | Self::SegEigenCam
            | Self::LayerCam
            | Self::HiResCam
            | Self::GradCamElementWise
            | Self::FinerCam => Needs {
                gradients: true,
                ..Needs::default()
            },
            Self::ShapleyCam => Needs {
                gradients: true,
                hessian_products: true,
                ..Needs::default()
            },
            Self::FullGrad => Needs {
                input_gradients: true,
                ..Needs::default()
            },
            Self::ScoreCam | Self::AblationCam => Needs {
                forward_passes: true,
                ..Needs::default()
            },
            Self::EigenCam | Self::KpcaCam | Self::Fem | Self::RandomCam => Needs::default(),
        }
    }

    /// Whether its map depends on the [`Target`](crate::target::Target).
    pub fn knows_classes(self) -> bool {
        self.needs() != Needs::default()
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Method {
    type Err = ExplainError;

    /// Reads a name with or without its hyphens, in any case: `grad-cam++`, `GradCAMPlusPlus`, `KPCA_CAM`.
    fn from_str(text: &str) -> Result<Self> {
        let wanted = plain(text);
        Self::ALL
            .iter()
            .find(|method| plain(method.name()) == wanted)
            .copied()
            .ok_or_else(|| {
                ExplainError::unknown_name("method", text, Self::ALL.iter().map(|m| m.name()))
            })
    }
}

fn plain(name: &str) -> String {
    let letters: String = name.chars().filter(|c| !"-_ ".contains(*c)).collect();
    letters.to_lowercase().replace('+', "plus")
}
