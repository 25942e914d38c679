"""``glassboard.plot.curves``: the picture of ``glassboard curves``."""

import xml.etree.ElementTree

import glassboard
import numpy as np
import pytest

LABELS = np.array([0, 1, 1, 0, 1, 0, 0, 1])
SCORES = np.array([0.1, 0.4, 0.35, 0.8, 0.9, 0.3, 0.4, 0.6])


def words(svg):
    """All text of a drawing."""
    return " ".join(xml.etree.ElementTree.fromstring(svg).itertext())


def test_one_score():
    picture = glassboard.plot.curves(LABELS, SCORES, title="Validation")
    said = words(picture.svg())
    assert "Validation" in said
    area = glassboard.metrics.roc_auc_score(LABELS, SCORES)
    assert f"{area:.4f}" in said
    assert picture._repr_svg_() == picture._repr_html_() == picture.svg()
    assert picture.html().lstrip().lower().startswith("<!doctype html>")
    assert picture.png().startswith(b"\x89PNG")


def test_several_scores_by_name():
    picture = glassboard.plot.curves(LABELS, {"small": SCORES, "large": SCORES.astype("float32") ** 2})
    assert "small" in words(picture.svg()) and "large" in words(picture.svg())


def test_options_show():
    plain = glassboard.plot.curves(LABELS, SCORES).svg()
    shown = [
        glassboard.plot.curves(LABELS, SCORES, **options).svg()
        for options in ({"det": True}, {"iso_f1": True}, {"costs": (1, 10)}, {"theme": "dark"})
    ]
    assert len({plain, *shown}) == 5
    texts = np.array(["cat", "dog"])[LABELS]
    assert glassboard.plot.curves(texts, SCORES, pos_label="dog").svg() == plain
    weights = np.ones(8)
    assert glassboard.plot.curves(LABELS, SCORES, sample_weight=weights).svg() == plain
    assert glassboard.plot.curves(LABELS, SCORES, sample_weight=weights * LABELS + 1).svg() != plain


@pytest.mark.parametrize("kind, begins", [("svg", b"<svg "), ("png", b"\x89PNG"), ("html", b"<!doctype html>")])
def test_files(tmp_path, kind, begins):
    path = tmp_path / f"curves.{kind}"
    picture = glassboard.plot.curves(LABELS, SCORES, path=path)
    assert path.read_bytes().lower().startswith(begins.lower())
    picture.save(str(tmp_path / f"again.{kind.upper()}"))
    assert (tmp_path / f"again.{kind.upper()}").read_bytes() == path.read_bytes()


def test_what_cannot_be_drawn(tmp_path):
    with pytest.raises(ValueError, match=r"path: expected a name that ends in .svg, .png or .html, got 'x.gif'"):
        glassboard.plot.curves(LABELS, SCORES, path=tmp_path / "x.gif")
    with pytest.raises(ValueError, match="expected at least 1 series"):
        glassboard.plot.curves(LABELS, {})
    with pytest.raises(ValueError, match="expected at most 24 series of scores, got 25"):
        glassboard.plot.curves(LABELS, {str(number): SCORES for number in range(25)})
    with pytest.raises(ValueError, match="theme: expected 'light' or 'dark', got \"blue\""):
        glassboard.plot.curves(LABELS, SCORES, theme="blue")
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        glassboard.plot.curves(LABELS, SCORES[:-1])
    with pytest.raises(ValueError, match="costs"):
        glassboard.plot.curves(LABELS, SCORES, costs=(-1, 1))
