"""Run by Python when a child process of `python -m glassboard run` starts; see `glassboard/_dropin.py`."""

import importlib.util
import os
import sys


def _start():
    here = os.path.dirname(os.path.abspath(__file__))
    path = os.path.join(os.path.dirname(here), "_dropin.py")
    spec = importlib.util.spec_from_file_location("_glassboard_dropin", path)
    dropin = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(dropin)
    dropin.install()

    # The one that Python would have imported without us.
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != here]
    del sys.modules["sitecustomize"]
    if importlib.util.find_spec("sitecustomize") is not None:
        importlib.import_module("sitecustomize")


_start()
