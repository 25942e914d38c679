"""Calls of `add_*` with fixed arguments, played by `torch.utils.tensorboard` here and by our writer in
`crates/writer/examples/peers_write.rs`, which reads them from a JSON script with the arrays in files beside it.
"""

import json

import numpy as np

WALL = 1_700_000_000.25
SUFFIX = {"float32": "f32", "float64": "f64", "int64": "i64", "uint8": "u8"}
STYLES = {None: {}, "tensor": {"new_style": True}, "double": {"new_style": True, "double_precision": True}}
BIN_RULES = ["tensorflow", "auto", "fd", "doane", "scott", "stone", "rice", "sturges", "sqrt"]


def make(seed=11):
    """The calls: every method of the writer, with awkward values among the random ones."""
    rng = np.random.default_rng(seed)
    calls = []

    def call(method, tag, step, **arguments):
        calls.append({"method": method, "tag": tag, "step": step, "walltime": WALL + step, **arguments})

    awkward = [0.1, -2.5, float("nan"), float("inf"), float("-inf"), -0.0, 1e-45, 3.4e38, 1e300]
    for step, value in enumerate(awkward):
        call("add_scalar", "loss/awkward", step, value=value)
    for step in range(300):
        value = float(np.exp(-step / 100) + rng.normal() / 10)
        call("add_scalar", "loss/train", step, value=value)
        if step % 3 == 0:
            call("add_scalar", "loss/new", step, value=value, style="tensor")
            call("add_scalar", "loss/double", step, value=value, style="double")
    for step in range(5):
        call("add_scalars", "both/of_them", step, values={"sin": float(np.sin(step)), "cos": float(np.cos(step))})

    shapes = [(1000,), (17, 3), (1,), (4, 5, 6)]
    for step, rule in enumerate(BIN_RULES):
        values = rng.normal(size=shapes[step % len(shapes)]) * 10.0 ** rng.integers(-3, 4)
        call("add_histogram", f"histograms/{rule}", step, values=values, bins=rule)
        call("add_histogram", f"histograms/{rule}", step + 50, values=values.astype(np.float32), bins=rule)
    call("add_histogram", "histograms/few", 0, values=rng.normal(size=2000), bins="tensorflow", max_bins=30)
    call("add_histogram", "histograms/count", 0, values=rng.random(500), bins=13)
    call("add_histogram", "histograms/edges", 0, values=rng.random(500), bins=[0.0, 0.1, 0.5, 1.0])
    call("add_histogram", "histograms/integers", 0, values=rng.integers(-9, 9, size=300), bins="tensorflow")
    call(
        "add_histogram_raw",
        "histograms/raw",
        2,
        min=0.5,
        max=3.5,
        num=4,
        sum=8.0,
        sum_squares=21.0,
        bucket_limits=[1.0, 2.0, 4.0],
        bucket_counts=[1.0, 0.0, 3.0],
    )

    for step in range(3):
        picture = rng.random((3, 9, 12)).astype(np.float32) * 1.2 - 0.1
        call("add_image", "images/float", step, image=picture, dataformats="CHW")
        call("add_image", "images/hwc", step, image=np.ascontiguousarray(picture.transpose(1, 2, 0)), dataformats="HWC")
        call("add_image", "images/hw", step, image=picture[0], dataformats="HW")
        call("add_image", "images/whc", step, image=np.ascontiguousarray(picture.transpose(2, 1, 0)), dataformats="whc")
    call("add_image", "images/bytes", 0, image=rng.integers(0, 256, size=(3, 5, 7), dtype=np.uint8), dataformats="CHW")
    call("add_image", "images/gray", 0, image=rng.random((1, 6, 5)).astype(np.float32), dataformats="CHW")
    call("add_image", "images/alpha", 0, image=rng.integers(0, 256, size=(4, 5, 7), dtype=np.uint8), dataformats="CHW")
    call("add_images", "images/grid", 0, image=rng.random((11, 3, 4, 6)).astype(np.float32), dataformats="NCHW")
    call("add_images", "images/nhwc", 0, image=rng.random((3, 4, 6, 1)).astype(np.float32), dataformats="NHWC")
    boxes = np.array([[1, 2, 20, 12], [5, 0, 29, 18]], np.float32)
    picture = rng.random((3, 20, 30)).astype(np.float32)
    call("add_image_with_boxes", "images/boxes", 0, image=picture, boxes=boxes, rescale=1.0, dataformats="CHW")

    call("add_text", "notes", 0, text="# Heading\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    call("add_text", "notes", 7, text="多语言 ✓ **bold**")
    for dtype in (np.float32, np.float64, np.int64, np.uint8):
        tensor = (rng.random((2, 3)) * 100).astype(dtype)
        call("add_tensor", f"tensors/{np.dtype(dtype).name}", 4, tensor=tensor)
    calls.append(
        {
            "method": "add_hparams",
            "step": 3,
            "run_name": "trial",
            # Pairs, not objects: their order is part of what is written.
            "hparams": [["lr", 0.1], ["optimizer", "adam"], ["depth", 3.0]],
            "domains": [["optimizer", ["adam", "sgd"]]],
            "metrics": [["hparam/loss", 1.5], ["hparam/accuracy", 0.75]],
        }
    )
    calls.append(
        {
            "method": "add_custom_scalars",
            "layout": [
                ["Losses", [["both", "Multiline", ["loss/.*", "val"]], ["band", "Margin", ["loss/train", "lo", "hi"]]]],
                ["Other", [["one", "Multiline", ["x"]]]],
            ],
        }
    )
    return calls


def play(writer, calls):
    """Makes the calls of a writer with the methods of `torch.utils.tensorboard`."""
    import torch

    for call in calls:
        call = dict(call)
        method, tag = call.pop("method"), call.pop("tag", None)
        step, walltime = call.pop("step", None), call.pop("walltime", None)
        when = {"global_step": step, "walltime": walltime}
        if method == "add_scalar":
            writer.add_scalar(tag, call["value"], **when, **STYLES[call.get("style")])
        elif method == "add_scalars":
            writer.add_scalars(tag, call["values"], **when)
        elif method == "add_histogram":
            writer.add_histogram(tag, **call, **when)
        elif method == "add_histogram_raw":
            writer.add_histogram_raw(tag, **call, **when)
        elif method in ("add_image", "add_images"):
            getattr(writer, method)(tag, call["image"], dataformats=call["dataformats"], **when)
        elif method == "add_image_with_boxes":
            boxes = dict(box_tensor=call["boxes"], rescale=call["rescale"], dataformats=call["dataformats"])
            writer.add_image_with_boxes(tag, call["image"], **boxes, **when)
        elif method == "add_text":
            writer.add_text(tag, call["text"], **when)
        elif method == "add_tensor":
            writer.add_tensor(tag, torch.from_numpy(call["tensor"]), **when)
        elif method == "add_hparams":
            writer.add_hparams(
                dict(call["hparams"]),
                dict(call["metrics"]),
                hparam_domain_discrete=dict(call["domains"]),
                run_name=call["run_name"],
                global_step=step,
            )
        elif method == "add_custom_scalars":
            layout = {
                category: {title: [kind, tags] for title, kind, tags in charts} for category, charts in call["layout"]
            }
            writer.add_custom_scalars(layout)
        else:
            raise ValueError(method)


def save(calls, folder, log_dir, purge_step=None):
    """Writes the script for our writer, and gives its path."""
    folder.mkdir(parents=True, exist_ok=True)

    def plain(value, name):
        if isinstance(value, np.ndarray):
            (folder / name).write_bytes(np.ascontiguousarray(value).tobytes())
            return {"dtype": SUFFIX[value.dtype.name], "shape": value.shape, "file": name}
        if isinstance(value, float) and not np.isfinite(value):
            return str(value)
        return value

    script = [{name: plain(value, f"{at}-{name}.bin") for name, value in call.items()} for at, call in enumerate(calls)]
    path = folder / "script.json"
    path.write_text(json.dumps({"log_dir": str(log_dir), "purge_step": purge_step, "calls": script}))
    return path
