"""``glassboard.metrics`` against scikit-learn on random awkward inputs: numbers, types, refusals."""

import warnings

import numpy as np
import pytest
from glassboard import metrics as ours
from sklearn import metrics as theirs

CURVES = ["precision_recall_curve", "roc_curve", "det_curve", "confusion_matrix_at_thresholds"]


def outcome(module, name, *arguments, **options):
    """What a call gives: its result and warnings, or the kind of its error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = getattr(module, name)(*arguments, **options)
        except Exception as error:
            return "error", error
    caught = [(str(warning.message), warning.category.__name__) for warning in caught]
    # numpy's remarks on divisions by zero are not part of scikit-learn's answer.
    return [entry for entry in caught if entry[1] != "RuntimeWarning"], result


def check_same(name, *arguments, rtol=0.0, **options):
    ours_said, got = outcome(ours, name, *arguments, **options)
    theirs_said, expected = outcome(theirs, name, *arguments, **options)
    told = f"{name}(*{arguments}, **{options})"
    if isinstance(expected, Exception):
        assert isinstance(got, Exception), f"{told}: expected {expected!r}, got {got}"
        # Where scikit-learn stumbles (a TypeError of numpy, an AttributeError), a ValueError says why.
        kinds = [kind for kind in (ValueError, NotImplementedError) if isinstance(expected, kind)]
        assert isinstance(got, tuple(kinds) or (ValueError, TypeError)), f"{told}: {expected!r}, {got!r}"
        return
    assert not isinstance(got, Exception), f"{told}: expected {expected}, got {got!r}"
    assert ours_said == theirs_said, told
    if not isinstance(expected, tuple):
        got, expected = (got,), (expected,)
    assert len(got) == len(expected)
    for one, other in zip(got, expected, strict=True):
        assert np.asarray(one).dtype == np.asarray(other).dtype, told
        np.testing.assert_allclose(one, other, rtol=rtol, atol=0, err_msg=told)


def awkward_scores(rng, count):
    """Scores of many kinds, and their types."""
    kind = rng.integers(8)
    uniform = rng.random(count)
    return [
        uniform,
        np.round(uniform, 1),
        uniform.astype("float32"),
        np.round(uniform, 2).astype("float16"),
        rng.normal(size=count) * 10.0 ** rng.integers(-300, 300),
        rng.integers(-5, 5, count),
        np.full(count, 0.25),
        np.concatenate([uniform, uniform])[::2][:count],
    ][kind]


def awkward_weights(rng, count):
    kind = rng.integers(5)
    return [None, rng.random(count), rng.integers(0, 3, count), np.ones(count), np.zeros(count)][kind]


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("seed", range(40))
def test_curves(name, seed):
    rng = np.random.default_rng(seed)
    count = int(rng.choice([1, 2, 3, 10, 100, 1000]))
    labels = rng.integers(0, rng.integers(1, 4), count)
    labels = [labels, labels * 2 - 1, labels.astype(bool), labels.astype("float32"), labels + 1][rng.integers(5)]
    options = {"sample_weight": awkward_weights(rng, count)}
    if rng.random() < 0.3:
        options["pos_label"] = int(rng.integers(0, 3))
    if name != "confusion_matrix_at_thresholds" and rng.random() < 0.5:
        options["drop_intermediate"] = bool(rng.random() < 0.5)
    check_same(name, labels, awkward_scores(rng, count), **options)


@pytest.mark.parametrize("name", CURVES)
def test_curves_of_texts(name):
    rng = np.random.default_rng(0)
    texts = np.array(["spam", "ham"])[rng.integers(0, 2, 50)]
    scores = rng.random(50)
    for labels in (texts, texts.astype(object), texts.tolist()):
        check_same(name, labels, scores, pos_label="spam")
        check_same(name, labels, scores, pos_label="ham")
        check_same(name, labels, scores)


@pytest.mark.parametrize("seed", range(40))
def test_areas_of_two_classes(seed):
    rng = np.random.default_rng(1000 + seed)
    count = int(rng.choice([1, 2, 3, 10, 100, 1000]))
    labels = rng.integers(0, 2, count) * int(rng.integers(1, 3))
    scores = awkward_scores(rng, count)
    weights = awkward_weights(rng, count)
    check_same("roc_auc_score", labels, scores, sample_weight=weights)
    max_fpr = float(rng.choice([0.01, 0.1, 0.5, 1.0, 0.0, 1.5]))
    check_same("roc_auc_score", labels, scores, sample_weight=weights, max_fpr=max_fpr)
    check_same("average_precision_score", labels, scores, sample_weight=weights)
    check_same("average_precision_score", labels, scores, pos_label=2, sample_weight=weights)


@pytest.mark.parametrize("seed", range(30))
def test_areas_of_several_classes(seed):
    rng = np.random.default_rng(2000 + seed)
    count, classes = int(rng.choice([5, 30, 300])), int(rng.integers(3, 6))
    labels = rng.integers(0, classes, count)
    scores = rng.dirichlet(np.ones(classes), count)
    if rng.random() < 0.3:
        scores = scores.astype("float32")
    weights = rng.random(count) if rng.random() < 0.5 else None
    texts = np.array(["a", "b", "c", "d", "e"])[labels]
    for average in ("macro", "weighted", "micro", "samples", None):
        for multi_class in ("ovr", "ovo", "raise"):
            options = {"average": average, "multi_class": multi_class, "sample_weight": weights}
            for targets, listed in (
                (labels, np.arange(classes)),
                (texts, ["a", "b", "c", "d", "e"][:classes]),
            ):
                check_same("roc_auc_score", targets, scores, rtol=1e-15, **options)
                check_same("roc_auc_score", targets, scores, labels=listed, rtol=1e-15, **options)
        check_same("average_precision_score", labels, scores, average=average, sample_weight=weights, rtol=1e-15)


@pytest.mark.parametrize("seed", range(30))
def test_areas_of_several_labels(seed):
    rng = np.random.default_rng(3000 + seed)
    count, width = int(rng.choice([2, 5, 30, 300])), int(rng.integers(2, 5))
    labels = rng.integers(0, 2, (count, width))
    scores = np.round(rng.random((count, width)), int(rng.integers(1, 5)))
    weights = rng.random(count) if rng.random() < 0.5 else None
    for average in ("macro", "weighted", "micro", "samples", None):
        options = {"average": average, "sample_weight": weights, "rtol": 1e-15}
        check_same("roc_auc_score", labels, scores, **options)
        check_same("average_precision_score", labels, scores, **options)


@pytest.mark.parametrize("seed", range(20))
def test_auc(seed):
    rng = np.random.default_rng(4000 + seed)
    count = int(rng.choice([0, 1, 2, 10, 1000]))
    x = np.sort(rng.normal(size=count))[:: int(rng.choice([-1, 1]))]
    check_same("auc", x, rng.normal(size=count))
    check_same("auc", rng.permutation(x), rng.normal(size=count))


@pytest.mark.parametrize(
    "labels, scores",
    [
        ([0, 1], [0.1, np.nan]),
        ([0, 1], [0.1, np.inf]),
        ([0, 1], [0.1, -np.inf]),
        ([0, 1, 1], [0.1, 0.2]),
        ([], []),
        ([0, 1, 2], [0.1, 0.2, 0.3]),
        ([0.5, 1], [0.1, 0.2]),
        ([0, np.nan], [0.1, 0.2]),
        ([1, 2], [0.1, 0.2]),
        ([0, 1], [[0.1, 0.9], [0.2, 0.8]]),
        ([[0, 1], [1, 0]], [0.1, 0.2]),
        ([b"a", b"b"], [0.1, 0.2]),
        ([0, 1], ["a", "b"]),
        ([0, 1], [1j, 2j]),
        ([[0], [1]], [[0.1], [0.2]]),
    ],
)
def test_what_is_refused(labels, scores):
    for name in [*CURVES, "roc_auc_score", "average_precision_score"]:
        check_same(name, labels, scores)
