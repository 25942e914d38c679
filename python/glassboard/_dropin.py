"""Modules of other packages resolved to Glassboard's, for `python -m glassboard run`.

This file is also loaded by itself, without the package, when a child process starts: it must not import the package
before one of these modules is asked for.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

# The module a script asks for, the one it gets, and whether it has submodules: those that are not listed here come
# from the package that is really installed, if it is.
_MODULES = {
    "torch.utils.tensorboard": ("glassboard._torch", True),
    "torch.utils.tensorboard.writer": ("glassboard._torch", False),
    "tensorboardX": ("glassboard.tensorboardX", True),
    "tensorboardX.writer": ("glassboard.tensorboardX", False),
    "torchinfo": ("glassboard.torchinfo", True),
    "torchinfo.enums": ("glassboard.torchinfo.enums", False),
    "torchinfo.formatting": ("glassboard.torchinfo.formatting", False),
    "torchinfo.layer_info": ("glassboard.torchinfo.layer_info", False),
    "torchinfo.model_statistics": ("glassboard.torchinfo.model_statistics", False),
    "torchinfo.torchinfo": ("glassboard.torchinfo.torchinfo", False),
    "pytorch_grad_cam": ("glassboard.pytorch_grad_cam", True),
    **{
        f"pytorch_grad_cam.{name}": (f"glassboard.pytorch_grad_cam.{name}", True)
        for name in ("feature_factorization", "metrics", "utils")
    },
    **{
        f"pytorch_grad_cam.{name}": (f"glassboard.pytorch_grad_cam.{name}", False)
        for name in (
            "ablation_cam",
            "ablation_layer",
            "activations_and_gradients",
            "base_cam",
            "eigen_cam",
            "eigen_grad_cam",
            "feature_factorization.deep_feature_factorization",
            "fem",
            "finer_cam",
            "fullgrad_cam",
            "grad_cam",
            "grad_cam_elementwise",
            "grad_cam_plusplus",
            "guided_backprop",
            "hirescam",
            "kpca_cam",
            "layer_cam",
            "metrics.arcc",
            "metrics.cam_mult_image",
            "metrics.perturbation_confidence",
            "metrics.road",
            "random_cam",
            "refine_cam",
            "score_cam",
            "seg_eigen_cam",
            "shapley_cam",
            "sobel_cam",
            "utils.find_layers",
            "utils.image",
            "utils.model_targets",
            "utils.reshape_transforms",
            "utils.svd_on_activations",
            "xgrad_cam",
        )
    },
    "flashtorch": ("glassboard.flashtorch", True),
    "flashtorch.activmax": ("glassboard.flashtorch.activmax", False),
    "flashtorch.saliency": ("glassboard.flashtorch.saliency", False),
    "flashtorch.utils": ("glassboard.flashtorch.utils", False),
}


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in _MODULES:
            return None
        ours, is_package = _MODULES[fullname]
        spec = ModuleSpec(fullname, _Loader(ours), is_package=is_package)
        if is_package:
            installed = PathFinder.find_spec(fullname, path)
            spec.submodule_search_locations = list((installed and installed.submodule_search_locations) or [])
        return spec


class _Loader(Loader):
    def __init__(self, ours: str) -> None:
        self._ours = ours

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        ours = importlib.import_module(self._ours)
        module.__doc__ = ours.__doc__
        module.__all__ = list(ours.__all__)
        for name in ours.__all__:
            setattr(module, name, getattr(ours, name))


def install() -> None:
    """Resolve the modules in this process."""
    if not any(type(finder).__name__ == _Finder.__name__ for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def install_for_children() -> None:
    """Resolve the modules in all Python processes that this one starts.

    Python imports `sitecustomize` when it starts. The folder of ours is put before others, and ours imports theirs.
    """
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_site")
    paths = os.environ.get("PYTHONPATH")
    others = paths.split(os.pathsep) if paths else []
    if folder not in others:
        os.environ["PYTHONPATH"] = os.pathsep.join([folder, *others])
