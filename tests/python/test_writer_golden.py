"""All reference cases written from Python: what is in the files means what the reference wrote.

The inputs are those of `tests/golden/make_events.py`, as numpy arrays.
"""

import base64
import io
import json
from pathlib import Path

import glassboard
import numpy as np
import pytest
from glassboard import tensorboardX
from PIL import Image

GOLDEN = Path(__file__).parents[1] / "golden" / "events"
WALL = 1_700_000_000.25
LAYOUT = {
    "Taiwan": {"twse": ["Multiline", ["twse/0050", "twse/2330"]]},
    "USA": {
        "dow": ["Margin", ["dow/aaa", "dow/bbb", "dow/ccc"]],
        "nasdaq": ["Margin", ["nasdaq/aaa", "nasdaq/bbb", "nasdaq/ccc"]],
    },
}
CURVE = [
    [75, 64, 21, 5, 0],
    [150, 105, 18, 0, 0],
    [0, 45, 132, 150, 150],
    [0, 11, 54, 70, 75],
    [1 / 3, 0.3786982, 0.5384616, 1.0, 0.0],
    [1.0, 0.8533334, 0.28, 0.0666667, 0.0],
]


def scalar(writer, inputs):
    for step, value in enumerate(inputs["values"]):
        writer.add_scalar("loss/train", value, step, WALL + step)


def scalar_new_style(writer, inputs):
    writer.add_scalar("a", 1.5, 3, WALL, new_style=True)
    writer.add_scalar("b", 0.1, 4, WALL, new_style=True, double_precision=True)


def scalars(writer, inputs):
    for step in range(5):
        writer.add_scalars("run_14h", {"xsinx": step * 0.5, "xcosx": step * 0.25}, step, WALL + step)


def histogram(**options):
    return lambda writer, inputs: writer.add_histogram("w", inputs["values"], 1, walltime=WALL, **options)


def image(method, tag, **options):
    return lambda writer, inputs: getattr(writer, method)(tag, inputs["values"], 0, WALL, **options)


def image_boxes(writer, inputs):
    writer.add_image_with_boxes("im", inputs["values"], inputs["boxes"], 0, WALL)


def audio(writer, inputs):
    writer.add_audio("snd", inputs["values"], 2, sample_rate=8000, walltime=WALL)


def text(writer, inputs):
    writer.add_text("lstm", "This is an **lstm**", 0, WALL)
    writer.add_text("rnn", "多语言 ✓", 10, WALL)


def pr_curve(**options):
    def log(writer, inputs):
        weights = inputs.get("weights")
        labels, predictions = inputs["labels"], inputs["predictions"]
        writer.add_pr_curve("pr", labels, predictions, 0, weights=weights, walltime=WALL, **options)

    return log


def mesh(writer, inputs):
    config = {"camera": {"cls": "PerspectiveCamera", "fov": 75}}
    writer.add_mesh("my_mesh", inputs["vertices"], inputs["colors"], inputs["faces"], config, 0, WALL)


def mesh_tensorboardx(writer, inputs):
    colors, faces = (np.repeat(inputs[name], 2, 0) for name in ("colors", "faces"))
    for i in range(2):
        writer.add_mesh(
            "shapes/pair", inputs["vertices"] + 10 * i, colors, faces, global_step=10 * i, walltime=WALL + i
        )


def hparams(writer, inputs):
    for i in range(3):
        writer.add_hparams(
            {"lr": 0.1 * i, "bsize": i, "opt": "adam", "nesterov": True},
            {"hparam/accuracy": 10 * i, "hparam/loss": 10.5 * i},
            run_name=f"t{i}",
        )


def hparams_domain(writer, inputs):
    domain = {"lr": [0.1, 0.01], "opt": ["sgd", "adam"]}
    writer.add_hparams({"lr": 0.1, "opt": "sgd"}, {"acc": 0.5}, domain, "d")


def embedding(writer, inputs):
    labels, table = [f"l{i}" for i in range(20)], [[f"a{i}", str(i)] for i in range(20)]
    writer.add_embedding(inputs["mat"], labels, inputs["label_img"], 7, "feat")
    writer.add_embedding(inputs["mat"], table, metadata_header=["name", "n"], tag="plain")


def tensor(writer, inputs):
    writer.add_tensor("t", inputs["values"], 1, WALL)


CASES = {
    "scalar": scalar,
    "scalar_new_style": scalar_new_style,
    "scalars": scalars,
    "histogram_tensorflow": histogram(),
    "histogram_auto": histogram(bins="auto"),
    "histogram_fd": histogram(bins="fd"),
    "histogram_maxbins": histogram(bins="tensorflow", max_bins=20),
    "histogram_constant": histogram(),
    "histogram_wide": histogram(),
    "histogram_ints": histogram(),
    "image_chw_float": image("add_image", "im"),
    "image_chw_uint8": image("add_image", "im"),
    "image_gray": image("add_image", "im"),
    "image_hwc": image("add_image", "im", dataformats="HWC"),
    "image_hw": image("add_image", "im", dataformats="HW"),
    "images_nchw": image("add_images", "ims"),
    "images_n1hw": image("add_images", "ims"),
    "image_boxes": image_boxes,
    "audio": audio,
    "text": text,
    "pr_curve": pr_curve(),
    "pr_curve_weighted": pr_curve(num_thresholds=31),
    "pr_curve_no_positives": pr_curve(),
    "pr_curve_raw": lambda writer, inputs: writer.add_pr_curve_raw("prr", *CURVE, 0, num_thresholds=5, walltime=WALL),
    "custom_scalars": lambda writer, inputs: writer.add_custom_scalars(LAYOUT),
    "mesh": mesh,
    "mesh_points": lambda writer, inputs: writer.add_mesh("cloud", inputs["vertices"], global_step=0, walltime=WALL),
    "mesh_tensorboardx": mesh_tensorboardx,
    "hparams": hparams,
    "hparams_domain": hparams_domain,
    "embedding": embedding,
    "tensor_float32": tensor,
    "tensor_float64": tensor,
    "tensor_int64": tensor,
    "tensor_uint8": tensor,
}


