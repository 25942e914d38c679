"""``glassboard.metrics``: scikit-learn's results, recorded in ``tests/golden/curves``."""

import json
import warnings
from pathlib import Path

import glassboard
import numpy as np
import pytest
from glassboard import metrics

CASES = json.loads((Path(__file__).parents[1] / "golden" / "curves" / "curves.json").read_text())
CALLS = {
    "precision_recall_curve": metrics.precision_recall_curve,
    "precision_recall_curve_drop": lambda *args, **options: metrics.precision_recall_curve(
        *args, drop_intermediate=True, **options
    ),
    "roc_curve": metrics.roc_curve,
    "roc_curve_keep": lambda *args, **options: metrics.roc_curve(*args, drop_intermediate=False, **options),
    "det_curve": metrics.det_curve,
    "roc_auc_score": metrics.roc_auc_score,
    "roc_auc_score_max_fpr_0.3": lambda *args, **options: metrics.roc_auc_score(*args, max_fpr=0.3, **options),
    "average_precision_score": metrics.average_precision_score,
}


# Where our words are not scikit-learn's: it stumbles over no samples, or says less.
NO_SAMPLES = "Found array with 0 samples while a minimum of 1 is required"
REWORDED = {
    "operands could not be broadcast": NO_SAMPLES,
    "index -1 is out of bounds": NO_SAMPLES,
    "Found array with 0 sample(s)": NO_SAMPLES,
    "Input contains infinity": "Input contains infinity: expected finite numbers, got inf in y_score at",
    "Only one class is present": "Only one class is present in y_true: detection error tradeoff curve",
    "`y_score` needs to be of shape": "y_score needs to be of shape (n_samples, n_classes), got",
    "Partial AUC computation": "Partial AUC computation not available in multiclass setting",
}


def numbers(recorded):
    return np.asarray(recorded, dtype="float64")


RESULTS = [
    pytest.param(case, call, result, id=f"{name}-{call}")
    for name, case in CASES.items()
    for call, result in case["results"].items()
]


@pytest.mark.parametrize("case, call, result", RESULTS)
def test_reference(case, call, result):
    y_true, y_score = numbers(case["y_true"]), numbers(case["y_score"])
    options = {}
    if case.get("sample_weight"):
        options["sample_weight"] = numbers(case["sample_weight"])
    if call.startswith("roc_auc_ov"):
        _, _, multi_class, average = call.split("_")
        options |= {"multi_class": multi_class, "average": average}
        function = metrics.roc_auc_score
    else:
        function = CALLS[call]
    if "raises" in result:
        with pytest.raises(ValueError) as caught:
            function(y_true, y_score, **options)
        bases = {base.__name__ for base in type(caught.value).__mro__}
        assert result["raises"] in bases
        theirs, ours = result["message"], str(caught.value)
        begins = next((ours for known, ours in REWORDED.items() if theirs.startswith(known)), theirs)
        assert ours.startswith(begins.split(".")[0])
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        got = function(y_true, y_score, **options)
    expected = result["returns"]
    if isinstance(got, tuple):
        for ours, theirs in zip(got, expected, strict=True):
            np.testing.assert_array_equal(ours, numbers(theirs))
    else:
        np.testing.assert_array_equal(got, numbers(expected))


LABELS = np.array([0, 1, 1, 0, 1, 0, 0, 1])
SCORES = np.array([0.1, 0.4, 0.35, 0.8, 0.9, 0.3, 0.4, 0.6])


def same(one, other):
    for ours, theirs in zip(one, other, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    "dtype",
    ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
    + ["float16", "float32", "float64", ">i4", "object"],
)
def test_labels_of_any_type(dtype):
    same(metrics.roc_curve(LABELS.astype(dtype), SCORES), metrics.roc_curve(LABELS, SCORES))


def test_labels_and_scores_need_not_lie_side_by_side():
    expected = metrics.precision_recall_curve(LABELS, SCORES)
    same(metrics.precision_recall_curve(np.repeat(LABELS, 3)[::3], SCORES[::-1][::-1]), expected)
    same(metrics.precision_recall_curve(LABELS[:, None], SCORES[:, None].tolist()), expected)
    same(metrics.precision_recall_curve(LABELS.tolist(), SCORES.astype(">f8")), expected)
    packed = np.zeros(8, dtype=[("pad", "u1"), ("score", "f8")])
    packed["score"] = SCORES
    same(metrics.precision_recall_curve(LABELS, packed["score"]), expected)


