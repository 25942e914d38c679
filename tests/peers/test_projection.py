"""``glassboard.projection`` beside scikit-learn and umap-learn, on real digits."""

import numpy as np
import pytest
import umap
from glassboard import projection
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

DIGITS = load_digits().data.astype("float32")


@pytest.mark.parametrize("solver", ["full", "randomized"])
def test_pca(solver):
    ours = projection.pca(DIGITS, 10, svd_solver=solver)
    theirs = PCA(10, svd_solver=solver, random_state=0).fit(DIGITS.astype("float64"))
    np.testing.assert_allclose(ours.mean, theirs.mean_, rtol=1e-6)
    np.testing.assert_allclose(ours.explained_variance, theirs.explained_variance_, rtol=1e-4)
    np.testing.assert_allclose(ours.explained_variance_ratio, theirs.explained_variance_ratio_, rtol=1e-4)
    # Components of nearly equal variance mix: the first five lie far apart. Signs are scikit-learn's.
    np.testing.assert_allclose(ours.components[:5], theirs.components_[:5], atol=2e-3)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_neighbors(metric):
    _, ours = projection.nearest_neighbors(DIGITS, 12, metric=metric)
    theirs, _ = NearestNeighbors(n_neighbors=13, metric=metric).fit(DIGITS.astype("float64")).kneighbors()
    np.testing.assert_allclose(ours, theirs[:, :12], rtol=1e-4, atol=1e-5)


def test_umap_is_as_trustworthy_as_umap_learn():
    theirs = umap.UMAP(random_state=0).fit_transform(DIGITS)
    ours = projection.umap(DIGITS)
    assert trustworthiness(DIGITS, ours, n_neighbors=15) >= trustworthiness(DIGITS, theirs, n_neighbors=15) - 0.01
