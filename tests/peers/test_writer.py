"""TensorBoard reads what our writer wrote, and finds what it finds in the files of `torch.utils.tensorboard` for the
same calls: value by value, through its Python reader and through its data server."""

import io

import calls
import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import plugin_data_pb2
from torch.utils.tensorboard import SummaryWriter

RUNS = [".", "both_of_them_cos", "both_of_them_sin", "trial"]
EVERYTHING = {"scalars": 0, "histograms": 0, "compressedHistograms": 0, "images": 0, "audio": 0, "tensors": 0}


@pytest.fixture(scope="module")
def logs(tmp_path_factory, peers_write):
    """The same calls played by both writers: the two log directories."""
    root = tmp_path_factory.mktemp("writer")
    played = calls.make()
    peers_write(calls.save(played, root / "script", root / "ours"))
    with SummaryWriter(root / "theirs") as writer:
        calls.play(writer, played)
    return root / "ours", root / "theirs"


def accumulator(path):
    loaded = EventAccumulator(str(path), size_guidance=EVERYTHING)
    loaded.Reload()
    return loaded


@pytest.fixture(scope="module", params=RUNS)
def run(request, logs):
    """Both writers' files of one run, loaded by TensorBoard's Python reader."""
    ours, theirs = logs
    return accumulator(ours / request.param), accumulator(theirs / request.param)


def pixels(encoded):
    picture = Image.open(io.BytesIO(encoded))
    assert picture.format == "PNG"
    return np.asarray(picture)


def same_pictures(ours, theirs):
    ours, theirs = pixels(ours), pixels(theirs)
    assert ours.shape == theirs.shape
    np.testing.assert_array_equal(ours, theirs)


def test_both_wrote_the_same_tags(run):
    ours, theirs = run
    assert ours.Tags() == theirs.Tags()
    assert sum(len(tags) for tags in ours.Tags().values() if isinstance(tags, list)) > 0


def test_scalars(run):
    ours, theirs = run
    for tag in theirs.Tags()["scalars"]:
        for have, want in zip(ours.Scalars(tag), theirs.Scalars(tag), strict=True):
            assert have.step == want.step
            np.testing.assert_equal(have.value, want.value)
            if want.wall_time < calls.WALL + 1e6:
                assert have.wall_time == want.wall_time


def test_histograms(run):
    ours, theirs = run
    for tag in theirs.Tags()["histograms"]:
        for have, want in zip(ours.Histograms(tag), theirs.Histograms(tag), strict=True):
            assert (have.step, have.wall_time) == (want.step, want.wall_time)
            have, want = have.histogram_value, want.histogram_value
            np.testing.assert_array_equal(have.bucket, want.bucket, err_msg=tag)
            np.testing.assert_array_equal(have.bucket_limit, want.bucket_limit, err_msg=tag)
            assert (have.min, have.max, have.num) == (want.min, want.max, want.num)
            # Sums of floats depend on the order of summation, in the last place.
            np.testing.assert_allclose([have.sum, have.sum_squares], [want.sum, want.sum_squares], rtol=1e-12)


def test_images(run):
    ours, theirs = run
    for tag in theirs.Tags()["images"]:
        for have, want in zip(ours.Images(tag), theirs.Images(tag), strict=True):
            assert (have.step, have.wall_time, have.width, have.height) == (
                want.step,
                want.wall_time,
                want.width,
                want.height,
            )
            same_pictures(have.encoded_image_string, want.encoded_image_string)


def test_tensors_and_what_their_metadata_says(run):
    ours, theirs = run
    for tag in theirs.Tags()["tensors"]:
        assert ours.SummaryMetadata(tag) == theirs.SummaryMetadata(tag), tag
        for have, want in zip(ours.Tensors(tag), theirs.Tensors(tag), strict=True):
            assert have.step == want.step
            if theirs.SummaryMetadata(tag).plugin_data.plugin_name == "custom_scalars":
                layouts = [layout_pb2.Layout.FromString(value.tensor_proto.string_val[0]) for value in (have, want)]
                assert layouts[0] == layouts[1]
            else:
                assert have.tensor_proto == want.tensor_proto, tag


