"""Precision-recall, ROC and DET curves, their areas, and the best thresholds to operate at.

Functions, parameters, defaults, results, warnings and refusals are scikit-learn's (1.9); the work is
done in parallel, without Python's lock and without copying what is a numpy array already.

Labels may be of any type that can be compared: booleans, numbers, strings. Scores may be any real
numbers. Both may be numpy arrays, torch tensors, lists, or what numpy makes an array of.
"""

from __future__ import annotations

import dataclasses
import sys
import warnings as _warnings
from typing import TYPE_CHECKING, Any, Literal

from glassboard import _core
from glassboard._errors import InvalidInputError, InvalidTypeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

__all__ = [
    "OperatingPoint",
    "UndefinedMetricWarning",
    "at_threshold",
    "auc",
    "average_precision_score",
    "best_f1",
    "confusion_matrix_at_thresholds",
    "det_curve",
    "lowest_cost",
    "precision_recall_curve",
    "roc_auc_score",
    "roc_curve",
    "youden",
]

# Types of labels and scores that the core takes as they are.
_LABEL_TYPES = ("bool", "uint8", "int32", "int64", "float32", "float64")
_SCORE_TYPES = ("float32", "float64")
_WIDER = {
    "int8": "int32",
    "int16": "int32",
    "uint16": "int32",
    "uint32": "int64",
    "float16": "float32",
}


class UndefinedMetricWarning(UserWarning):
    """A result has no meaning for these samples, such as a true positive rate without positives."""


