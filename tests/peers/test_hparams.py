"""Hyperparameters of sweeps that torch, tensorboardX and TensorBoard's own API logged: our server's columns, types,
values, metrics and sessions are those of TensorBoard's hparams plugin.
"""

import json
import math

import pytest
import tensorboardX
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2, summary_v2
from tensorboard_routes import serve
from torch.utils.tensorboard import SummaryWriter as TorchWriter

WALL = 1_700_000_000.0
KINDS = {"DATA_TYPE_FLOAT64": "number", "DATA_TYPE_STRING": "text", "DATA_TYPE_BOOL": "bool"}
STATUSES = [f"STATUS_{status}" for status in ("UNKNOWN", "SUCCESS", "FAILURE", "RUNNING")]


def curve(writer, tag, values, start=WALL):
    for step, value in enumerate(values):
        writer.add_scalar(tag, value, step, walltime=start + step)


def torch_sweep(folder):
    """Runs of `add_hparams`, each below the run of its training; domains that are declared."""
    trials = [
        ({"lr": 0.1, "optimizer": "adam", "nesterov": True, "layers": 3}, {"hparam/accuracy": 0.5, "hparam/loss": 2}),
        ({"lr": 1e-5, "optimizer": "sgd", "nesterov": False, "layers": 4}, {"hparam/accuracy": 0.75, "hparam/loss": 1}),
        (
            {"lr": -0.0, "optimizer": "多", "nesterov": True, "layers": 0},
            {"hparam/accuracy": 1, "hparam/loss": math.nan},
        ),
    ]
    domains = {"optimizer": ["adam", "sgd"], "lr": [0.1, 1e-5]}
    for number, (hparams, metrics) in enumerate(trials):
        with TorchWriter(folder / f"trial{number}") as writer:
            curve(writer, "loss", [3.0, 2.0])
            writer.add_hparams(hparams, metrics, hparam_domain_discrete=domains, run_name="hp")


def tensorboardx_sweep(folder):
    """Truth values stay such, functions become their names."""

    def warm_up(step):
        return step

    for number, nesterov in enumerate([True, False]):
        with tensorboardX.SummaryWriter(str(folder / f"trial{number}")) as writer:
            hparams = {"lr": 0.5**number, "nesterov": nesterov, "schedule": warm_up, "name": f"<b>{number}</b>"}
            writer.add_hparams(hparams, {"accuracy": number / 4, "loss": float("inf")}, name="hp")


def raw(writer, pb, wall):
    """One summary at step 0, as `tf.summary.experimental.write_raw_pb` writes it."""
    writer._get_file_writer().event_writer.add_event(event_pb2.Event(wall_time=wall, step=0, summary=pb))


def session_end(status, end_time_secs):
    """As `tensorboard.plugins.hparams.summary.session_end_pb`, which needs TensorFlow."""
    info = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=end_time_secs)
    described = metadata.create_summary_metadata(plugin_data_pb2.HParamsPluginData(session_end_info=info))
    value = summary_pb2.Summary.Value(
        tag=metadata.SESSION_END_INFO_TAG, metadata=described, tensor=metadata.NULL_TENSOR
    )
    return summary_pb2.Summary(value=[value])


def tensorboard_sweep(folder):
    """An experiment above its sessions, as the Keras callback writes it; metrics of a folder below each session."""
    lr = summary_v2.HParam("lr", summary_v2.RealInterval(0.0, 1.0), display_name="learning rate")
    units = summary_v2.HParam("units", summary_v2.Discrete([16, 32]), description="Units of the *hidden* layer")
    optimizer = summary_v2.HParam("optimizer", summary_v2.Discrete(["adam", "sgd"]))
    augment = summary_v2.HParam("augment", summary_v2.Discrete([True, False]))
    metrics = [
        summary_v2.Metric("epoch_accuracy", group="validation", display_name="val. accuracy"),
        summary_v2.Metric("epoch_loss", description="in **nats**"),
    ]
    with TorchWriter(folder) as writer:
        config = summary_v2.hparams_config_pb([lr, units, optimizer, augment], metrics, time_created_secs=WALL)
        raw(writer, config, WALL)
    statuses = [api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE, api_pb2.STATUS_SUCCESS]
    for number, status in enumerate(statuses):
        with TorchWriter(folder / f"t{number}") as writer:
            hparams = {"lr": 0.25 * number, "units": 16 << (number % 2), "optimizer": "adam", "augment": number == 1}
            start = WALL + 100 * number
            raw(writer, summary_v2.hparams_pb(hparams, f"trial {number}", start_time_secs=start), start)
            curve(writer, "epoch_loss", [3.0, 1.0 + number], start)
            raw(writer, session_end(status, start + 40 + number), start + 40 + number)
        if status == api_pb2.STATUS_SUCCESS:
            with TorchWriter(folder / f"t{number}" / "validation") as writer:
                curve(writer, "epoch_accuracy", [0.25, 0.875, 0.5 + number / 8], start)


SWEEPS = {"torch": torch_sweep, "tensorboardX": tensorboardx_sweep, "tensorboard": tensorboard_sweep}


