"""torchinfo 1.8.0 and ours on the same models, text for text."""

import re

import glassboard
import pytest
import torch
import torchinfo
import torchinfo.formatting
from glassboard.torchinfo import FormattingOptions, ModelStatistics
from summary_models import MODELS
from torchinfo.enums import ColumnSettings, RowSettings, Units

NAMED = (ColumnSettings.KERNEL_SIZE, ColumnSettings.NUM_PARAMS)
# Depth, verbosity, columns, width of a column, row settings.
OPTIONS = {
    "default": (3, 0, (ColumnSettings.OUTPUT_SIZE, ColumnSettings.NUM_PARAMS), 25, {RowSettings.DEPTH}),
    "all columns": (9, 0, tuple(ColumnSettings), 18, {RowSettings.DEPTH}),
    "names": (2, 0, tuple(ColumnSettings), 20, {RowSettings.DEPTH, RowSettings.VAR_NAMES}),
    "ascii": (1, 0, tuple(ColumnSettings), 20, {RowSettings.ASCII_ONLY, RowSettings.VAR_NAMES}),
    "plain": (0, 0, tuple(ColumnSettings), 20, set()),
    "parameters": (9, 2, NAMED, 20, {RowSettings.HIDE_RECURSIVE_LAYERS, RowSettings.DEPTH}),
}
SUMS = ("total_params", "trainable_params", "total_mult_adds", "total_input", "total_output_bytes", "total_param_bytes")


@pytest.fixture(scope="module", params=MODELS)
def summaries(request):
    """What torchinfo says of a model, and what we say by its rules and by the current ones."""
    make, call = MODELS[request.param]
    torch.set_num_threads(1)

    def seeded():
        torch.manual_seed(0)
        return make()

    theirs = torchinfo.summary(seeded(), **call, verbose=0)
    ours = glassboard.summary(seeded(), **call, counting="release", verbose=0)
    current = glassboard.summary(seeded(), **call, verbose=0)
    return theirs, ours, current


def theirs_text(statistics, options):
    """Python since 3.12 prints the member of the unit's enumeration itself."""
    formatting = torchinfo.formatting.FormattingOptions(*options)
    text = str(
        torchinfo.ModelStatistics(statistics.summary_list, statistics.input_size, statistics.total_input, formatting)
    )
    for unit in Units:
        text = text.replace(f"({unit.__class__.__name__}.{unit.name})", f"({unit.value})")
    return text


def our_text(statistics, options):
    formatting = FormattingOptions(*options)
    return str(ModelStatistics(statistics.summary_list, statistics.input_size, statistics.total_input, formatting))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("options", OPTIONS.values(), ids=list(OPTIONS))
def test_the_text_is_torchinfos(summaries, options):
    theirs, ours, _ = summaries
    assert our_text(ours, options) == theirs_text(theirs, options)


def test_the_sums_are_torchinfos(summaries):
    theirs, ours, _ = summaries
    for total in SUMS:
        if total == "total_input" and not theirs.input_size:
            continue  # Nothing ran: theirs is None.
        assert getattr(ours, total) == getattr(theirs, total), total


def test_the_rows_are_torchinfos(summaries):
    theirs, ours, _ = summaries
    assert len(ours.summary_list) == len(theirs.summary_list)
    names = [
        "class_name",
        "depth",
        "depth_index",
        "executed",
        "input_size",
        "is_leaf_layer",
        "is_recursive",
        "kernel_size",
        "macs",
        "num_params",
        "output_bytes",
        "output_size",
        "param_bytes",
        "trainable",
        "trainable_params",
        "var_name",
        "inner_layers",
    ]
    for ours_row, theirs_row in zip(ours.summary_list, theirs.summary_list, strict=True):
        for name in names:
            assert getattr(ours_row, name) == getattr(theirs_row, name), (theirs_row, name)
        for method in ("leftover_params", "leftover_trainable_params"):
            assert getattr(ours_row, method)() == getattr(theirs_row, method)(), (theirs_row, method)
        assert len(ours_row.children) == len(theirs_row.children)


# Where our default, the current rules, counts otherwise than the release.
CURRENT_COUNTS = {
    # A linear layer multiplies at every position.
    "mult-adds": {
        "convnext_tiny", "encoder", "functional_attention", "gru", "lstm", "rnn", "swin_t", "tied", "transformer",
        "vit_b_16",
    },
    # What several layers share counts once; a scripted module stands before the model and was counted twice.
    "parameters": {"no_input_shared", "partly_scripted", "shared_among_lists", "tied"},
    # A list that is walked over twice has a row of its own each time.
    "rows": {"looped_list", "siamese"},
}  # fmt: skip


def test_the_current_rules_differ_only_where_the_release_miscounts(summaries, request):
    name = request.node.callspec.params["summaries"]
    _, release, current = summaries
    assert (current.total_mult_adds != release.total_mult_adds) == (name in CURRENT_COUNTS["mult-adds"])
    assert (current.total_params != release.total_params) == (name in CURRENT_COUNTS["parameters"])
    if not any(name in names for names in CURRENT_COUNTS.values()):
        # Bytes of parameters that are in no layer count now.
        mended = re.compile(r"(Params size|Estimated Total Size).*\n")
        options = OPTIONS["all columns"]
        assert mended.sub("", our_text(current, options)) == mended.sub("", our_text(release, options))


def test_tied_weights_count_once(summaries, request):
    name = request.node.callspec.params["summaries"]
    make, _ = MODELS[name]
    _, _, current = summaries
    if not any("_orig" in parameter for parameter, _ in make().named_parameters()) and name != "lazy":
        assert current.total_params == sum(parameter.numel() for parameter in make().parameters())
