"""Log pictures: one, a grid of several, one with boxes, histograms beside them.

python images.py [LOGDIR]
glassboard --logdir runs
"""

import sys

import glassboard
import numpy as np

logdir = sys.argv[1] if len(sys.argv) > 1 else "runs/images"
rng = np.random.default_rng(0)
rows, columns = np.mgrid[0:96, 0:128] / 96


def rings(phase):
    """A picture of shape [height, width, 3], from 0 to 1."""
    distance = np.hypot(rows - 0.5, columns - 0.66)
    return np.stack([np.sin(40 * distance + phase + shift) / 2 + 0.5 for shift in (0, 2, 4)], axis=2)


with glassboard.SummaryWriter(logdir) as writer:
    for step in range(10):
        picture = rings(step / 2)
        writer.add_image("rings", picture, step, dataformats="HWC")
        batch = np.stack([rings(step / 2 + shift) for shift in range(8)])
        writer.add_images("rings/batch", batch, step, dataformats="NHWC")
        box = np.array([[30 + step, 20, 90 + step, 70]])
        writer.add_image_with_boxes("rings/box", picture, box, step, dataformats="HWC", labels=["centre"])
        writer.add_histogram("brightness", picture, step)
    writer.add_text("about", "Rings of **three** colours.")

run = glassboard.read(logdir)["."]
for tag, series in run.images.items():
    print(f"{tag}: {len(series)} steps of {series[0].width} x {series[0].height}")