def test_hyperparameters(logs):
    """The plugin's own messages, as TensorBoard's plugin parses them."""
    ours, theirs = (accumulator(path / "trial") for path in logs)
    seen = set()
    for tag in ("_hparams_/experiment", "_hparams_/session_start_info", "_hparams_/session_end_info"):
        have, want = (
            plugin_data_pb2.HParamsPluginData.FromString(loaded.SummaryMetadata(tag).plugin_data.content)
            for loaded in (ours, theirs)
        )
        seen.add(have.WhichOneof("data"))
        # Times are not set by either, and the order of a map is not part of its meaning.
        assert have == want
    assert seen == {"experiment", "session_start_info", "session_end_info"}


def test_the_first_record_is_the_reference_s(logs):
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    first = []
    for path in logs:
        (file,) = path.glob("events.out.tfevents.*")
        first.append(next(iter(EventFileLoader(str(file)).Load())))
        parts = file.name.split(".")
        assert len(parts[3]) == 10 and parts[3].isdigit()
    assert first[0].file_version == first[1].file_version == "brain.Event:2"


def test_the_data_server_reads_the_same(logs, data_server):
    """Scalars, tensors and pictures through the gRPC service that TensorBoard's own pages ask."""
    found = []
    for path in logs:
        data = data_server(path)
        context = None
        names = [run.run_name for run in data.list_runs(context, experiment_id="")]
        everything = {}
        for plugin in data.list_plugins(context, experiment_id=""):
            asked = dict(experiment_id="", plugin_name=plugin)
            for run, series in data.read_scalars(context, downsample=10**6, **asked).items():
                for tag, points in series.items():
                    rows = [(point.step, point.value) for point in points]
                    everything["scalars", plugin, run, tag] = rows
            for run, series in data.read_tensors(context, downsample=10**6, **asked).items():
                for tag, points in series.items():
                    rows = [(point.step, point.numpy.tolist()) for point in points]
                    everything["tensors", plugin, run, tag] = rows
            for run, series in data.read_blob_sequences(context, downsample=10**6, **asked).items():
                for tag, points in series.items():
                    rows = []
                    for point in points:
                        blobs = [data.read_blob(context, blob_key=blob.blob_key) for blob in point.values]
                        rows.append((point.step, blobs[:2], [pixels(blob).tolist() for blob in blobs[2:]]))
                    everything["blobs", plugin, run, tag] = rows
        found.append((sorted(names), everything))
    (our_runs, ours), (their_runs, theirs) = found
    assert our_runs == their_runs and len(our_runs) == len(RUNS)
    assert ours.keys() == theirs.keys()
    assert {kind for kind, *_ in ours} == {"scalars", "tensors", "blobs"}
    for key in theirs:
        if key[1] == "custom_scalars":
            parsed = [layout_pb2.Layout.FromString(rows[key][0][1]) for rows in (ours, theirs)]
            assert parsed[0] == parsed[1]
        else:
            np.testing.assert_equal(ours[key], theirs[key], err_msg=str(key))


@pytest.mark.parametrize("seed", range(20))
def test_bins_are_numpy_s(tmp_path, peers_write, seed):
    """Random inputs through every rule; the edges and counts are those of `numpy.histogram`."""
    rng = np.random.default_rng(seed)
    values = [
        rng.normal(size=rng.integers(2, 3000)) * 10.0 ** rng.integers(-5, 6),
        rng.lognormal(size=rng.integers(2, 3000)),
        rng.integers(-3, 4, size=50).astype(float),
    ][seed % 3]
    made = [
        {"method": "add_histogram", "tag": rule, "step": 0, "walltime": calls.WALL, "values": values, "bins": rule}
        for rule in calls.BIN_RULES[1:]
    ]
    peers_write(calls.save(made, tmp_path / "script", tmp_path / "log"))
    loaded = accumulator(tmp_path / "log")
    for rule in calls.BIN_RULES[1:]:
        counts, edges = np.histogram(values, bins=rule)
        filled = np.flatnonzero(counts)
        (event,) = loaded.Histograms(rule)
        have = event.histogram_value
        # torch's trimming: from the first to the last filled bin, with one empty bin before them.
        np.testing.assert_array_equal(have.bucket[1:], counts[filled[0] : filled[-1] + 1], err_msg=rule)
        np.testing.assert_array_equal(have.bucket_limit, edges[filled[0] : filled[-1] + 2], err_msg=rule)
        assert have.bucket[0] == 0
