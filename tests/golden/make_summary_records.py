"""Record the calls of the models of make_summary.py, for tests that have no PyTorch.

    pip install torch torchvision torchinfo glassboard
    python make_summary_records.py

summary/<model>.json holds what the hooks of `glassboard.summary` heard: parameters, modules, places, calls, and the
bytes of the inputs, as lists that `_record.py` documents.
"""

import json
from pathlib import Path

import torch
from glassboard import _record
from glassboard.torchinfo import torchinfo

HERE = Path(__file__).parent


def models():
    """The models and calls of make_summary.py, without running torchinfo."""
    source = (HERE / "make_summary.py").read_text()
    names = {}
    exec(source[source.index("class Net") : source.index("cases = {}")], {**vars(torch), **_imports()}, names)
    return names["models"]


def _imports():
    import torchvision
    from torch import nn

    return {"torch": torch, "torchvision": torchvision, "nn": nn}


def main():
    for name, (model, call) in models().items():
        arguments, _ = torchinfo._arguments(None, call["input_size"], None, torch.device("cpu"), call.get("dtypes"))
        recorder = _record.Recorder(model.eval(), type(model).__name__, True, None)
        with torch.no_grad():
            model(*arguments)
        recorder.remove()
        parameters, modules, places, calls, _ = recorder.lists()
        record = {
            "parameters": parameters,
            "modules": modules,
            "places": places,
            # Without the traced value: there is no trace.
            "calls": [call[:6] for call in calls],
            "input_bytes": torchinfo._bytes_of(arguments),
        }
        text = json.dumps(record, separators=(",", ":"))
        (HERE / "summary" / f"{name}.json").write_text(text + "\n")
        print(name, len(text))


main()
