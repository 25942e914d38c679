"""What a model is made of: its table, its printed form, and its graph in the log.

python model.py [LOGDIR]
glassboard --logdir runs
"""

import sys
from pathlib import Path

import glassboard
import torch
from torch import nn

logdir = Path(sys.argv[1] if len(sys.argv) > 1 else "runs/model")


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        return torch.relu(x + self.norm(self.conv(x)))


model = nn.Sequential(
    nn.Conv2d(3, 16, 3, stride=2, padding=1),
    Residual(16),
    Residual(16),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(16, 10),
).eval()

# torchinfo's arguments and table; verbose=0 does not print it.
summary = glassboard.summary(
    model, (1, 3, 64, 64), col_names=("output_size", "num_params", "mult_adds", "receptive_field"), verbose=0
)
print(summary)
print(f"{summary.total_params:,} parameters, {summary.total_mult_adds:,} mult-adds")

# The graph that torch.export sees, with shapes and mult-adds; the Graph dashboard and TensorBoard show it.
with glassboard.SummaryWriter(logdir) as writer:
    writer.add_graph(model, torch.zeros(1, 3, 64, 64))

# A file tells the same without Python: glassboard summary model.pt2
path = logdir / "model.pt2"
torch.export.save(torch.export.export(model, (torch.zeros(1, 3, 64, 64),)), path)
print(glassboard.describe(path))
