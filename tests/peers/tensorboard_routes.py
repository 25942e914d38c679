"""TensorBoard over a log directory, asked through the HTTP routes of its plugins without a port."""

from tensorboard import default, program
from tensorboard.backend import application
from werkzeug.test import Client


def serve(logdir):
    board = program.TensorBoard(plugins=default.get_plugins())
    options = ("--load_fast=false", "--reload_interval=0", "--reload_task=blocking")
    board.configure(argv=["tensorboard", f"--logdir={logdir}", *options])
    provider, multiplexer = board._make_data_provider()
    app = application.TensorBoardWSGIApp(
        board.flags, board.plugin_loaders, provider, board.assets_zip_provider, multiplexer
    )
    client = Client(app)

    def get(path, **query):
        answer = client.get(f"/data/{path}", query_string=query or None)
        assert answer.status_code == 200, (path, answer.get_data())
        return answer.get_data()

    return get
