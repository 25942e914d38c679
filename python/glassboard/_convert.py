"""Pictures of Pillow and figures of Matplotlib as arrays.

Neither package is imported here: an object of theirs can only arrive when the script has imported it.
"""

from __future__ import annotations

import sys
from typing import Any

from glassboard._errors import InvalidInputError, InvalidTypeError

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
