"""Logs something for every dashboard with a peer's own writer, and prints as JSON what a page has to show of it.

python log_everything.py torch|tensorboardX FOLDER
"""

import json
import sys

import numpy as np
import torch
from sklearn.metrics import average_precision_score, roc_auc_score

LABELS = 10
THRESHOLDS = 127


class Net(torch.nn.Module):
    """Small, and with a layer of each kind that is told apart."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 4, 3)
        self.fc = torch.nn.Linear(4, LABELS)

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).mean((2, 3)))


def scores(rng, name, writer, steps):
    """Scores that lie on the thresholds, so that curves of the logged counts are those of the samples."""
    labels = rng.integers(0, 2, size=300)
    noisy = np.clip(0.25 * labels + 0.7 * rng.random(300), 0, 1)
    on_thresholds = np.round(noisy * (THRESHOLDS - 1)) / (THRESHOLDS - 1)
    # The writers multiply and round down; half a step keeps them from falling into the one below.
    logged = np.minimum(1.0, on_thresholds + 0.5 / (THRESHOLDS - 1))
    writer.add_pr_curve(name, labels, logged, steps, num_thresholds=THRESHOLDS)
    return {
        "average_precision": average_precision_score(labels, on_thresholds),
        "roc_auc": roc_auc_score(labels, on_thresholds),
        "positives": int(labels.sum()),
        "negatives": int((1 - labels).sum()),
    }


def main():
    kind, folder = sys.argv[1:]
    if kind == "torch":
        from torch.utils.tensorboard import SummaryWriter
    else:
        from tensorboardX import SummaryWriter
    torch.manual_seed(0)
    rng = np.random.default_rng(11)
    run = f"{folder}/{kind}"
    writer = SummaryWriter(run)
    losses = [float(np.float32(np.exp(-step / 7) + 0.01 * rng.random())) for step in range(30)]
    for step, loss in enumerate(losses):
        writer.add_scalar("loss/train", loss, step)
    weights = rng.normal(size=1_234)
    writer.add_histogram("weights", weights, 3)
    picture = rng.random((3, 9, 12)).astype(np.float32)
    writer.add_image("picture", picture, 1)
    sound = np.sin(np.linspace(0, 60, 2_000)).astype(np.float32)[None]
    # The one wants channels first, the other last.
    waves = sound if kind == "torch" else sound.T
    writer.add_audio("sound", torch.from_numpy(waves), 2, sample_rate=4_000)
    writer.add_text("note", "A **bold** word, and 多语言.", 0)
    curve = scores(rng, "scores", writer, 4)
    writer.add_graph(Net(), torch.zeros(1, 1, 8, 8))
    points = rng.normal(size=(30, 6)).astype(np.float32)
    tiles = torch.from_numpy(rng.random((30, 3, 5, 5)).astype(np.float32))
    writer.add_embedding(
        torch.from_numpy(points), metadata=[f"name {i}" for i in range(30)], label_img=tiles, global_step=5
    )
    corners = np.array([[[1, 1, 1], [-1, -1, 1], [1, -1, -1], [-1, 1, -1]]], np.float32)
    faces = np.array([[[0, 2, 3], [0, 3, 1], [0, 1, 2], [1, 3, 2]]], np.int32)
    mesh = {"vertices": torch.from_numpy(corners), "faces": torch.from_numpy(faces)}
    writer.add_mesh("shape", **mesh, global_step=6)
    hparams = [(0.1, "adam", 0.75), (0.01, "sgd", 0.5)]
    for number, (rate, optimizer, accuracy) in enumerate(hparams):
        session = {"rate": rate, "optimizer": optimizer}
        name = {"run_name" if kind == "torch" else "name": f"session{number}"}
        writer.add_hparams(session, {"hparam/accuracy": accuracy}, **name)
    writer.close()

    net, batch = Net(), torch.zeros(2, 1, 8, 8)
    handler = torch.profiler.tensorboard_trace_handler(run, "worker")
    activities = [torch.profiler.ProfilerActivity.CPU]
    with torch.profiler.profile(activities=activities, on_trace_ready=handler) as profile:
        for _ in range(5):
            net(batch)
            profile.step()
    calls = {one.key: one.count for one in profile.key_averages()}
    torch.export.save(torch.export.export(net.eval(), (batch,)), f"{run}/net.pt2")
    expected = {
        "losses": losses,
        "histogram": {"count": len(weights), "median": float(np.median(weights))},
        "picture": [picture.shape[2], picture.shape[1]],
        "sound_seconds": sound.shape[1] / 4_000,
        "curve": curve,
        "points": list(points.shape),
        "hparams": hparams,
        "conv_calls": calls["aten::conv2d"],
        "parameters": sum(parameter.numel() for parameter in net.parameters()),
    }
    print(json.dumps(expected))


main()
