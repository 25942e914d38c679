"""Time a peer's `add_scalar`: python write_peer.py torch|tensorboardX. Prints microseconds a call, to disk."""

import json
import sys
import tempfile
import time

if sys.argv[1] == "torch":
    from torch.utils.tensorboard import SummaryWriter
else:
    from tensorboardX import SummaryWriter

CALLS = 50_000

with tempfile.TemporaryDirectory() as folder:
    writer = SummaryWriter(folder)
    began = time.perf_counter()
    for step in range(CALLS):
        writer.add_scalar("loss/train", 0.5 * step, step)
    writer.close()
    print(json.dumps({"microseconds": (time.perf_counter() - began) / CALLS * 1e6}))