def precision_recall_curve(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    pos_label: Any = None,
    sample_weight: ArrayLike | None = None,
    drop_intermediate: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision and recall at every distinct score.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Labels; without `pos_label` in {0, 1} or {-1, 1}.
    y_score : array-like of shape (n_samples,)
        How likely each sample is positive: probabilities or any finite measure that grows with it.
    pos_label : int, float, bool or str, optional
        The positive label; 1 by default.
    sample_weight : array-like of shape (n_samples,), optional
        A weight for each sample; those of weight zero do not count at all.
    drop_intermediate : bool, optional
        Whether to leave out points that a drawing would not show.

    Returns
    -------
    precision : ndarray of shape (n_thresholds + 1,)
        TP / (TP + FP) at each threshold, then 1.
    recall : ndarray of shape (n_thresholds + 1,)
        TP / (TP + FN) at each threshold, falling, then 0.
    thresholds : ndarray of shape (n_thresholds,)
        Rising scores, in their own type; a sample is taken for positive if its score is at least it.

    Raises
    ------
    ValueError
        For labels that are not of two classes or do not tell which is positive, inputs of different
        lengths, none at all, or NaN and infinities.

    Examples
    --------
    >>> precision, recall, thresholds = precision_recall_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    """
    samples = _Samples(y_true, y_score, pos_label, sample_weight)
    *curve, thresholds, warnings = _core.precision_recall_curve(*samples, bool(drop_intermediate))
    _warn(warnings)
    return (*curve, samples.in_own_type(thresholds))


def roc_curve(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    pos_label: Any = None,
    sample_weight: ArrayLike | None = None,
    drop_intermediate: bool = True,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The receiver operating characteristic.

    Parameters are those of :func:`precision_recall_curve`; points on a straight line between others
    are left out by default.

    Returns
    -------
    fpr : ndarray of shape (n_thresholds,)
        FP / (FP + TN), rising from 0; NaN (and an :class:`UndefinedMetricWarning`) without negatives.
    tpr : ndarray of shape (n_thresholds,)
        TP / (TP + FN), rising from 0; NaN (and an :class:`UndefinedMetricWarning`) without positives.
    thresholds : ndarray of shape (n_thresholds,)
        Falling scores, float64; the first is infinite: nothing is taken for positive.

    Raises
    ------
    ValueError
        As :func:`precision_recall_curve`.
    """
    samples = _Samples(y_true, y_score, pos_label, sample_weight)
    *curve, warnings = _core.roc_curve(*samples, bool(drop_intermediate))
    _warn(warnings)
    return tuple(curve)


def det_curve(
    y_true: ArrayLike,
    y_score: ArrayLike,
    pos_label: Any = None,
    sample_weight: ArrayLike | None = None,
    drop_intermediate: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The detection error tradeoff: false positive rate against false negative rate.

    Parameters are those of :func:`precision_recall_curve`.

    Returns
    -------
    fpr, fnr : ndarray of shape (n_thresholds,)
        FP / (FP + TN), falling, and FN / (TP + FN), rising; from the point where no positive is
        missed to the one without false alarms.
    thresholds : ndarray of shape (n_thresholds,)
        Rising scores, float64; the last may be infinite.

    Raises
    ------
    ValueError
        As :func:`precision_recall_curve`, and when only one class occurs.
    """
    samples = _Samples(y_true, y_score, pos_label, sample_weight)
    return _core.det_curve(*samples, bool(drop_intermediate))


def confusion_matrix_at_thresholds(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    pos_label: Any = None,
    sample_weight: ArrayLike | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """True and false negatives and positives at every distinct score.

    Parameters are those of :func:`precision_recall_curve`.

    Returns
    -------
    tns, fps, fns, tps : ndarray of shape (n_thresholds,)
        Counts, or sums of weights, float64.
    thresholds : ndarray of shape (n_thresholds,)
        Falling scores, in their own type.

    Raises
    ------
    ValueError
        As :func:`precision_recall_curve`.
    """
    samples = _Samples(y_true, y_score, pos_label, sample_weight)
    counts, thresholds = _core.confusion_matrix_at_thresholds(*samples)
    return (*counts, samples.in_own_type(thresholds))


def auc(x: ArrayLike, y: ArrayLike) -> float:
    """The area below a curve by the trapezoidal rule.

    Parameters
    ----------
    x, y : array-like of shape (n,)
        Points; `x` rises or falls.

    Raises
    ------
    ValueError
        For fewer than two points, or an `x` that goes to and fro.
    """
    return _core.auc(_column(x, "x"), _column(y, "y"))


def roc_auc_score(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    average: Literal["micro", "macro", "samples", "weighted"] | None = "macro",
    sample_weight: ArrayLike | None = None,
    max_fpr: float | None = None,
    multi_class: Literal["raise", "ovr", "ovo"] = "raise",
    labels: ArrayLike | None = None,
) -> float | np.ndarray:
    """The area below the ROC curve.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_labels)
        Labels of two classes (the larger is positive), of several classes, or a column of 0 and 1
        per label.
    y_score : array-like of shape (n_samples,) or (n_samples, n_classes)
        Scores of the positive class, probabilities of each class, or scores of each label.
    average : {"micro", "macro", "samples", "weighted"} or None, optional
        How the areas of several classes become one; None: they stay several.
    sample_weight : array-like of shape (n_samples,), optional
        A weight for each sample.
    max_fpr : float, optional
        In (0, 1]: only the area up to this false positive rate, standardised (McClish) so that 0.5
        is chance.
    multi_class : {"raise", "ovr", "ovo"}, optional
        How several classes are compared: each with the rest, or each with each (Hand and Till).
    labels : array-like of shape (n_classes,), optional
        The label of each column of `y_score`, rising; those that occur by default.

    Returns
    -------
    float or ndarray of shape (n_classes,)
        NaN, and an :class:`UndefinedMetricWarning`, when only one class occurs.

    Raises
    ------
    ValueError
        For inputs that do not go together, NaN and infinities.
    """
    targets = _array(y_true)
    if _is_text(targets):
        _no_bytes(targets)
        _numpy = _np()
        known = [] if labels is None else _array(labels).tolist()
        classes, codes = _numpy.unique(
            _numpy.concatenate([_numpy.asarray(known, targets.dtype), targets.ravel()]),
            return_inverse=True,
        )
        listed, targets = codes[: len(known)], codes[len(known) :].reshape(targets.shape)
        labels = None if labels is None else listed
    targets = _numbers(targets)
    if labels is not None:
        labels = _array(labels)
        if not _can_hold(targets, labels):
            targets = targets.astype("float64")
        labels = labels.astype(targets.dtype)
    scores = _scores(y_score)
    area, warnings = _core.roc_auc_score(
        targets, scores, average, _weights(sample_weight), max_fpr, multi_class, labels
    )
    _warn(warnings)
    return area


def average_precision_score(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    average: Literal["micro", "macro", "samples", "weighted"] | None = "macro",
    pos_label: Any = 1,
    sample_weight: ArrayLike | None = None,
) -> float | np.ndarray:
    """The average precision: the sum of precisions, weighted by the steps of recall.

    ``AP = Σ (R_n - R_{n-1}) P_n``: the area below the precision-recall curve without interpolation.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,) or (n_samples, n_labels)
        Labels of two classes, of several classes, or a column of 0 and 1 per label.
    y_score : array-like of shape (n_samples,) or (n_samples, n_classes)
        Scores of the positive class, or of each class or label.
    average : {"micro", "macro", "samples", "weighted"} or None, optional
        How the areas of several classes become one; None: they stay several.
    pos_label : int, float, bool or str, optional
        The positive label of two.
    sample_weight : array-like of shape (n_samples,), optional
        A weight for each sample.

    Returns
    -------
    float or ndarray of shape (n_classes,)
        0, and a ``UserWarning``, without positives.

    Raises
    ------
    ValueError
        For inputs that do not go together, NaN and infinities.
    """
    targets = _array(y_true)
    positive = None if _is_one(pos_label) else pos_label
    if _is_text(targets):
        _no_bytes(targets)
        classes, codes = _np().unique(targets, return_inverse=True)
        targets = codes.reshape(targets.shape)
        known = classes.tolist()
        if len(known) == 2 and pos_label not in known:
            raise InvalidInputError(f"pos_label={pos_label} is not a valid label. It should be one of {known}")
        if len(known) > 2 and positive is not None:
            raise InvalidInputError(
                "Parameter pos_label is fixed to 1 for multiclass y_true. Do not set pos_label or "
                f"set pos_label to 1. Got {pos_label!r}"
            )
        if len(known) <= 2:
            positive = known.index(pos_label) if pos_label in known else -1
    targets, positive = _with_label(_numbers(targets), positive)
    scores = _scores(y_score)
    area, warnings = _core.average_precision_score(targets, scores, average, positive, _weights(sample_weight))
    _warn(warnings)
    return area


@dataclasses.dataclass(frozen=True)
class OperatingPoint:
    """What a threshold achieves.

    Attributes
    ----------
    threshold : float
        A sample is taken for positive if its score is at least this; infinite: none is.
    true_positives, false_positives, false_negatives, true_negatives : float
        Counts, or sums of weights.
    """

    threshold: float
    true_positives: float
    false_positives: float
    false_negatives: float
    true_negatives: float

    @property
    def precision(self) -> float:
        """TP / (TP + FP); 0 where nothing is taken for positive."""
        return _share(self.true_positives, self.false_positives)

    @property
    def recall(self) -> float:
        """TP / (TP + FN), the true positive rate; 0 without positives."""
        return _share(self.true_positives, self.false_negatives)

    @property
    def false_positive_rate(self) -> float:
        """FP / (FP + TN); 0 without negatives."""
        return _share(self.false_positives, self.true_negatives)

    @property
    def f1(self) -> float:
        """2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall; 0 without positives."""
        return _share(2 * self.true_positives, self.false_positives + self.false_negatives)

    @property
    def youden_j(self) -> float:
        """True positive rate less false positive rate."""
        return self.recall - self.false_positive_rate


def best_f1(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    pos_label: Any = None,
    sample_weight: ArrayLike | None = None,
) -> OperatingPoint | None:
    """The threshold with the largest F1; None without positives.

    Of thresholds that are equally good, the highest. Parameters are those of
    :func:`precision_recall_curve`.
    """
    return _operating_point(_Samples(y_true, y_score, pos_label, sample_weight), "f1")


def youden(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    pos_label: Any = None,
    sample_weight: ArrayLike | None = None,
) -> OperatingPoint | None:
    """The threshold with the largest Youden's J: the point of the ROC curve farthest above chance.

    None when a class is missing. Of thresholds that are equally good, the highest. Parameters are
    those of :func:`precision_recall_curve`.
    """
    return _operating_point(_Samples(y_true, y_score, pos_label, sample_weight), "youden")


def lowest_cost(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    false_positive_cost: float,
    false_negative_cost: float,
    pos_label: Any = None,
    sample_weight: ArrayLike | None = None,
) -> OperatingPoint:
    """The threshold whose errors cost least in total.

    Parameters
    ----------
    false_positive_cost, false_negative_cost : float
        What one error of each kind costs, in any unit; finite, not negative.

    Others are those of :func:`precision_recall_curve`.
    """
    costs = float(false_positive_cost), float(false_negative_cost)
    return _operating_point(_Samples(y_true, y_score, pos_label, sample_weight), "cost", costs)


def at_threshold(
    y_true: ArrayLike,
    y_score: ArrayLike,
    threshold: float,
    *,
    pos_label: Any = None,
    sample_weight: ArrayLike | None = None,
) -> OperatingPoint:
    """What a threshold achieves that need not be one of the scores.

    Parameters are those of :func:`precision_recall_curve`.
    """
    numbers = float(threshold), 0.0
    return _operating_point(_Samples(y_true, y_score, pos_label, sample_weight), "given", numbers)


class _Samples:
    """Labels, scores, positive label and weights as the core takes them."""

    def __init__(self, y_true: Any, y_score: Any, pos_label: Any, sample_weight: Any) -> None:
        targets = _array(y_true)
        if _is_text(targets):
            _no_bytes(targets)
            targets, pos_label = _text_codes(targets, pos_label)
        self.targets, self.pos_label = _with_label(_numbers(targets), pos_label)
        scores = _array(y_score)
        self._type = scores.dtype
        self.scores = _scores(scores)
        self.weights = _weights(sample_weight)

    def __iter__(self):
        return iter((self.targets, self.scores, self.pos_label, self.weights))

    def in_own_type(self, thresholds: np.ndarray) -> np.ndarray:
        """Thresholds are scores, and come back as these."""
        if self._type.kind in "biuf" and self._type != thresholds.dtype:
            return thresholds.astype(self._type)
        return thresholds


def _operating_point(
    samples: _Samples, best_by: str, numbers: tuple[float, float] = (0.0, 0.0)
) -> OperatingPoint | None:
    point = _core.operating_point(*samples, best_by, numbers)
    return None if point is None else OperatingPoint(*point)


def _np() -> Any:
    # Importing numpy takes longer than importing this package may.
    import numpy

    return numpy


def _array(values: Any) -> np.ndarray:
    """Anything as an array, without a copy where that can be."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(values, torch.Tensor):
        values = values.detach().cpu()
        if values.dtype == torch.bfloat16:
            values = values.float()
        values = values.numpy()
    array = _np().asarray(values)
    if array.dtype.kind == "O":
        # Columns of data frames hold their numbers and texts as objects.
        array = _np().asarray(array.tolist())
    return array


