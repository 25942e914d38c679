"""``python -m glassboard``: the command within the interpreter."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[1] / "golden" / "events"

# Settings of the environment are not the tests' business.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("GLASSBOARD_")}


def glassboard(*arguments, **options):
    command = [sys.executable, "-m", "glassboard", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False, **options)


def test_help_tells_of_run():
    shown = glassboard("--help")
    assert shown.returncode == 0 and shown.stderr == ""
    for command in ("serve", "inspect", "check", "run"):
        assert f"\n  {command} " in shown.stdout
    assert "glassboard run [-m MODULE | SCRIPT] [ARGS]..." in glassboard("run", "--help").stdout


def test_version_and_wrong_arguments():
    import glassboard as package

    assert glassboard("--version").stdout == f"glassboard {package.__version__}\n"
    wrong = glassboard("inspect")
    assert wrong.returncode == 2 and "<PATH>" in wrong.stderr and wrong.stdout == ""
    absent = glassboard("inspect", "nothing-of-that-name")
    assert absent.returncode == 2 and absent.stderr.startswith("glassboard: cannot read nothing-of-that-name")


def test_inspect_prints_to_its_end():
    shown = glassboard("inspect", GOLDEN / "scalar" / "log", "--json")
    lines = [json.loads(line) for line in shown.stdout.splitlines()]
    assert len([line for line in lines if line.get("tag") == "loss/train"]) == 8


def test_check_says_by_its_status_what_it_found(tmp_path):
    (path,) = (GOLDEN / "scalar").rglob("*tfevents*")
    assert glassboard("check", "--logdir", path.parent).returncode == 0
    data = bytearray(path.read_bytes())
    data[-6] ^= 0xFF
    (tmp_path / path.name).write_bytes(data)
    assert glassboard("check", "--logdir", tmp_path).returncode == 1
    assert glassboard("check", "--logdir", tmp_path / "nothing").returncode == 2


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_cleanly(tmp_path, stop):
    server = subprocess.Popen(
        [sys.executable, "-m", "glassboard", "--logdir", str(tmp_path), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert "http://localhost:" in server.stdout.readline()
    server.send_signal(stop)
    _, stderr = server.communicate()
    assert (server.returncode, stderr) == (0, "")


def test_a_closed_pipe_is_no_error():
    command = [sys.executable, "-m", "glassboard", "inspect", str(GOLDEN)]
    shown = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    shown.stdout.readline()
    shown.stdout.close()
    stderr = shown.stderr.read()
    assert shown.wait() == 0 and stderr == ""


def test_python_hears_ctrl_c_again_afterwards():
    from glassboard.__main__ import main

    before = signal.getsignal(signal.SIGINT)
    assert main(["check", "--logdir", str(GOLDEN / "scalar" / "log"), "--json"]) == 0
    assert signal.getsignal(signal.SIGINT) is before


def test_from_another_thread():
    code = "import threading, glassboard.__main__ as m; "
    code += "t = threading.Thread(target=m.main, args=(['--version'],))"
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}; t.start(); t.join()"], capture_output=True, text=True, check=True
    )
    assert shown.stdout.startswith("glassboard ") and shown.stderr == ""
