"""PCA, t-SNE, UMAP and nearest neighbours of embeddings, as the projector shows them.

Points may be a numpy array, a torch tensor, a list, or what numpy makes an array of, of shape
(points, dimensions); they are taken as float32. Every result is the same for the same points,
options and seed. The work is done without Python's lock; Ctrl-C stops it, and ``progress``, a
function of ``(stage, done, total)``, is told how far it is: stages are ``"neighbors"``,
``"components"`` and ``"layout"``.

>>> from glassboard import projection
>>> layout = projection.tsne([[0, 0], [0, 1], [9, 9], [9, 8], [0, 9], [1, 9]], perplexity=2)
>>> layout.coordinates.shape
(6, 2)
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal

from glassboard import _core
from glassboard._errors import InvalidInputError, InvalidTypeError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import ArrayLike

    Progress = Callable[[str, int, int], Any]

__all__ = ["PCA", "TSNE", "nearest_neighbors", "pca", "tsne", "umap"]


@dataclasses.dataclass(frozen=True)
class PCA:
    """Principal components of points.

    Attributes
    ----------
    coordinates : ndarray of shape (points, n_components), float32
        The points along the components.
    components : ndarray of shape (n_components, dimensions), float64
        The directions, of length one; the entry of largest magnitude is positive.
    mean : ndarray of shape (dimensions,), float64
        What was subtracted from the points.
    explained_variance : ndarray of shape (n_components,), float64
        Variance along each component, with ``points - 1`` as divisor.
    explained_variance_ratio : ndarray of shape (n_components,), float64
        The same as a share of the whole variance.
    """

    coordinates: np.ndarray
    components: np.ndarray
    mean: np.ndarray
    explained_variance: np.ndarray
    explained_variance_ratio: np.ndarray


@dataclasses.dataclass(frozen=True)
class TSNE:
    """A t-SNE layout.

    Attributes
    ----------
    coordinates : ndarray of shape (points, n_components), float32
        Where the points are.
    kl_divergence : float
        Kullback-Leibler divergence of the layout's neighbourhoods from the points', in nats.
    """

    coordinates: np.ndarray
    kl_divergence: float


def pca(
    points: ArrayLike,
    n_components: int = 10,
    *,
    svd_solver: Literal["auto", "full", "randomized"] = "auto",
    random_state: int = 0,
    progress: Progress | None = None,
) -> PCA:
    """The directions in which the points vary most.

    Parameters
    ----------
    points : array-like of shape (points, dimensions)
        At least two, all finite.
    n_components : int, optional
        How many; fewer come where there are fewer points or dimensions.
    svd_solver : str, optional
        ``"full"`` is exact, ``"randomized"`` is fast for many dimensions; ``"auto"`` is exact up to
        512 dimensions or points.
    random_state : int, optional
        Seeds the randomised solver.
    progress : function of (stage, done, total), optional
        Told how far it is.

    Raises
    ------
    ValueError
        For too few points, and values that are not finite.

    Examples
    --------
    >>> pca([[0.0, 0.0], [3.0, 4.0]]).components[0].round(6).tolist()
    [0.6, 0.8]
    """
    import numpy as np

    found = _core.project_pca(
        _points(points), _count("n_components", n_components), svd_solver, _seed(random_state), progress
    )
    coordinates, components, mean, variance, ratio = found
    return PCA(coordinates, components, mean, np.array(variance), np.array(ratio))


def tsne(
    points: ArrayLike,
    n_components: int = 2,
    *,
    perplexity: float = 30.0,
    early_exaggeration: float = 12.0,
    learning_rate: float | Literal["auto"] = "auto",
    max_iter: int = 1000,
    angle: float = 0.5,
    init: Literal["pca", "random"] = "pca",
    metric: Literal["euclidean", "cosine"] = "euclidean",
    random_state: int = 0,
    progress: Progress | None = None,
) -> TSNE:
    """A layout in which neighbours stay neighbours.

    Names and defaults are those of scikit-learn's ``TSNE``, with ``method="barnes_hut"``.

    Parameters
    ----------
    points : array-like of shape (points, dimensions)
        At least three, all finite.
    n_components : int, optional
        2 or 3.
    perplexity : float, optional
        About how many neighbours each point has; less than the number of points.
    early_exaggeration : float, optional
        How much stronger points attract each other in the first 250 iterations.
    learning_rate : float or "auto", optional
        Length of a step; ``"auto"`` is ``max(points / early_exaggeration / 4, 50)``.
    max_iter : int, optional
        Iterations in all.
    angle : float, optional
        Points of a cell act as one where its width is below this share of its distance; 0 is exact.
    init : str, optional
        Where the layout starts: the principal components, or normally distributed numbers.
    metric : str, optional
        What near means.
    random_state : int, optional
        Seeds what is random.
    progress : function of (stage, done, total), optional
        Told how far it is.

    Raises
    ------
    ValueError
        For too few points, values that are not finite, and options out of range.
    """
    coordinates, divergence = _core.project_tsne(
        _points(points),
        _count("n_components", n_components),
        perplexity,
        _count("max_iter", max_iter),
        early_exaggeration,
        None if learning_rate == "auto" else learning_rate,
        angle,
        init,
        metric,
        _seed(random_state),
        progress,
    )
    return TSNE(coordinates, divergence)


def umap(
    points: ArrayLike,
    n_components: int = 2,
    *,
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    spread: float = 1.0,
    n_epochs: int | None = None,
    learning_rate: float = 1.0,
    negative_sample_rate: int = 5,
    metric: Literal["euclidean", "cosine"] = "euclidean",
    random_state: int = 0,
    progress: Progress | None = None,
) -> np.ndarray:
    """A layout in which neighbourhoods overlap as they do among the points.

    Names and defaults are those of umap-learn's ``UMAP``, but that it starts from the principal
    components.

    Parameters
    ----------
    points : array-like of shape (points, dimensions)
        At least three, all finite.
    n_components : int, optional
        2 or 3.
    n_neighbors : int, optional
        How many points make a neighbourhood, the point itself included.
    min_dist, spread : float, optional
        How close points may be, and how far apart groups are, about.
    n_epochs : int, optional
        Passes over the graph; 500 up to 10,000 points by default, 200 beyond.
    learning_rate : float, optional
        Length of the first step.
    negative_sample_rate : int, optional
        How many points are pushed away for each that is pulled.
    metric : str, optional
        What near means.
    random_state : int, optional
        Seeds what is random.
    progress : function of (stage, done, total), optional
        Told how far it is.

    Returns
    -------
    coordinates : ndarray of shape (points, n_components), float32

    Raises
    ------
    ValueError
        For too few points, values that are not finite, and options out of range.
    """
    return _core.project_umap(
        _points(points),
        _count("n_components", n_components),
        _count("n_neighbors", n_neighbors),
        min_dist,
        spread,
        None if n_epochs is None else _count("n_epochs", n_epochs),
        learning_rate,
        _count("negative_sample_rate", negative_sample_rate),
        metric,
        _seed(random_state),
        progress,
    )


def nearest_neighbors(
    points: ArrayLike,
    k: int,
    *,
    metric: Literal["euclidean", "cosine"] = "euclidean",
    progress: Progress | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The exact `k` nearest neighbours of every point, from near to far, without the point itself.

    Returns
    -------
    indices : ndarray of shape (points, k), uint32
    distances : ndarray of shape (points, k), float32

    Raises
    ------
    ValueError
        If there are no more than `k` points, and for values that are not finite.

    Examples
    --------
    >>> nearest_neighbors([[0.0], [1.0], [5.0]], 1)[0].ravel().tolist()
    [1, 0, 1]
    """
    return _core.nearest_neighbors(_points(points), _count("k", k), metric, progress)


def _points(points: Any) -> np.ndarray:
    import numpy as np

    if hasattr(points, "detach"):
        points = points.detach().cpu()
    try:
        array = np.asarray(points, dtype="float32")
    except (TypeError, ValueError) as error:
        raise InvalidTypeError(f"points: expected numbers of shape (points, dimensions), got {error}") from None
    if array.ndim != 2:
        raise InvalidInputError(f"points: expected shape (points, dimensions), got {array.shape}")
    return array


def _count(name: str, value: Any) -> int:
    import operator

    try:
        count = operator.index(value)
    except TypeError:
        raise InvalidTypeError(f"{name}: expected an int, got {type(value).__name__}") from None
    if count < 0:
        raise InvalidInputError(f"{name}: expected 0 or more, got {count}")
    return count


def _seed(value: Any) -> int:
    return _count("random_state", value) & 0xFFFF_FFFF_FFFF_FFFF