def _is_text(array: np.ndarray) -> bool:
    return array.dtype.kind in "USTO"


def _no_bytes(array: np.ndarray) -> None:
    if array.dtype.kind == "S":
        raise InvalidTypeError("y_true: labels as bytes are not supported; expected str or numbers")
    if array.dtype.kind == "O":
        raise InvalidInputError("unknown format is not supported: expected labels of one type in y_true")


def _text_codes(array: np.ndarray, pos_label: Any) -> tuple[np.ndarray, int]:
    """Texts as numbers in their order, and the number of the positive one."""
    classes, codes = _np().unique(array, return_inverse=True)
    known = classes.tolist()
    if pos_label is None:
        listed = ", ".join(map(repr, known))
        if len(known) > 2:
            raise InvalidInputError("multiclass format is not supported")
        raise InvalidInputError(
            f"y_true takes value in {{{listed}}} and pos_label is not specified: either make y_true "
            "take value in {0, 1} or {-1, 1} or pass pos_label explicitly."
        )
    return codes.reshape(array.shape), known.index(pos_label) if pos_label in known else -1


def _numbers(array: np.ndarray) -> np.ndarray:
    """Labels in a type that the core takes."""
    array = _plain(array)
    name = array.dtype.name
    if name in _LABEL_TYPES:
        return array
    if name == "uint64":
        small = not array.size or array.max() <= _np().iinfo("int64").max
        return array.astype("int64" if small else "float64")
    if array.dtype.kind not in "biuf":
        raise InvalidInputError(f"unknown format is not supported: y_true is of type {name}")
    return array.astype(_WIDER.get(name, "float64"))


