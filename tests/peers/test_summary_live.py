"""Summaries of live modules: the golden texts, what torchinfo's callers rely on, and what it gets wrong."""

import json
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import glassboard
import pytest
import torch
import torchvision
from glassboard import torchinfo as ours
from glassboard.torchinfo import Units, summary
from torch import nn

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = json.loads((GOLDEN / "summary" / "cases.json").read_text())


@pytest.fixture(scope="module")
def models():
    """The models and calls of make_summary.py."""
    source = (GOLDEN / "make_summary.py").read_text()
    names = {"torch": torch, "torchvision": torchvision, "nn": nn}
    exec(source[source.index("class Net") : source.index("cases = {}")], names)
    return names["models"]


@pytest.mark.parametrize("counting", ["current", "release"])
@pytest.mark.parametrize("case", CASES)
def test_golden_texts(models, case, counting):
    model, call = models[CASES[case]["model"]]
    statistics = summary(model.eval(), **call, **CASES[case]["options"], verbose=0, counting=counting)
    assert str(statistics) + "\n" == (GOLDEN / "summary" / f"{case}.txt").read_text()


def linear():
    return nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))


def test_the_model_is_left_as_it_was():
    model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Dropout()).train()
    model[1].eval()
    before = torch.get_rng_state()
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    summary(model, (2, 4), verbose=0)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())
    for mode in ("eval", "train", "same"):
        summary(model, (2, 4), mode=mode, verbose=0)
    assert (model.training, model[1].training, model[2].training) == (True, False, True)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_a_forward_that_raises_names_the_layers_before():
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(5, 2))
    with pytest.raises(RuntimeError, match=r"Executed layers up to: \[Linear: 1, ReLU: 1\]") as raised:
        summary(model, (2, 4), verbose=0)
    assert "shapes" in str(raised.value.__cause__)
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"input_size": (2, 4), "input_data": torch.ones(2, 4)}, RuntimeError, "Only one of"),
        ({"input_size": (2, 4), "verbose": 4}, ValueError, "Verbose must be"),
        ({"input_size": (2, 4), "col_width": 0}, ValueError, "Column width must be greater than 0"),
        ({"input_size": (2, 0)}, ValueError, "negative size"),
        ({"input_size": []}, ValueError, "negative size"),
        ({"input_size": {0: 1}}, TypeError, "not a recognized type"),
        ({"input_size": "hello"}, TypeError, "not a recognized type"),
        ({"col_names": ("output_size",)}, ValueError, "You must pass input_data or input_size"),
        ({"input_size": (2, 4), "col_names": ("colour",)}, ValueError, "colour"),
        ({"input_size": (2, 4), "row_settings": ("colour",)}, ValueError, "colour"),
        ({"input_size": (2, 4), "mode": "sleep"}, ValueError, "sleep"),
        ({"input_size": [(2, 4), (1,)], "dtypes": [torch.float]}, ValueError, "a dtype for each of 2 inputs, got 1"),
        ({"input_size": (2, 4), "counting": "mine"}, ValueError, "counting is"),
    ],
)
def test_wrong_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        summary(linear(), **arguments)


def test_an_output_that_has_no_shape_is_named():
    class Text(nn.Module):
        def forward(self, x):
            return "text"

    with pytest.raises(RuntimeError) as raised:
        summary(Text(), (2, 4), verbose=0)
    assert "unsupported input or output type: text" in str(raised.value.__cause__)


def test_inputs_of_many_kinds():
    Point = namedtuple("Point", ["x", "y"])

    class OfPoint(nn.Module):
        def forward(self, point, note=None):
            return point.x + point.y

    point = Point(torch.ones(2, 3), torch.ones(2, 3))
    statistics = summary(OfPoint(), input_data=[point, "a note"], verbose=0)
    assert statistics.summary_list[0].output_size == [2, 3]
    assert statistics.total_input == sum(sys.getsizeof(part.untyped_storage()) for part in point)
    numpy = torch.ones(2, 4).numpy()
    with pytest.raises(RuntimeError, match="Failed to run"):  # forward itself cannot take an array
        summary(linear(), input_data=numpy, verbose=0)
    assert summary(nn.Identity(), input_size=(), verbose=0).summary_list[0].executed
    assert summary(linear(), input_data=(torch.ones(2, 4),), verbose=0).total_mult_adds == 46


