"""Points for the embedding projector, with labels and a small picture of each.

python embedding.py [LOGDIR]
glassboard --logdir runs
"""

import sys

import glassboard
import numpy as np

logdir = sys.argv[1] if len(sys.argv) > 1 else "runs/embedding"
rng = np.random.default_rng(0)

# Three clouds in 16 dimensions, and a grey picture of each point's coordinates.
kinds = rng.integers(0, 3, 300)
points = rng.normal(size=(3, 16))[kinds] * 3 + rng.normal(size=(300, 16))
pictures = np.clip(points.reshape(300, 1, 4, 4) / 12 + 0.5, 0, 1).repeat(3, axis=1)

with glassboard.SummaryWriter(logdir) as writer:
    metadata = [[str(index), "abc"[kind]] for index, kind in enumerate(kinds)]
    writer.add_embedding(
        points, metadata=metadata, metadata_header=["point", "cloud"], label_img=pictures, tag="clouds"
    )
    # Two dimensions that hold most of it, as a second embedding.
    centred = points - points.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    writer.add_embedding(centred @ axes[:2].T, metadata=metadata, metadata_header=["point", "cloud"], tag="plane")

print(f"two embeddings of {len(points)} points in {logdir}")
