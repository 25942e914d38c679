"""The Rust side of summaries from recorded calls, without PyTorch, which the tests in tests/peers have."""

import json
from pathlib import Path
from types import SimpleNamespace

import glassboard
import pytest
from glassboard import _core

GOLDEN = Path(__file__).parents[1] / "golden" / "summary"
CASES = json.loads((GOLDEN / "cases.json").read_text())


def record(model, counting="release"):
    lists = json.loads((GOLDEN / f"{model}.json").read_text())
    # JSON knows no tuples.
    parameters = [tuple(parameter) for parameter in lists["parameters"]]
    modules = [
        ([tuple(child) for child in children], [tuple(parameter) for parameter in own], *others)
        for children, own, *others in lists["modules"]
    ]
    places = [tuple(place) for place in lists["places"]]
    calls = [
        (place, name, executed, taken and tuple(taken), made and tuple(made), mult_adds, None)
        for place, name, executed, taken, made, mult_adds in lists["calls"]
    ]
    return _core.ModelSummary(parameters, modules, places, calls, None, lists["input_bytes"], counting)


def formatting(summary, options):
    rows = options.get("row_settings", ["depth"])
    chosen = SimpleNamespace(
        max_depth=options.get("depth", 3),
        verbose=0,
        col_names=options.get("col_names", ["output_size", "num_params"]),
        col_width=options.get("col_width", 25),
        ascii_only="ascii_only" in rows,
        show_var_name="var_names" in rows,
        show_depth="depth" in rows,
        hide_recursive_layers=False,
        layer_name_width=40,
        params_units="",
        macs_units="auto",
        size_units=None,
    )
    chosen.layer_name_width = summary.layer_width(chosen)
    return chosen


@pytest.mark.parametrize("case", CASES)
def test_texts_are_torchinfos(case):
    summary = record(CASES[case]["model"])
    text = summary.text(formatting(summary, CASES[case]["options"]))
    assert text + "\n" == (GOLDEN / f"{case}.txt").read_text()
    assert summary.totals()["params"] == CASES[case]["total_params"]
    assert summary.totals()["mult_adds"] == CASES[case]["total_mult_adds"]


def test_rows_have_torchinfos_attributes():
    rows = record("shared").rows()
    assert [row.class_name for row in rows] == [
        "Shared",
        "Sequential",
        "Linear",
        "Tanh",
        "Linear",
        "Sequential",
        "Linear",
        "Tanh",
        "Linear",
    ]
    assert [row.is_recursive for row in rows] == [False] * 5 + [True] * 4
    assert rows[0].leftover_params == 3
    assert rows[2].path == "block.0"
    assert (rows[2].input_size, rows[2].macs) == ([2, 8], 144)


def test_a_record_that_points_nowhere_is_refused():
    with pytest.raises(ValueError, match="not in it"):
        _core.ModelSummary([], [([("child", 7)], [], False, None, None)], [], [], None, None, "current")
    with pytest.raises(ValueError, match="counting is 'current' or 'release'"):
        _core.ModelSummary([], [], [], [], None, None, "other")


def test_a_file_is_described():
    assert glassboard.describe(GOLDEN / "sequential.pt2").startswith(
        "Sequential(\n  (0): Conv2d(3, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))\n"
    )
    with pytest.raises(OSError, match="absent.pt2"):
        glassboard.describe(GOLDEN / "absent.pt2")
    with pytest.raises(TypeError, match=r"expected a torch.nn.Module or a path, got int"):
        glassboard.describe(3)