@pytest.mark.parametrize("dtype", ["float32", "float16", "int64", "uint8", "bool"])
def test_thresholds_of_precision_and_recall_are_of_the_scores_type(dtype):
    scores = (SCORES * 10).astype(dtype)
    thresholds = metrics.precision_recall_curve(LABELS, scores)[2]
    assert thresholds.dtype == dtype
    np.testing.assert_array_equal(thresholds, np.unique(scores))
    assert metrics.roc_curve(LABELS, scores)[2].dtype == "float64"
    assert metrics.confusion_matrix_at_thresholds(LABELS, scores)[4].dtype == dtype


def test_texts_as_labels():
    texts = np.array(["cat", "dog"])[LABELS]
    expected = metrics.roc_curve(LABELS, SCORES)
    same(metrics.roc_curve(texts, SCORES, pos_label="dog"), expected)
    same(metrics.roc_curve(texts.astype(object), SCORES, pos_label="dog"), expected)
    same(metrics.roc_curve(texts, SCORES, pos_label="cat"), metrics.roc_curve(1 - LABELS, SCORES))
    assert metrics.roc_auc_score(texts, SCORES) == metrics.roc_auc_score(LABELS, SCORES)
    area = metrics.average_precision_score(texts, SCORES, pos_label="dog")
    assert area == metrics.average_precision_score(LABELS, SCORES)
    with pytest.raises(ValueError, match=r"y_true takes value in \{'cat', 'dog'\} and pos_label is not"):
        metrics.roc_curve(texts, SCORES)
    with pytest.raises(ValueError, match=r"pos_label=1 is not a valid label.*\['cat', 'dog'\]"):
        metrics.average_precision_score(texts, SCORES)
    with pytest.raises(ValueError, match="multiclass format is not supported"):
        metrics.roc_curve(["a", "b", "c"], [1, 2, 3])
    with pytest.raises(TypeError, match="bytes"):
        metrics.roc_curve(np.array([b"a", b"b"]), [1, 2], pos_label=b"a")


def test_positive_labels():
    same(metrics.roc_curve(LABELS + 1, SCORES, pos_label=2), metrics.roc_curve(LABELS, SCORES))
    same(metrics.roc_curve(LABELS, SCORES, pos_label=0), metrics.roc_curve(1 - LABELS, SCORES))
    same(metrics.roc_curve(LABELS, SCORES, pos_label=True), metrics.roc_curve(LABELS, SCORES))
    many = np.array([0, 2, 2, 1, 2, 0, 1, 2])
    same(metrics.roc_curve(many, SCORES, pos_label=2), metrics.roc_curve(LABELS, SCORES))
    # A label that no sample of that type can have.
    with pytest.warns(metrics.UndefinedMetricWarning, match="No positive samples"):
        assert np.isnan(metrics.roc_curve(LABELS.astype("uint8"), SCORES, pos_label=300)[1]).all()
    with pytest.raises(ValueError, match=r"y_true takes value in \{1, 2\} and pos_label is not specified"):
        metrics.roc_curve(LABELS + 1, SCORES)
    with pytest.raises(ValueError, match="pos_label: expected a number as in y_true, got 'dog'"):
        metrics.roc_curve(LABELS, SCORES, pos_label="dog")


def test_warnings_have_their_category():
    with pytest.warns(metrics.UndefinedMetricWarning, match="No negative samples in y_true") as caught:
        assert np.isnan(metrics.roc_curve([1, 1], [1, 2])[0]).all()
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="No positive class found in y_true") as caught:
        assert metrics.average_precision_score([0, 0], [1, 2]) == 0
    assert caught[0].category is UserWarning
    with pytest.warns(metrics.UndefinedMetricWarning, match="Only one class is present"):
        assert np.isnan(metrics.roc_auc_score([0, 0], [1, 2]))


