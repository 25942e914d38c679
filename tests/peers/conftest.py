"""What the comparisons share: our command, our writer, TensorBoard's data server."""

import contextlib
import json
import os
import re
import subprocess
import time
import urllib.parse
import urllib.request

import pytest


def program(variable):
    path = os.environ.get(variable)
    assert path, f"{variable} is not set: run `cargo xtask test --peers`"
    return path


@pytest.fixture(scope="session")
def peers_write():
    """Plays a script of calls with our writer."""

    def play(script):
        subprocess.run([program("GLASSBOARD_PEERS_WRITE"), str(script)], check=True)

    return play


class Dashboard:
    """Our server over a log directory, asked as a script would ask it."""

    def __init__(self, url):
        self.url = url

    def get(self, path, **query):
        query = urllib.parse.urlencode({name: value for name, value in query.items() if value is not None})
        with urllib.request.urlopen(f"{self.url}api/v1/{path}?{query}") as answer:
            return answer.read()

    def json(self, path, **query):
        return json.loads(self.get(path, **query))

    def post(self, path, body):
        head = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}api/v1/{path}", json.dumps(body).encode(), head)
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())


@pytest.fixture
def dashboard():
    """Serves log directories with our command until the test ends."""
    with contextlib.ExitStack() as stack:

        def serve(logdir):
            command = [program("GLASSBOARD_BIN"), "--logdir", str(logdir), "--port", "0"]
            server = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            stack.callback(server.terminate)
            for line in server.stdout:
                if found := re.search(r"http://\S+", line):
                    board = Dashboard(found[0])
                    wait_until(lambda board=board: board.json("status")["phase"] != "loading")
                    return board
            raise AssertionError("the server ended without printing its address")

        yield serve


def wait_until(true, seconds=60):
    """Asks until it is so; fails after a while."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


@pytest.fixture
def data_server(tmp_path):
    """Loads log directories once with TensorBoard's own data server, and gives its data provider."""
    import grpc
    import tensorboard_data_server
    from tensorboard.data import grpc_provider

    with contextlib.ExitStack() as stack:

        def serve(logdir):
            port_file = tmp_path / "port"
            port_file.unlink(missing_ok=True)
            command = [
                tensorboard_data_server.server_binary(),
                f"--logdir={logdir}",
                "--reload=once",
                "--port=0",
                f"--port-file={port_file}",
                "--samples-per-plugin=scalars=all,histograms=all,images=all,text=all,tensor=all,hparams=all",
                "--die-after-stdin",
                "--checksum",
            ]
            server = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE))
            stack.callback(server.terminate)
            wait_until(lambda: port_file.exists() and port_file.read_text().endswith("\n"))
            channel = grpc.secure_channel(
                f"localhost:{port_file.read_text().strip()}",
                grpc.local_channel_credentials(),
                options=[("grpc.max_receive_message_length", 1 << 28)],
            )
            stack.callback(channel.close)
            return grpc_provider.GrpcDataProvider("localhost", grpc_provider.make_stub(channel))

        yield serve