def test_a_distribution_has_a_shape():
    class Normal(nn.Module):
        def forward(self, x):
            return torch.distributions.Normal(x, torch.ones_like(x))

    assert summary(Normal(), (2, 3), verbose=0).summary_list[0].output_size == [2, 3]


def test_a_lazy_layer_that_does_not_run_counts_nothing():
    class Partly(nn.Module):
        def __init__(self):
            super().__init__()
            self.runs = nn.LazyLinear(3)
            self.rests = nn.LazyLinear(3)

        def forward(self, x):
            return self.runs(x)

    assert summary(Partly(), (2, 4), verbose=0).total_params == 15
    assert summary(Partly(), verbose=0).total_params == 0


def test_a_module_that_calls_itself_and_one_that_holds_itself_end():
    class Nested(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(3, 3)

        def forward(self, x, again=True):
            return self(self.fc(x), again=False) if again else x

    rows = summary(Nested(), (2, 3), verbose=0).summary_list
    assert [(row.class_name, row.output_size) for row in rows] == [
        ("Nested", [2, 3]),
        ("Linear", [2, 3]),
        ("Nested", [2, 3]),
    ]


def test_meta_tensors_need_no_memory():
    with torch.device("meta"):
        model = nn.Linear(1 << 20, 1 << 20)
    statistics = summary(model, (4, 1 << 20), verbose=0)
    assert statistics.total_mult_adds == 4 * ((1 << 40) + (1 << 20))


def test_operations_are_counted_where_they_run():
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.qkv = nn.Linear(8, 24)

        def forward(self, x):
            q, k, v = self.qkv(x).chunk(3, -1)
            return (q @ k.transpose(-1, -2)).softmax(-1) @ v

    columns = ("mult_adds", "operation_mult_adds")
    statistics = summary(Attention(), (2, 5, 8), col_names=columns, verbose=0)
    assert statistics.total_operation_mult_adds == 2 * 5 * 8 * 24 + 2 * (2 * 5 * 5 * 8)
    assert "Total operation mult-adds (M): 0.00" in str(statistics)
    attention = summary(nn.MultiheadAttention(8, 2, batch_first=True), col_names=columns,
                        input_data=[torch.ones(2, 5, 8)] * 3, verbose=0)  # fmt: skip
    assert attention.total_operation_mult_adds == 4 * (2 * 5 * 8 * 8) + 2 * (2 * 5 * 5 * 8)
    lstm = summary(nn.LSTM(3, 4), (5, 2, 3), col_names=columns, verbose=0)
    assert lstm.total_operation_mult_adds == 5 * 2 * 16 * (3 + 4)


def test_receptive_fields_and_peak_memory_of_live_modules(tmp_path):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=True))
            self.pool = nn.MaxPool2d(2)
            self.wide = nn.Conv2d(4, 4, 3, padding=2, dilation=2)
            self.up = nn.ConvTranspose2d(4, 2, 2)
            self.fc = nn.Linear(4, 2)

        def forward(self, x):
            x = self.pool(self.stem(x))
            x = x + self.wide(x)
            return self.up(x), self.fc(x.mean((2, 3)))

    net = Net().eval()
    image = torch.zeros(1, 3, 16, 16)
    live = summary(net, input_data=image, col_names=("output_size", "receptive_field"), verbose=0)
    fields = {row.var_name: json.loads(live.to_json())["rows"][at]["receptive_field"]
              for at, row in enumerate(live.summary_list)}  # fmt: skip
    # 3; then pooling sees 2 of them, 2 apart; then 5 wide, 4 apart. Behind a transposed convolution and a mean: none.
    assert fields == {"Net": None, "stem": 3, "0": 3, "1": 3, "2": 3, "pool": 5, "wide": 21, "up": None, "fc": None}
    lines = {line.split()[0]: line.split()[-1] for line in str(live).splitlines() if "─" in line}
    assert lines["├─Conv2d:"] == "21"
    # At the first convolution its input (3072 bytes) and its result (1024) are there, then the norm's result too.
    assert live.peak_activation_bytes == 3072 + 1024 + 1024
    assert "Peak activation size (MB): 0.01" in str(live)
    # The same as of the exported program.
    program = torch.export.export(net, (image,), strict=False)
    torch.export.save(program, tmp_path / "net.pt2")
    command = [sys.executable, "-m", "glassboard", "summary", str(tmp_path / "net.pt2"), "--format", "json"]
    exported = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert [row["receptive_field"] for row in exported["rows"]] == list(fields.values())
    assert exported["totals"]["peak_activation_bytes"] == live.peak_activation_bytes
    # Nobody looked at operations.
    plain = summary(net, input_data=image, verbose=0)
    assert plain.peak_activation_bytes is None
    with pytest.raises(ValueError, match="columns: receptive_field"):
        summary(net, col_names=("receptive_field",))


