"""Glassboard in place of pytorch-grad-cam 1.5.7: `from glassboard.pytorch_grad_cam import GradCAM`.

Its modules with one class each (`pytorch_grad_cam.grad_cam`, ...) are this module.
"""

import sys

from glassboard.cam import (
    FEM,
    KPCA_CAM,
    AblationCAM,
    AblationLayer,
    AblationLayerFasterRCNN,
    AblationLayerVit,
    BaseCAM,
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
from glassboard.cam._factorization import DeepFeatureFactorization, run_dff_on_image
from glassboard.pytorch_grad_cam import feature_factorization, metrics, utils
from glassboard.pytorch_grad_cam.activations_and_gradients import ActivationsAndGradients
from glassboard.pytorch_grad_cam.guided_backprop import GuidedBackpropReLUModel
from glassboard.pytorch_grad_cam.sobel_cam import sobel_cam

__all__ = [
    "FEM",
    "KPCA_CAM",
    "AblationCAM",
    "AblationLayer",
    "AblationLayerFasterRCNN",
    "AblationLayerVit",
    "ActivationsAndGradients",
    "BaseCAM",
    "DeepFeatureFactorization",
    "EigenCAM",
    "EigenGradCAM",
    "FinerCAM",
    "FullGrad",
    "GradCAM",
    "GradCAMElementWise",
    "GradCAMPlusPlus",
    "GuidedBackpropReLUModel",
    "HiResCAM",
    "LayerCAM",
    "RandomCAM",
    "RefineCAM",
    "ScoreCAM",
    "SegEigenCAM",
    "ShapleyCAM",
    "XGradCAM",
    "feature_factorization",
    "metrics",
    "run_dff_on_image",
    "sobel_cam",
    "utils",
]

for _name in (
    "ablation_cam",
    "ablation_layer",
    "base_cam",
    "eigen_cam",
    "eigen_grad_cam",
    "fem",
    "finer_cam",
    "fullgrad_cam",
    "grad_cam",
    "grad_cam_elementwise",
    "grad_cam_plusplus",
    "hirescam",
    "kpca_cam",
    "layer_cam",
    "random_cam",
    "refine_cam",
    "score_cam",
    "seg_eigen_cam",
    "shapley_cam",
    "xgrad_cam",
):
    sys.modules[f"{__name__}.{_name}"] = sys.modules[__name__]
