"""``glassboard.projection`` beside scikit-learn and umap-learn, on real digits."""

import numpy as np
import pytest
import umap
from glassboard import projection
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness
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


def test_tsne_is_as_good_as_scikit_learns():
    theirs = TSNE(max_iter=500, init="pca", random_state=0).fit(DIGITS)
    ours = projection.tsne(DIGITS, max_iter=500)
    assert ours.kl_divergence == pytest.approx(theirs.kl_divergence_, rel=0.05)
    # What we say it is, is what it is: the divergence from the definition, over scikit-learn's own affinities.
    assert ours.kl_divergence == pytest.approx(divergence(ours.coordinates), rel=0.01)
    assert trustworthiness(DIGITS, ours.coordinates) > trustworthiness(DIGITS, theirs.embedding_) - 0.01


def test_umap_is_as_trustworthy_as_umap_learn():
    theirs = umap.UMAP(random_state=0).fit_transform(DIGITS)
    ours = projection.umap(DIGITS)
    assert trustworthiness(DIGITS, ours, n_neighbors=15) >= trustworthiness(DIGITS, theirs, n_neighbors=15) - 0.01


def divergence(layout):
    """Kullback-Leibler divergence by its definition, over the affinities that scikit-learn computes."""
    from scipy.spatial.distance import pdist
    from sklearn.manifold._t_sne import _joint_probabilities_nn

    graph = NearestNeighbors(n_neighbors=91).fit(DIGITS).kneighbors_graph(mode="distance")
    graph.data **= 2
    p = _joint_probabilities_nn(graph, 30.0, 0).tocoo()
    weights = 1 / (1 + pdist(layout.astype("float64")) ** 2)
    total = 2 * weights.sum()
    q = 1 / (1 + np.sum((layout[p.row] - layout[p.col]).astype("float64") ** 2, axis=1)) / total
    return float(np.sum(p.data * np.log(p.data / q)))