@pytest.fixture(params=SWEEPS)
def boards(request, dashboard, tmp_path):
    """Our server's answer, what TensorBoard says of the experiment, and its sessions."""
    SWEEPS[request.param](tmp_path)
    theirs = serve(tmp_path)
    experiment = json.loads(theirs("plugin/hparams/experiment", request="{}"))
    asked = {
        "experimentName": "",
        "colParams": [{"hparam": info["name"]} for info in experiment["hparamInfos"]],
        "allowedStatuses": STATUSES,
        "startIndex": 0,
        "sliceSize": 100,
    }
    groups = json.loads(theirs("plugin/hparams/session_groups", request=json.dumps(asked)))["sessionGroups"]
    sessions = {session["name"]: (group, session) for group in groups for session in group["sessions"]}
    return dashboard(tmp_path).post("hparams", {}), experiment, sessions


def same(ours, theirs):
    """Numbers that are none travel as texts, in each server's own words."""
    if isinstance(theirs, float) and not math.isfinite(theirs):
        theirs = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(theirs)]
    return type(ours) is type(theirs) and ours == theirs


def key(name):
    return name.get("group", ""), name["tag"]


def number(value):
    """JSON knows no difference between 1 and 1.0."""
    return float(value) if type(value) is int else value


def test_columns(boards):
    ours, experiment, _ = boards
    theirs = {info["name"]: info for info in experiment["hparamInfos"]}
    assert {column["name"] for column in ours["columns"]} == set(theirs)
    assert len(theirs) == 4
    for column in ours["columns"]:
        info = theirs[column["name"]]
        assert column["kind"] == KINDS[info["type"]], column["name"]
        assert column["display_name"] == info.get("displayName", "")
        domain = info.get("domainDiscrete", [])
        assert all(map(same, column["domain"], domain)), (column["domain"], domain)
    descriptions = {column["description_html"] for column in ours["columns"]} - {""}
    assert descriptions <= {"<p>Units of the <em>hidden</em> layer</p>\n"}
    assert bool(descriptions) == any(info.get("description") for info in theirs.values())
    assert ours["notices"] == []


def test_values(boards):
    ours, _, sessions = boards
    assert {session["name"] for session in ours["sessions"]} == set(sessions)
    assert len(sessions) >= 2
    for place, session in enumerate(ours["sessions"]):
        group, _ = sessions[session["name"]]
        found = {column["name"]: column["values"][place] for column in ours["columns"]}
        assert set(found) == set(group["hparams"])
        for name, value in found.items():
            assert same(value, group["hparams"][name]), (session["name"], name, value, group["hparams"][name])


def test_metrics(boards):
    ours, experiment, sessions = boards
    declared = {key(info["name"]): info for info in experiment["metricInfos"]}
    assert {(metric["group"], metric["tag"]) for metric in ours["metrics"]} == set(declared)
    for metric in ours["metrics"]:
        assert metric["declared"]
        info = declared[metric["group"], metric["tag"]]
        assert metric["display_name"] == info.get("displayName", "")
        for place, session in enumerate(ours["sessions"]):
            _, theirs = sessions[session["name"]]
            values = {key(value["name"]): value["value"] for value in theirs["metricValues"]}
            expected = values.get((metric["group"], metric["tag"]))
            assert same(number(metric["last"][place]), number(expected))


def test_sessions(boards):
    ours, _, sessions = boards
    for session in ours["sessions"]:
        group, theirs = sessions[session["name"]]
        assert f"STATUS_{session['status'].upper()}" == theirs["status"]
        # Where a start or end was logged, it is that one; TensorBoard says 0 where none was.
        if theirs.get("startTimeSecs"):
            assert session["start_time_secs"] == theirs["startTimeSecs"]
        if theirs.get("endTimeSecs"):
            assert session["end_time_secs"] == theirs["endTimeSecs"]
            assert session["duration_secs"] == theirs["endTimeSecs"] - theirs["startTimeSecs"]
        if session["group_name"]:
            assert session["group_name"] == group["name"]


def test_columns_that_only_a_later_run_has(dashboard, tmp_path):
    """TensorBoard shows the columns of the first experiment that it finds; ours are those of all."""
    for name, hparams in (("a", {"lr": 0.1}), ("b", {"lr": 0.2, "dropout": 0.5})):
        with TorchWriter(tmp_path / name) as writer:
            writer.add_hparams(hparams, {f"metric_{name}": 1.0}, run_name="hp")
    theirs = json.loads(serve(tmp_path)("plugin/hparams/experiment", request="{}"))
    assert len({info["name"] for info in theirs["hparamInfos"]}) < 2 or len(theirs["metricInfos"]) < 2
    ours = dashboard(tmp_path).post("hparams", {})
    assert [column["name"] for column in ours["columns"]] == ["dropout", "lr"]
    assert {metric["tag"] for metric in ours["metrics"]} == {"metric_a", "metric_b"}
    values = {column["name"]: column["values"] for column in ours["columns"]}
    assert sorted(values["lr"]) == [0.1, 0.2]
    assert sorted(values["dropout"], key=str) == [0.5, None]
