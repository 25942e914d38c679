"""Write a small sweep with hyperparameters as the field's writers log them.

    pip install torch tensorboard tensorboardX
    python make_hparams.py OUT_DIR

OUT_DIR becomes a log directory:

| run | written by | what |
|---|---|---|
| a, a/hp | torch | the training, and the run below it that `add_hparams` makes |
| b, b/hp | torch | as a, with a hyperparameter and a metric that a does not have |
| c, c/hp | tensorboardX | a learning rate that is a text, a truth value as such, a function |
| keras | tensorboard | the experiment that TensorBoard's Keras callback writes above its sessions |
| keras/t1, keras/t1/validation | tensorboard | a session with its start and end, and its validation scalars |
| keras/t2 | tensorboard | a session that failed |

Files are renamed to `events.out.tfevents.N`, and wall times are fixed wherever the writer allows it.
"""

import glob
import os
import shutil
import sys

import tensorboardX
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2, summary_v2
from torch.utils.tensorboard import SummaryWriter

OUT = sys.argv[1]
WALL = 1_700_000_000.0


def path(*parts):
    return os.path.join(OUT, *parts)


def curve(writer, tag, values, start=WALL):
    for step, value in enumerate(values):
        writer.add_scalar(tag, value, step, walltime=start + step)


def raw(writer, pb, wall):
    """One summary at step 0, as `tf.summary.experimental.write_raw_pb` writes it."""
    event = event_pb2.Event(wall_time=wall, step=0, summary=pb)
    writer._get_file_writer().event_writer.add_event(event)


def session_end(status, end_time_secs):
    """As `tensorboard.plugins.hparams.summary.session_end_pb`, which needs TensorFlow."""
    info = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=end_time_secs)
    content = plugin_data_pb2.HParamsPluginData(session_end_info=info)
    described = metadata.create_summary_metadata(content)
    value = summary_pb2.Summary.Value(
        tag=metadata.SESSION_END_INFO_TAG, metadata=described, tensor=metadata.NULL_TENSOR
    )
    return summary_pb2.Summary(value=[value])


def torch_run(name, hparams, metrics, losses):
    with SummaryWriter(path(name)) as writer:
        curve(writer, "loss", losses)
        writer.add_hparams(hparams, metrics, run_name="hp")


def slow_start(x):
    return x


shutil.rmtree(OUT, ignore_errors=True)
torch_run("a", {"lr": 0.1, "opt": "adam", "nesterov": True}, {"hparam/accuracy": 0.5}, [1.0, 0.75, 0.5])
torch_run(
    "b",
    {"lr": 0.01, "opt": "sgd", "dropout": 0.25},
    {"hparam/accuracy": 0.75, "hparam/f1": 0.625},
    [2.0, float("nan"), 0.25],
)
with tensorboardX.SummaryWriter(path("c")) as writer:
    curve(writer, "loss", [4.0, 8.0])
    writer.add_hparams(
        {"lr": "auto", "nesterov": True, "schedule": slow_start}, {"hparam/accuracy": 0.25}, name="hp"
    )

with SummaryWriter(path("keras")) as writer:
    lr = summary_v2.HParam("lr", summary_v2.RealInterval(0.0, 1.0), display_name="learning rate")
    units = summary_v2.HParam("units", summary_v2.Discrete([16, 32]), description="Units of the *hidden* layer")
    accuracy = summary_v2.Metric(
        "epoch_accuracy", group="validation", display_name="val. accuracy", dataset_type=summary_v2.Metric.VALIDATION
    )
    raw(writer, summary_v2.hparams_config_pb([lr, units], [accuracy], time_created_secs=WALL), WALL)
for name, values, status in [("t1", [0.25, 0.875, 0.5], api_pb2.STATUS_SUCCESS), ("t2", [], api_pb2.STATUS_FAILURE)]:
    with SummaryWriter(path("keras", name)) as writer:
        units = 16 if name == "t1" else 32
        raw(writer, summary_v2.hparams_pb({"lr": 0.5, "units": units}, trial_id="trial", start_time_secs=WALL + 10), WALL + 10)
        raw(writer, session_end(status, WALL + 40), WALL + 40)
    if values:
        with SummaryWriter(path("keras", name, "validation")) as writer:
            curve(writer, "epoch_accuracy", values, WALL + 20)

for folder, _, files in os.walk(OUT):
    for number, file in enumerate(sorted(files)):
        os.rename(os.path.join(folder, file), os.path.join(folder, f"events.out.tfevents.{number}"))
print(len(glob.glob(path("**", "events*"), recursive=True)), "files")
