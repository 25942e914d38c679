"""Writes trace/: what torch.profiler's tensorboard_trace_handler wrote for a few training steps of a small network, and
what it says of them (trace/expected.json).

`averages` are PyTorch's own sums (`key_averages`), `events` is counted here from the file's JSON: two ways that have
nothing in common with the reader under test.

Needs torch; run from this folder: python make_trace.py
"""

import collections
import gzip
import json
import pathlib
import shutil
import tempfile

import torch
from torch.profiler import ProfilerActivity, profile, record_function, schedule, tensorboard_trace_handler

OUT = pathlib.Path("trace")
STEPS = 3

torch.set_num_threads(1)
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(4 * 36, 10))
images, labels = torch.rand(8, 1, 8, 8), torch.arange(8)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
averages = {}


def ready(profiler):
    tensorboard_trace_handler(folder, worker_name="worker", use_gzip=True)(profiler)
    for row in profiler.key_averages():
        if row.key.startswith("aten::"):
            averages[row.key] = {"calls": row.count, "self_us": row.self_cpu_time_total, "total_us": row.cpu_time_total}


with tempfile.TemporaryDirectory() as folder:
    with profile(
        activities=[ProfilerActivity.CPU],
        schedule=schedule(wait=0, warmup=1, active=STEPS, repeat=1),
        on_trace_ready=ready,
        record_shapes=True,
    ) as profiler:
        for _ in range(STEPS + 1):
            with record_function("train"):
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(net(images), labels).backward()
                optimizer.step()
            profiler.step()
    [file] = pathlib.Path(folder).glob("*.pt.trace.json.gz")
    OUT.mkdir(exist_ok=True)
    # The name of the machine that wrote it is nobody's business.
    text = gzip.decompress(file.read_bytes()).decode()
    trace = json.loads(text)
    text = text.replace(json.dumps(trace["host_name"]), '"host"').replace(json.dumps(trace["traceName"]), '"trace"')
    (OUT / "worker.pt.trace.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))

trace = json.loads(text)
intervals = [event for event in trace["traceEvents"] if event["ph"] == "X"]
nanoseconds = lambda microseconds: round(microseconds * 1000)
times = collections.defaultdict(lambda: {"calls": 0, "total_ns": 0})
for event in intervals:
    row = times[event["cat"]]
    row["calls"] += 1
    row["total_ns"] += nanoseconds(event["dur"])
steps = [event for event in intervals if event["name"].startswith("ProfilerStep#")]
first = [event for event in intervals if event["name"] == "aten::conv2d"][0]
expected = {
    "torch": torch.__version__,
    "events": len(intervals),
    "lanes": sorted({(str(event["pid"]), str(event["tid"])) for event in intervals}),
    "categories": times,
    "steps": [{"name": step["name"], "duration_ns": nanoseconds(step["dur"])} for step in steps],
    "first_conv2d": {"duration_ns": nanoseconds(first["dur"]), "args": {k: v if isinstance(v, str) else json.dumps(v) for k, v in first["args"].items()}},
    "averages": averages,
}
(OUT / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
shutil.rmtree("__pycache__", ignore_errors=True)
