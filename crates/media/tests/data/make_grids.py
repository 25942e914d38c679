"""What torchvision's make_grid gives: python make_grids.py > grids.json (torch 2.15, torchvision 0.29.2).

Numbers are written with all digits; those of 32 and 16 bits as the float64 of the same value; infinity as a text.
"""

import json
import math

import torch
from torchvision.utils import make_grid

torch.manual_seed(3)
DTYPES = {"f32": torch.float32, "f64": torch.float64, "f16": torch.float16, "bf16": torch.bfloat16, "u8": torch.uint8}


def flat(tensor):
    return [x if math.isfinite(x) else str(x) for x in tensor.reshape(-1).tolist()]


cases = []


def case(dtype, shape, **options):
    values = torch.randint(0, 256, shape) if dtype == "u8" else torch.randn(shape, dtype=torch.float64) * 3
    tensor = values.to(DTYPES[dtype])
    grid = make_grid(tensor, **options)
    options = {k: list(v) if isinstance(v, tuple) else v for k, v in options.items()}
    cases.append(
        dict(
            dtype=dtype, shape=shape, values=flat(tensor), options=options, grid_shape=list(grid.shape), grid=flat(grid)
        )
    )


for dtype in DTYPES:
    case(dtype, [5, 3, 2, 3])
    case(dtype, [5, 1, 2, 3], nrow=2, padding=1, pad_value=1.0)
    case(dtype, [9, 2, 1, 1], padding=0)
    case(dtype, [1, 3, 2, 2], padding=5)
    case(dtype, [2, 3])
    case(dtype, [1, 2, 3])
    case(dtype, [3, 2, 3], nrow=1)
    if dtype != "u8":
        case(dtype, [4, 3, 2, 3], nrow=3, normalize=True)
        case(dtype, [4, 1, 2, 3], normalize=True, scale_each=True, pad_value=0.3)
        case(dtype, [4, 3, 2, 3], normalize=True, value_range=(-1.1, 1.7))
        case(dtype, [4, 3, 2, 3], normalize=True, scale_each=True, value_range=(-0.3, 0.9))
        case(dtype, [2, 3, 2, 2], normalize=True, value_range=(0.5, -0.5))
        case(dtype, [1, 3, 2, 2], normalize=True)
print(json.dumps(cases))
