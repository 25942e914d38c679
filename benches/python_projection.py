"""Times ``glassboard.projection`` beside scikit-learn and umap-learn, in turns.

    python benches/python_projection.py

Prints one JSON object; what it does meanwhile goes to standard error. Layouts are of 10,000 points of 50
normally distributed numbers, principal components of 100,000 points of 256.
"""

import json
import statistics
import sys
import time
import warnings

import numpy as np
import umap
from glassboard import projection
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness

ROUNDS = 3


def seconds(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def timed(name, goal, ours, theirs, rounds=ROUNDS):
    """The median of some rounds of each, and the last results."""
    spent = {"ours": [], "theirs": []}
    for round_ in range(rounds):
        for side, work in (("ours", ours), ("theirs", theirs)):
            took, result = seconds(work)
            spent[side].append(took)
            spent[side + " result"] = result
        print(f"{name}, round {round_ + 1}: {spent['ours'][-1]:.2f} s and {spent['theirs'][-1]:.2f} s", file=sys.stderr)
    ours, theirs = statistics.median(spent["ours"]), statistics.median(spent["theirs"])
    figure = {"name": name, "goal": goal, "ours_us": ours * 1e6, "peer_us": theirs * 1e6, "ratio": theirs / ours}
    return figure, spent["ours result"], spent["theirs result"]


def main():
    warnings.filterwarnings("ignore")
    rng = np.random.default_rng(0)
    points = rng.standard_normal((10_000, 50), dtype="float32")
    wide = rng.standard_normal((100_000, 256), dtype="float32")
    sample = slice(0, 2_000)
    figures = []

    tsne, ours, theirs = timed(
        "t-SNE, 10,000 x 50, 500 iterations",
        5,
        lambda: projection.tsne(points, max_iter=500),
        lambda: TSNE(max_iter=500, init="pca", random_state=0).fit(points),
        rounds=1,
    )
    print(f"divergence {ours.kl_divergence:.4f}, scikit-learn {theirs.kl_divergence_:.4f}", file=sys.stderr)
    figures.append(tsne)

    umap.UMAP(n_epochs=11).fit_transform(points)  # compiles
    layout, ours, theirs = timed(
        "UMAP, 10,000 x 50", 1, lambda: projection.umap(points), lambda: umap.UMAP().fit_transform(points), rounds=1
    )
    ours, theirs = (trustworthiness(points[sample], layout[sample], n_neighbors=15) for layout in (ours, theirs))
    print(f"trustworthiness {ours:.4f}, umap-learn {theirs:.4f}", file=sys.stderr)
    figures.append(layout)

    figure, ours, theirs = timed(
        "PCA, 100,000 x 256, 10 components",
        1,
        lambda: projection.pca(wide, 10),
        lambda: PCA(10, svd_solver="randomized", random_state=0).fit(wide),
    )
    shares = ours.explained_variance_ratio.sum(), theirs.explained_variance_ratio_.sum()
    print(f"explained variance {shares[0]:.6f}, scikit-learn {shares[1]:.6f}", file=sys.stderr)
    figures.append(figure)
    print(json.dumps({"figures": figures}, indent=1))


if __name__ == "__main__":
    main()
