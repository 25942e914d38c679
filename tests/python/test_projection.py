"""``glassboard.projection``: what it gives, what it refuses, and that it can be stopped."""

import _thread
import signal
import threading

import numpy as np
import pytest
from glassboard import InvalidInputError, InvalidTypeError, projection


def groups(points=120, dimensions=8, count=3):
    rng = np.random.default_rng(5)
    group = np.arange(points) % count
    corners = 10 * (np.arange(dimensions) % count == group[:, None])
    return corners + rng.random((points, dimensions)), group


def kept_together(layout, group):
    nearest = projection.nearest_neighbors(layout, 1)[0][:, 0]
    return np.mean(group[nearest] == group)


def test_pca_is_the_singular_value_decomposition():
    points, _ = groups()
    found = projection.pca(points, 3)
    centred = points - points.mean(axis=0)
    _, values, directions = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(found.mean, points.mean(axis=0), rtol=1e-6)
    # Single precision is relative to the largest.
    np.testing.assert_allclose(found.explained_variance, values[:3] ** 2 / 119, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found.explained_variance_ratio, values[:3] ** 2 / np.sum(values**2), atol=1e-6)
    signs = np.sign(directions[np.arange(8), np.abs(directions).argmax(axis=1)])[:3, None]
    # The third varies as little as those behind it: they mix.
    np.testing.assert_allclose(found.components[:2], signs[:2] * directions[:2], atol=1e-4)
    np.testing.assert_allclose(found.coordinates, centred @ found.components.T, atol=1e-3)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_layouts_keep_groups_together(dimensions):
    points, group = groups()
    layout = projection.tsne(points, dimensions, perplexity=10, max_iter=300)
    assert layout.coordinates.shape == (120, dimensions)
    assert layout.coordinates.dtype == np.float32
    assert 0 < layout.kl_divergence < 2
    assert kept_together(layout.coordinates, group) == 1
    again = projection.umap(points, dimensions)
    assert again.shape == (120, dimensions)
    assert kept_together(again, group) == 1
    np.testing.assert_array_equal(again, projection.umap(points, dimensions))


def test_neighbors():
    indices, distances = projection.nearest_neighbors([[0, 0], [3, 4], [0, 1]], 2)
    np.testing.assert_array_equal(indices, [[2, 1], [2, 0], [0, 1]])
    np.testing.assert_allclose(distances, [[1, 5], [18**0.5, 5], [1, 18**0.5]])
    _, cosines = projection.nearest_neighbors([[1, 0], [2, 0], [0, 3]], 2, metric="cosine")
    np.testing.assert_allclose(cosines, [[0, 1], [0, 1], [1, 1]])


def test_progress_is_told():
    told = []
    projection.umap(groups(2000)[0], n_epochs=50, progress=lambda *report: told.append(report))
    assert told[-1] == ("layout", 50, 50)
    assert {stage for stage, _, _ in told} <= {"neighbors", "components", "layout"}


def test_an_exception_in_progress_stops_the_work():
    def refuse(stage, done, total):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        projection.tsne(groups(3000)[0], max_iter=100_000, progress=refuse)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: projection.pca([1.0, 2.0]), InvalidInputError, r"expected shape \(points, dimensions\), got \(2,\)"),
        (lambda: projection.pca([["a"]]), InvalidTypeError, "points: expected numbers"),
        (lambda: projection.pca([[1.0], [np.nan]]), InvalidInputError, "got NaN in row 1, column 0"),
        (lambda: projection.pca(np.eye(3), svd_solver="arpack"), InvalidInputError, "svd_solver: expected 'auto'"),
        (lambda: projection.pca(np.eye(3), 2.5), InvalidTypeError, "n_components: expected an int, got float"),
        (lambda: projection.tsne(np.eye(2)), InvalidInputError, "t-SNE needs at least 3 points, got 2"),
        (lambda: projection.tsne(np.eye(9), 4), InvalidInputError, "dimensions: expected 2 or 3, got 4"),
        (
            lambda: projection.tsne(np.eye(9), perplexity=-1),
            InvalidInputError,
            "perplexity: expected at least 1, got -1",
        ),
        (lambda: projection.tsne(np.eye(9)), InvalidInputError, "expected less than the number of points .9., got 30"),
        (lambda: projection.tsne(np.eye(9), init="spectral"), InvalidInputError, "init: expected .pca. or .random."),
        (
            lambda: projection.umap(np.eye(9), metric="l1"),
            InvalidInputError,
            "metric: expected 'euclidean' or 'cosine'",
        ),
        (lambda: projection.umap(np.eye(9), random_state=-1), InvalidInputError, "random_state: expected 0 or more"),
        (lambda: projection.nearest_neighbors(np.eye(3), 3), InvalidInputError, "at least 4 points, got 3"),
    ],
)
def test_bad_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_ctrl_c_stops_it():
    # Where the tests run in the background, a shell has told them to ignore Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    working = threading.Event()

    def interrupt():
        working.wait(60)
        _thread.interrupt_main()

    def tell(stage, done, total):
        if stage == "layout":
            working.set()

    points = np.random.default_rng(0).random((5000, 20))
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            projection.tsne(points, max_iter=10_000_000, progress=tell)
    finally:
        signal.signal(signal.SIGINT, before)
    thread.join()
