"""Write a log directory: python make_logdir.py many|long OUT, or python make_logdir.py images OUT GB.

many: 100 runs x 20 tags x 1,000 steps. long: one run, 10 tags x 1,000,000 steps. images: one run, GB gigabytes of
PNG pictures of noise, four tags.
"""

import io
import math
import os
import random
import struct
import sys

import crc32c


def masked(crc):
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(data):
    head = struct.pack("<Q", len(data))
    return b"".join(
        [head, struct.pack("<I", masked(crc32c.crc32c(head))), data, struct.pack("<I", masked(crc32c.crc32c(data)))]
    )


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def event(step, wall_time, what):
    return record(b"\x09" + struct.pack("<d", wall_time) + (b"\x10" + varint(step) if step else b"") + what)


def scalar(tag, value, step, wall_time):
    return event(step, wall_time, field(5, field(1, field(1, tag) + b"\x15" + struct.pack("<f", value))))


def create(path, seed):
    os.makedirs(path, exist_ok=True)
    file = open(f"{path}/events.out.tfevents.1700000000.host.{seed}.0", "wb", 1 << 20)  # noqa: SIM115
    file.write(event(0, 1.7e9, field(3, b"brain.Event:2")))
    return file


def scalars(path, tags, steps, seed):
    rng = random.Random(seed)
    tags = [tag.encode() for tag in tags]
    with create(path, seed) as file:
        for step in range(steps):
            wall_time = 1.7e9 + step
            for at, tag in enumerate(tags):
                value = math.exp(-step / steps * 3) + rng.random() * 0.1 * (at + 1)
                file.write(scalar(tag, value, step, wall_time))


def images(path, size_bytes, side=512):
    import numpy as np
    from PIL import Image

    encoded = io.BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (side, side, 3), np.uint8)).save(encoded, "PNG")
    # One picture again and again: what is measured depends on its length only, and not on its pixels.
    picture = b"\x08" + varint(side) + b"\x10" + varint(side) + b"\x18\x03" + field(4, encoded.getvalue())
    with create(path, 1) as file:
        step = 0
        while file.tell() < size_bytes:
            for tag in (b"images/a", b"images/b", b"images/c", b"images/d"):
                file.write(event(step, 1.7e9 + step, field(5, field(1, field(1, tag) + field(4, picture)))))
            step += 1


if __name__ == "__main__":
    kind, out = sys.argv[1:3]
    if kind == "many":
        for i in range(100):
            scalars(f"{out}/run{i:03d}", [f"loss/m{k}" for k in range(20)], 1000, i)
    elif kind == "long":
        scalars(f"{out}/long", [f"loss/m{k}" for k in range(10)], 1_000_000, 1)
    elif kind == "images":
        images(f"{out}/pictures", float(sys.argv[3]) * 1e9)
    else:
        sys.exit(f"no such kind: {kind}")