def test_the_forward_pass_is_kept_when_asked():
    ours.clear_cached_forward_pass()
    first = summary(linear(), (2, 4), cache_forward_pass=True, verbose=0)
    second = summary(linear(), (9, 4), cache_forward_pass=True, verbose=0, depth=0)
    assert second.summary_list is first.summary_list
    ours.clear_cached_forward_pass()
    assert summary(linear(), (9, 4), verbose=0).summary_list[1].input_size == [9, 4]


def test_it_prints_unless_told_not_to(capsys):
    statistics = summary(linear(), (2, 4))
    assert capsys.readouterr().out == f"{statistics}\n"
    summary(linear(), (2, 4), verbose=0)
    assert capsys.readouterr().out == ""


def test_jupyter_shows_a_table():
    html = summary(linear(), (2, 4), verbose=0)._repr_html_()
    assert html.count("<tr") == 6
    assert "Total params: 23" in html


def test_files(tmp_path):
    statistics = summary(linear(), (2, 4), verbose=0)
    statistics.save(tmp_path / "model.json")
    assert json.loads((tmp_path / "model.json").read_text())["totals"]["params"] == 23
    statistics.save(tmp_path / "model.txt")
    assert (tmp_path / "model.txt").read_text() == f"{statistics}\n"
    assert statistics.compare(summary(nn.Linear(4, 3), (2, 4), verbose=0)).startswith("Layer (type)")


def test_numbers_are_written_as_torchinfo_writes_them():
    assert ours.ModelStatistics.to_readable(1_500_000) == (Units.MEGABYTES, 1.5)
    assert ours.ModelStatistics.to_readable(2_000_000_000) == (Units.GIGABYTES, 2.0)
    assert ours.ModelStatistics.to_readable(10, Units.NONE) == (Units.NONE, 10.0)
    assert ours.ModelStatistics.format_output_num(1_234_567, Units.NONE) == ": 1,234,567"
    assert ours.ModelStatistics.format_output_num(1_500_000, Units.AUTO) == " (M): 1.50"
    assert ours.ModelStatistics.to_megabytes(1_500_000) == 1.5
    assert ours.ModelStatistics.float_to_megabytes(1_000_000) == 4.0
    text = str(summary(linear(), (2, 4), verbose=0, size_units="auto"))
    assert "Total mult-adds: 46\n" in text
    assert "Params size: 92\n" in text


def test_names_and_values_are_torchinfos():
    import torchinfo

    for name in torchinfo.__all__:
        assert name in ours.__all__
    for name in ("ColumnSettings", "RowSettings", "Verbosity", "Units", "Mode"):
        for member in getattr(torchinfo, name):
            assert getattr(ours, name)[member.name].value == member.value


def test_run_resolves_torchinfo(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from torchinfo import summary\nfrom torchinfo.enums import Verbosity\nimport torchinfo.layer_info\n"
        "print(summary.__module__, torchinfo.layer_info.LayerInfo.__module__)\n"
    )
    command = [sys.executable, "-m", "glassboard", "run", str(script)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert output == "glassboard.torchinfo.torchinfo glassboard.torchinfo.layer_info\n"


def test_a_live_model_is_described_as_it_prints():
    assert glassboard.describe(linear()) == repr(linear())


def test_what_needs_torch_is_documented():
    for name in ("summary", "torchinfo"):
        assert getattr(glassboard, name).__doc__, name