def _with_label(array: np.ndarray, label: Any) -> tuple[np.ndarray, Any]:
    """Labels, and the positive one as a number of their type."""
    if label is None:
        return array, None
    label = _array(label)
    if label.ndim or label.dtype.kind not in "biuf":
        raise InvalidInputError(f"pos_label: expected a number as in y_true, got {label.tolist()!r}")
    if not _can_hold(array, label):
        array = array.astype("float64")
    return array, label.astype(array.dtype).item()


def _can_hold(array: np.ndarray, values: np.ndarray) -> bool:
    """Whether values can be of an array's type and stay what they are."""
    with _np().errstate(all="ignore"):
        return bool((values.astype(array.dtype) == values).all())


def _scores(values: Any) -> np.ndarray:
    array = _plain(_array(values))
    name = array.dtype.name
    if name in _SCORE_TYPES:
        return array
    if array.dtype.kind == "c":
        raise InvalidInputError("Complex data not supported: y_score is of type " + name)
    return array.astype(_WIDER[name] if name == "float16" else "float64")


def _weights(values: Any) -> np.ndarray | None:
    return None if values is None else _column(values, "sample_weight")


def _column(values: Any, name: str) -> np.ndarray:
    array = _plain(_array(values))
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise InvalidInputError(f"{name} should be a 1d array, got an array of shape {array.shape} instead.")
    return array.astype("float64", copy=False)


def _plain(array: np.ndarray) -> np.ndarray:
    """In this machine's byte order, each element where it may be read at once."""
    if array.dtype.isnative and array.flags.aligned:
        return array
    return array.astype(array.dtype.newbyteorder("="))


def _is_one(label: Any) -> bool:
    return not isinstance(label, str) and bool(label == 1)


def _share(part: float, rest: float) -> float:
    return part / (part + rest) if part + rest else 0.0


def _warn(warnings: list[tuple[str, bool]]) -> None:
    for text, undefined in warnings:
        category = UndefinedMetricWarning if undefined else UserWarning
        _warnings.warn(text, category, stacklevel=3)
