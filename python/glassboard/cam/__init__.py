"""Where a network looks: class activation maps of live torch modules.

>>> from glassboard.cam import GradCAM, show_cam_on_image
>>> with GradCAM(model=model, target_layers=["layer4"]) as cam:
...     map = cam(input_tensor)[0]
>>> picture = show_cam_on_image(rgb, map, use_rgb=True)

Torch computes; the formulas are those of Glassboard's Rust crate, the same as for model files.
"""

from glassboard.cam._ablation import AblationLayer, AblationLayerFasterRCNN, AblationLayerVit
from glassboard.cam._base import BaseCAM
from glassboard.cam._factorization import DeepFeatureFactorization
from glassboard.cam._image import scale_cam_image, show_cam_on_image, show_factorization_on_image
from glassboard.cam._methods import (
    FEM,
    KPCA_CAM,
    AblationCAM,
    EigenCAM,
    EigenGradCAM,
    FinerCAM,
    FullGrad,
    GradCAM,
    GradCAMElementWise,
    GradCAMPlusPlus,
    HiResCAM,
    LayerCAM,
    RandomCAM,
    RefineCAM,
    ScoreCAM,
    SegEigenCAM,
    ShapleyCAM,
    XGradCAM,
)
from glassboard.cam._metrics import (
    ARCC,
    Coherency,
    Complexity,
    DropInConfidence,
    IncreaseInConfidence,
    PerturbationCurve,
    ROADCombined,
    ROADLeastRelevantFirst,
    ROADMostRelevantFirst,
)
from glassboard.cam._reshape import fasterrcnn_reshape_transform, swinT_reshape_transform, vit_reshape_transform
from glassboard.cam._targets import (
    BinaryClassifierOutputTarget,
    ClassifierOutputReST,
    ClassifierOutputSoftmaxTarget,
    ClassifierOutputTarget,
    FasterRCNNBoxScoreTarget,
    FinerWeightedTarget,
    RawScoresOutputTarget,
    SemanticSegmentationTarget,
    SoftmaxOutputTarget,
)

__all__ = [
    "FEM",
    "KPCA_CAM",
    "AblationCAM",
    "AblationLayer",
    "AblationLayerFasterRCNN",
    "AblationLayerVit",
    "BaseCAM",
    "BinaryClassifierOutputTarget",
    "ClassifierOutputReST",
    "ClassifierOutputSoftmaxTarget",
    "ClassifierOutputTarget",
    "EigenCAM",
    "EigenGradCAM",
    "FasterRCNNBoxScoreTarget",
    "FinerCAM",
    "FinerWeightedTarget",
    "FullGrad",
    "GradCAM",
    "GradCAMElementWise",
    "GradCAMPlusPlus",
    "HiResCAM",
    "KPCA_CAM",
    "LayerCAM",
    "RandomCAM",
    "RawScoresOutputTarget",
    "RefineCAM",
    "ScoreCAM",
    "SegEigenCAM",
    "SemanticSegmentationTarget",
    "ShapleyCAM",
    "SoftmaxOutputTarget",
    "XGradCAM",
    "fasterrcnn_reshape_transform",
    "swinT_reshape_transform",
    "vit_reshape_transform",
    "DeepFeatureFactorization",
    "scale_cam_image",
    "show_cam_on_image",
    "show_factorization_on_image",
    "ARCC",
    "Coherency",
    "Complexity",
    "DropInConfidence",
    "IncreaseInConfidence",
    "PerturbationCurve",
    "ROADCombined",
    "ROADLeastRelevantFirst",
    "ROADMostRelevantFirst",
]
