"""``glassboard.launch`` and ``%glassboard``."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import glassboard
import pytest
from glassboard import SummaryWriter


@pytest.fixture
def logdir(tmp_path):
    with SummaryWriter(tmp_path / "run") as writer:
        writer.add_scalar("loss", 1.0, 0)
    return tmp_path


def page(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read().decode()


def test_launch_shows_a_log_directory(logdir):
    with glassboard.launch(logdir) as board:
        assert board.running and board.logdir == str(logdir)
        assert board.url == f"http://localhost:{board.port}/"
        assert "Glassboard" in page(board.url)
        assert '"run"' in page(board.url + "api/v1/runs")
        shown = board._repr_html_()
        assert shown.startswith(f'<iframe src="{board.url}" width="100%" height="800"')
        assert repr(board) == f"<Dashboard of {str(logdir)!r} at {board.url}>"
    assert not board.running and repr(board).endswith(", stopped>")
    with pytest.raises(urllib.error.URLError):
        page(board.url)


def test_a_running_one_is_found_again(logdir):
    with glassboard.launch(logdir) as board:
        assert glassboard.launch(str(logdir), height=300) is board
        assert 'height="300"' in board._repr_html_()
        with glassboard.launch(logdir, arguments=["--window_title", "Other"]) as other:
            assert other.url != board.url
    with glassboard.launch(logdir) as board:
        assert board.running


def test_what_goes_wrong_is_told(logdir):
    with pytest.raises(glassboard.LaunchError, match="ended with status 2: .*--nonsense"):
        glassboard.launch(logdir, arguments=["--nonsense"])
    assert issubclass(glassboard.LaunchError, OSError)


def test_behind_the_proxy_of_a_notebook_server(logdir, monkeypatch):
    monkeypatch.setenv("GLASSBOARD_PROXY_URL", "https://hub.example/user/x/proxy/%PORT%/")
    with glassboard.launch(logdir) as board:
        assert f'src="https://hub.example/user/x/proxy/{board.port}/"' in board._repr_html_()


STARTS = """
import sys, glassboard
board = glassboard.launch(sys.argv[1])
print(board._process.pid, board.url, flush=True)
"""


@pytest.mark.parametrize("end", ["", "import os; os._exit(0)", "import time; time.sleep(600)"])
def test_it_ends_with_the_interpreter(logdir, end):
    parent = subprocess.Popen([sys.executable, "-c", STARTS + end, str(logdir)], stdout=subprocess.PIPE, text=True)
    pid, _ = parent.stdout.readline().split()
    if "sleep" in end:
        parent.send_signal(signal.SIGKILL)
    parent.wait()
    # The dashboard was handed on to another parent: its end cannot be waited for, only seen.
    while _runs(int(pid)):
        os.sched_yield()


def _runs(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")")[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Shell:
    """What of IPython's shell an extension uses."""

    def __init__(self):
        self.magics = {}

    def register_magic_function(self, function, magic_kind, magic_name):
        assert magic_kind == "line"
        self.magics[magic_name] = function


def test_the_magic_without_ipython(logdir, monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", None)
    monkeypatch.setitem(sys.modules, "IPython.display", None)
    shell = Shell()
    glassboard.load_ipython_extension(shell)
    board = shell.magics["glassboard"](f'--logdir "{logdir}" --height 400')
    with board:
        assert board.running and 'height="400"' in board._repr_html_()
        assert shell.magics["glassboard"](f"--logdir={logdir}") is board
    with pytest.raises(ValueError, match="expected --logdir DIR"):
        shell.magics["glassboard"]("--port 0")
