"""Load a log directory once with TensorBoard's data server: python load_peer.py LOGDIR.

Prints, with and without verified checksums, the seconds until its load cycle is finished and its peak memory.
"""

import json
import re
import subprocess
import sys
import tempfile
import time

import tensorboard_data_server


def load(logdir, checksum):
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        server = subprocess.Popen(
            [
                tensorboard_data_server.server_binary(),
                f"--logdir={logdir}",
                "--reload=once",
                "--port=0",
                f"--port-file={folder}/port",
                "--checksum" if checksum else "--no-checksum",
                "--verbose",
                "--die-after-stdin",
            ],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for line in server.stderr:
            if "load cycle" in line and re.search("finish", line, re.IGNORECASE):
                break
        else:
            sys.exit("the data server ended before it had loaded")
        seconds = time.perf_counter() - began
        with open(f"/proc/{server.pid}/status") as status:
            peak = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
        server.terminate()
        server.wait()
    return {"seconds": seconds, "peak_rss_bytes": peak}


if __name__ == "__main__":
    print(json.dumps({"checksum": load(sys.argv[1], True), "no_checksum": load(sys.argv[1], False)}))