def test_several_classes_and_labels():
    classes = np.array([0, 1, 2, 0, 1, 2])
    scores = np.array(
        [[0.7, 0.2, 0.1], [0.3, 0.5, 0.2], [0.2, 0.3, 0.5], [0.3, 0.4, 0.3], [0.1, 0.8, 0.1], [0.4, 0.3, 0.3]]
    )
    per_class = metrics.roc_auc_score(classes, scores, multi_class="ovr", average=None)
    assert per_class.shape == (3,)
    mean = metrics.roc_auc_score(classes, scores, multi_class="ovr")
    assert isinstance(mean, float) and mean == pytest.approx(per_class.mean(), abs=1e-15)
    names = np.array(["a", "b", "c"])[classes]
    for options in ({"multi_class": "ovr"}, {"multi_class": "ovo"}, {"multi_class": "ovr", "average": None}):
        expected = metrics.roc_auc_score(classes, scores, **options)
        np.testing.assert_array_equal(metrics.roc_auc_score(names, scores, **options), expected)
        listed = metrics.roc_auc_score(names, scores, labels=["a", "b", "c"], **options)
        np.testing.assert_array_equal(listed, expected)
        listed = metrics.roc_auc_score(classes, scores, labels=[0.0, 1.0, 2.0], **options)
        np.testing.assert_array_equal(listed, expected)
    indicators = np.eye(3, dtype=int)[classes]
    assert metrics.roc_auc_score(indicators, scores) == pytest.approx(mean, abs=1e-15)
    assert metrics.average_precision_score(names, scores) == metrics.average_precision_score(classes, scores)
    with pytest.raises(ValueError, match=r"multi_class must be in \('ovo', 'ovr'\)"):
        metrics.roc_auc_score(classes, scores)
    with pytest.raises(NotImplementedError, match="multi_class='ovo'"):
        metrics.roc_auc_score(classes, scores, multi_class="ovo", average=None)
    with pytest.raises(ValueError, match="multi_class: expected 'raise', 'ovr' or 'ovo', got \"all\""):
        metrics.roc_auc_score(classes, scores, multi_class="all")
    with pytest.raises(ValueError, match="average: expected 'micro'.* got \"mean\""):
        metrics.roc_auc_score(classes, scores, average="mean")


def test_input_that_makes_no_sense():
    for function in (
        metrics.roc_curve,
        metrics.precision_recall_curve,
        metrics.confusion_matrix_at_thresholds,
    ):
        with pytest.raises(ValueError, match="inconsistent numbers of samples: \\[2, 3\\]"):
            function([0, 1], [1, 2, 3])
        with pytest.raises(ValueError, match="expected a 1d array, got an array of shape \\[2, 2\\]"):
            function([0, 1], [[1, 2], [3, 4]])
        with pytest.raises(ValueError, match="Found array with 0 samples") as caught:
            function([], [])
        assert isinstance(caught.value, glassboard.Error) and isinstance(caught.value, IndexError)
        with pytest.raises(ValueError, match="continuous format is not supported"):
            function([0.5, 1], [1, 2])
        with pytest.raises(ValueError, match="Input contains NaN.* y_score at index 1"):
            function([0, 1], [1, np.nan])
        with pytest.raises(ValueError, match="could not convert string to float"):
            function([0, 1], ["a", "b"])
        with pytest.raises(ValueError, match="Complex data not supported"):
            function([0, 1], [1j, 2j])
        with pytest.raises(ValueError, match=r"sample_weight should be a 1d array, got .* \(1, 2\)"):
            function([0, 1], [1, 2], sample_weight=[[1, 2]])
        with pytest.raises(ValueError, match="at least one non-zero number"):
            function([0, 1], [1, 2], sample_weight=[0, 0])


def test_auc():
    assert metrics.auc([0, 0.5, 1], [0, 1, 1]) == 0.75
    assert metrics.auc([1, 0.5, 0], [1, 1, 0]) == 0.75
    with pytest.raises(ValueError, match="At least 2 points are needed"):
        metrics.auc([0], [1])
    with pytest.raises(ValueError, match="neither increasing nor decreasing"):
        metrics.auc([0, 2, 1], [0, 1, 2])


def test_operating_points():
    best = metrics.best_f1(LABELS, SCORES)
    assert (best.threshold, best.true_positives, best.false_positives) == (0.35, 4.0, 2.0)
    assert best.f1 == 0.8 and best.recall == 1.0 and best.precision == 4 / 6
    tns, fps, fns, tps, thresholds = metrics.confusion_matrix_at_thresholds(LABELS, SCORES)
    assert best.f1 == (2 * tps / (2 * tps + fps + fns)).max()
    assert metrics.youden(LABELS, SCORES).youden_j == (tps / 4 - fps / 4).max()
    cheapest = metrics.lowest_cost(LABELS, SCORES, false_positive_cost=5, false_negative_cost=1)
    assert cheapest.threshold == 0.9 and cheapest.true_negatives == 4.0
    assert metrics.at_threshold(LABELS, SCORES, 0.5).false_negatives == 2.0
    assert metrics.best_f1([0, 0], [1, 2]) is None and metrics.youden([1, 1], [1, 2]) is None
    texts = np.array(["cat", "dog"])[LABELS]
    assert metrics.best_f1(texts, SCORES, pos_label="dog") == best
    with pytest.raises(ValueError, match="Expected finite costs of 0 or more, got -1 and 1"):
        metrics.lowest_cost(LABELS, SCORES, false_positive_cost=-1, false_negative_cost=1)