def test_every_case_of_the_reference_is_here():
    # The video holds no picture, for its encoder was missing; the graph needs torch: see tests/peers.
    assert {case.name for case in GOLDEN.iterdir()} - CASES.keys() == {"video", "graph"}


def written(folder):
    """The events of each folder, without those that begin a file."""
    found = {}
    for path in folder.rglob("*tfevents*"):
        events = list(glassboard.summary_iterator(path))
        assert events[0].file_version == "brain.Event:2"
        found[str(path.parent.relative_to(folder))] = events[1:]
    return found


def check(have, want):
    """One value of a summary against its description."""
    assert have.tag == want["tag"]
    assert have.WhichOneof("value") == want["kind"]
    data = have.metadata.plugin_data
    assert data.plugin_name == want.get("plugin", "")
    content = base64.b64decode(want.get("plugin_content_b64", ""))
    if data.plugin_name == "hparams":
        # The order of a map is not part of its meaning.
        assert sorted(data.content) == sorted(content)
    else:
        assert data.content == content
    if "simple_value" in want:
        np.testing.assert_equal(have.simple_value, float(want["simple_value"]))
    if "histo" in want:
        for name in ("min", "max", "num", "bucket", "bucket_limit"):
            np.testing.assert_array_equal(getattr(have.histo, name), want["histo"][name])
        for name in ("sum", "sum_squares"):
            # Sums of floats depend on the order of summation, in the last place.
            np.testing.assert_allclose(getattr(have.histo, name), want["histo"][name], rtol=1e-12)
    if "image" in want:
        size = have.image.height, have.image.width, have.image.colorspace
        assert size == tuple(want["image"][name] for name in ("height", "width", "colorspace"))
        picture = Image.open(io.BytesIO(have.image.encoded_image_string))
        assert picture.format == want["image"]["format"]
        assert picture.convert("RGB").tobytes() == base64.b64decode(want["image"]["pixels_b64"])
    if "audio" in want:
        for name in ("sample_rate", "num_channels", "length_frames", "content_type"):
            assert getattr(have.audio, name) == want["audio"][name]
        assert have.audio.encoded_audio_string == base64.b64decode(want["audio"]["wav_b64"])
    if "tensor" in want:
        check_tensor(have.tensor, want["tensor"], exact=data.plugin_name != "pr_curves")


def check_tensor(have, want, exact):
    assert have.dtype == want["dtype"]
    assert [dim.size for dim in have.tensor_shape.dim] == want["shape"]
    reference = base64.b64decode(want["proto_b64"])
    # The values are the last field of the message.
    if have.string_val:
        assert reference.endswith(have.string_val[0])
    elif have.float_val:
        numbers = np.frombuffer(reference[-4 * len(have.float_val) :], "<f4")
        np.testing.assert_allclose(have.float_val, numbers, rtol=0 if exact else 2e-7)
    elif have.double_val:
        np.testing.assert_array_equal(have.double_val, np.frombuffer(reference[-8 * len(have.double_val) :], "<f8"))
    else:
        # Small integers, each a byte.
        numbers = have.int64_val or have.uint32_val
        np.testing.assert_array_equal(numbers, list(reference[-len(numbers) :]))


@pytest.mark.parametrize("case", CASES)
def test_what_is_written_means_what_the_reference_wrote(tmp_path, case):
    kind = tensorboardX if case.endswith("tensorboardx") else glassboard
    with np.load(GOLDEN / case / "inputs.npz") as inputs, kind.SummaryWriter(str(tmp_path)) as writer:
        CASES[case](writer, dict(inputs))
    expected = json.loads((GOLDEN / case / "expected.json").read_text())
    have = written(tmp_path)
    want = {str(Path(name).parent): events[1:] for name, events in expected.items()}
    assert have.keys() == want.keys()
    for folder, events in want.items():
        for event, described in zip(have[folder], events, strict=True):
            assert event.step == described["step"]
            assert event.WhichOneof("what") == described["what"]
            if WALL <= described["wall_time"] <= WALL + 100:
                assert event.wall_time == described["wall_time"]
            for pair in zip(event.summary.value, described["values"], strict=True):
                check(*pair)


def test_the_projector_s_files_are_the_reference_s(tmp_path):
    with np.load(GOLDEN / "embedding" / "inputs.npz") as inputs, glassboard.SummaryWriter(tmp_path) as writer:
        embedding(writer, inputs)
    reference = GOLDEN / "embedding" / "log"
    names = {
        path.relative_to(reference) for path in reference.rglob("*") if path.is_file() and "tfevents" not in path.name
    }
    assert len(names) == 6
    for name in names:
        have, want = tmp_path / name, reference / name
        if name.suffix == ".png":
            np.testing.assert_array_equal(np.asarray(Image.open(have)), np.asarray(Image.open(want)))
        elif name.suffix == ".pbtxt":
            assert have.read_text().split() == want.read_text().split()
        else:
            assert have.read_bytes() == want.read_bytes()
