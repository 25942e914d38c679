"""Write pictures.json: what Pillow makes of boxes, labels and Lanczos scaling, as torch.utils.tensorboard calls it.

    pip install numpy pillow
    python make_pictures.py > pictures.json

Pixels are base64 of height x width x channels bytes.
"""

import base64
import json
import math
import sys

import numpy as np
import PIL
from PIL import Image, ImageDraw, ImageFont

rng = np.random.default_rng(7)


def pixels(image):
    return base64.b64encode(np.asarray(image).tobytes()).decode()


def draw(image, box, label):
    """`_draw_single_box` of torch/utils/tensorboard/summary.py."""
    font = ImageFont.load_default()
    canvas = ImageDraw.Draw(image)
    left, top, right, bottom = box
    canvas.line([(left, top), (left, bottom), (right, bottom), (right, top), (left, top)], width=2, fill="Red")
    if label:
        x0, y0, x1, y1 = font.getbbox(label)
        width, height = x1 - x0, y1 - y0
        margin = math.ceil(0.05 * height)
        canvas.rectangle([(left, bottom - height - 2 * margin), (left + width, bottom)], fill="Red")
        canvas.text((left + margin, bottom - height - margin), label, fill="black", font=font)


def boxes_case(height, width, channels, boxes, labels=None):
    picture = rng.integers(0, 256, size=(height, width, channels), dtype=np.uint8)
    image = Image.fromarray(picture)
    for i, box in enumerate(boxes):
        draw(image, box, labels[i] if labels else None)
    return dict(
        height=height,
        width=width,
        channels=channels,
        picture=pixels(picture),
        boxes=boxes,
        labels=labels or [],
        expected=pixels(image),
    )


boxes = [
    boxes_case(8, 10, 3, [[1, 1, 6, 5], [2, 0, 9, 7]]),
    boxes_case(9, 7, 4, [[1.9, 2.2, 5.5, 6.99]]),
    boxes_case(12, 12, 3, [[8, 9, 2, 3]]),
    boxes_case(12, 12, 3, [[2, 9, 8, 3], [9, 2, 3, 5]]),
    boxes_case(10, 10, 3, [[4, 4, 4, 4], [1, 7, 8, 7], [6, 1, 6, 8]]),
    boxes_case(10, 14, 3, [[-3, -2, 5, 4], [8, 5, 40, 30], [-9.7, 3, -0.5, 8], [30, 30, 40, 40]]),
    boxes_case(6, 6, 3, [[-50, -50, 50, 50], [0, 0, 5, 5]]),
    boxes_case(30, 70, 3, [[2, 3, 60, 25]], ["Person 0.93"]),
    boxes_case(30, 40, 3, [[2.4, 1, 30.2, 17], [20, 4, 38, 27]], ["cat", ""]),
    boxes_case(24, 30, 3, [[-4, 2, 20, 30], [12, 1, 28, 9]], ["gyp", "To. fi"]),
    boxes_case(20, 30, 4, [[3, 2, 25, 16]], ["7 kW"]),
    *[boxes_case(16, 18, 3, np.round(rng.uniform(-6, 24, size=(3, 4)), 2).tolist()) for _ in range(20)],
]

resizes = []
for height, width, channels, rescale in [
    (8, 10, 3, 2),
    (8, 10, 3, 0.5),
    (9, 7, 3, 1.7),
    (13, 21, 3, 0.31),
    (6, 5, 4, 3),
    (17, 11, 4, 0.6),
    (1, 1, 3, 5),
    (5, 40, 3, 0.2),
    (4, 4, 3, 1.2),
]:
    picture = rng.integers(0, 256, size=(height, width, channels), dtype=np.uint8)
    size = (int(width * rescale), int(height * rescale))
    image = Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS)
    resizes.append(
        dict(
            height=height,
            width=width,
            channels=channels,
            picture=pixels(picture),
            rescale=rescale,
            expected=pixels(image),
            expected_width=size[0],
            expected_height=size[1],
        )
    )

json.dump(
    {"pillow": PIL.__version__, "boxes": boxes, "resizes": resizes}, sys.stdout, indent=None, separators=(",", ":")
)
