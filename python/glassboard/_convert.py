"""Pictures of Pillow and figures of Matplotlib as arrays.

Neither package is imported here: an object of theirs can only arrive when the script has imported it.
"""

from __future__ import annotations

import sys
import warnings

from glassboard import _core
from glassboard._errors import InvalidInputError, InvalidTypeError

# Known to type checkers; importing `typing` would take longer than all the rest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

# Modes of Pillow whose arrays hold brightness as it is.
_PLAIN_MODES = ("L", "RGB", "RGBA")


def picture(image: Any, dataformats: str) -> tuple[Any, str]:
    """An image with the names of its axes; those of a Pillow image are known."""
    if not _is_pillow(image):
        return image, dataformats
    import numpy

    if image.mode not in _PLAIN_MODES:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    return numpy.asarray(image), "HW" if image.mode == "L" else "HWC"


def pictures(images: Any, dataformats: str) -> tuple[Any, str]:
    """Several images in one array with the names of its axes."""
    if not isinstance(images, (list, tuple)) or not images:
        return images, dataformats
    if any(_is_pillow(image) for image in images):
        import numpy

        # Lists of several kinds of images are brought to one.
        return numpy.stack([numpy.asarray(image.convert("RGB")) for image in images]), "NHWC"
    return images, f"N{dataformats}" if len(dataformats) == 3 else dataformats


def figure(figures: Any, close: bool) -> tuple[Any, str]:
    """A Matplotlib figure, or a list of them, as RGB brightness with the names of the axes."""
    import numpy

    if not isinstance(figures, list):
        return _rendered(figures, close), "HWC"
    rendered = [_rendered(figure, close) for figure in figures]
    if len({image.shape for image in rendered}) != 1:
        sizes = [image.shape for image in rendered]
        raise InvalidInputError(f"figure: expected a list of figures of one size, got shapes {sizes}")
    return numpy.stack(rendered), "NHWC"


def _rendered(figure: Any, close: bool) -> Any:
    import numpy

    module = sys.modules.get("matplotlib.figure")
    if module is None or not isinstance(figure, module.Figure):
        raise InvalidTypeError(
            f"figure: expected a matplotlib.figure.Figure or a list of these, got {type(figure).__name__}"
        )
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    image = numpy.asarray(canvas.buffer_rgba())[:, :, :3]
    # Only pyplot keeps figures open.
    if close and (pyplot := sys.modules.get("matplotlib.pyplot")):
        pyplot.close(figure)
    return image


def _is_pillow(image: Any) -> bool:
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(image, module.Image)


def like(example: Any, array: Any) -> Any:
    """The array as a torch tensor if the example is one, of its dtype and on its device."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(example, torch.Tensor):
        return array
    return torch.from_numpy(array).to(device=example.device, dtype=example.dtype)


def widened(tensor: Any) -> tuple[Any, bool]:
    """A bfloat16 tensor of torch as 32-bit floats, because numpy has no such dtype; and whether it was one."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(tensor, torch.Tensor) or tensor.dtype != torch.bfloat16:
        return tensor, False
    return tensor.detach().to(torch.float32), True


def sound(amplitudes: Any) -> Any:
    """Amplitudes as an array, with a warning if there are any that a sound cannot have."""
    import numpy

    amplitudes = _core.as_array(amplitudes, "snd_tensor")
    if amplitudes.size and numpy.abs(amplitudes).max() > 1:
        warnings.warn("audio amplitude out of range, clipped to -1 ... 1", stacklevel=3)
    return amplitudes


def metadata_lines(metadata: Sequence[Any] | None, header: Sequence[Any] | None) -> list[str] | None:
    """Metadata of an embedding, a line for each point, columns separated by tabs."""
    if metadata is None:
        return None
    if not header:
        return [str(label) for label in metadata]
    for index, row in enumerate(metadata):
        if len(row) != len(header):
            raise InvalidInputError(
                f"metadata[{index}]: expected {len(header)} values as metadata_header has, got {len(row)}"
            )
    return ["\t".join(str(value) for value in row) for row in metadata]


def json_text(config: dict[str, Any] | None) -> str | None:
    """A configuration as JSON with sorted keys; none if there is none."""
    import json

    return None if config is None else json.dumps(config, sort_keys=True)
