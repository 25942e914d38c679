"""Writes the tables of the colour maps: 256 colours of red, green, blue, one byte each.

    pip install opencv-python-headless matplotlib
    python make_tables.py tables

The first 22 are OpenCV's, in the order of its numbers; the others are Matplotlib's.
"""

import sys
from pathlib import Path

import cv2
import matplotlib
import numpy as np

OPENCV = [
    "autumn",
    "bone",
    "jet",
    "winter",
    "rainbow",
    "ocean",
    "summer",
    "spring",
    "cool",
    "hsv",
    "pink",
    "hot",
    "parula",
    "magma",
    "inferno",
    "plasma",
    "viridis",
    "cividis",
    "twilight",
    "twilight_shifted",
    "turbo",
    "deepgreen",
]
MATPLOTLIB = ["bwr", "coolwarm", "gist_rainbow", "gray", "RdBu_r", "seismic"]

out = Path(sys.argv[1])
levels = np.arange(256, dtype=np.uint8)
for number, name in enumerate(OPENCV):
    (out / f"{name}.rgb").write_bytes(cv2.applyColorMap(levels[:, None], number)[:, 0, ::-1].tobytes())
for name in MATPLOTLIB:
    colours = matplotlib.colormaps[name](levels, bytes=True)[:, :3]
    (out / f"{name.lower()}.rgb").write_bytes(colours.tobytes())
