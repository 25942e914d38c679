"""Log numbers, then read them back.

python scalars.py [LOGDIR]
glassboard --logdir runs
"""

import math
import random
import sys

import glassboard

logdir = sys.argv[1] if len(sys.argv) > 1 else "runs/scalars"
noise = random.Random(0)

for rate in (0.01, 0.03):
    with glassboard.SummaryWriter(f"{logdir}/rate-{rate}") as writer:
        for step in range(1000):
            decay = math.exp(-rate * step)
            writer.add_scalar("loss/train", decay + 0.05 * noise.random(), step)
            if step % 50 == 0:
                writer.add_scalar("loss/validation", decay + 0.1, step)
        # Several lines in one chart.
        for step in range(100):
            angle = step / 10
            writer.add_scalars("waves", {"sine": math.sin(angle), "cosine": math.cos(angle)}, step)

log = glassboard.read(logdir)
for name, run in log.items():
    for tag, series in run.scalars.items():
        print(f"{name}  {tag}: {len(series)} points, the last {series.value[-1]:.4f}")
