"""Times a dashboard on a profiler trace of a million events: `trace.py GLASSBOARD FOLDER`.

Writes the trace into the folder unless it is there, and prints as JSON: bytes, seconds until it is read, milliseconds
of a request of its whole timeline, of a thousandth of it and of the operator table, and the server's peak memory in MB.
"""

import json
import random
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

EVENTS = 1_000_000
STEP = 1_500  # events of a step
NAME = "run/million.pt.trace.json"
REPEATS = 7


def write(path: Path) -> None:
    """Steps of operators, each with one inside and a kernel on a device."""
    random.seed(1)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        now = 0.0

        def event(category: str, name: str, process: int, thread: int, start: float, took: float) -> str:
            return json.dumps(
                {
                    "ph": "X",
                    "cat": category,
                    "name": name,
                    "pid": process,
                    "tid": thread,
                    "ts": round(start, 3),
                    "dur": round(took, 3),
                    "args": {"External id": 1},
                }
            )

        events = []
        for step in range(EVENTS // STEP):
            begin = now
            for _ in range(STEP // 3):
                took = random.uniform(20, 200)
                kernel = f"void cudnn::kernel_{random.randrange(40)}"
                events.append(event("cpu_op", "aten::conv2d", 1, 1, now, took))
                inner = random.choice(["aten::convolution", "aten::relu", "aten::addmm"])
                events.append(event("cpu_op", inner, 1, 1, now + 1, took - 2))
                events.append(event("kernel", kernel, 0, 7, now + 10, took * 0.7))
                now += took + random.uniform(0, 5)
            events.append(event("user_annotation", f"ProfilerStep#{step}", 1, 1, begin, now - begin))
        file.write('{"schemaVersion": 1, "traceEvents": [\n' + ",\n".join(events) + "\n]}")


def main() -> None:
    glassboard, folder = sys.argv[1], Path(sys.argv[2])
    path = folder / NAME
    if not path.exists():
        write(path)
    server = subprocess.Popen([glassboard, "--logdir", str(folder), "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        url = next(word for word in server.stdout.readline().split() if word.startswith("http://"))

        def ask(route: str, **query: object) -> bytes:
            text = urllib.parse.urlencode(query)
            with urllib.request.urlopen(f"{url}api/v1/{route}?{text}") as answer:
                return answer.read()

        def median_ms(route: str, **query: object) -> float:
            times = []
            for _ in range(REPEATS):
                start = time.perf_counter()
                ask(route, path=NAME, **query)
                times.append(time.perf_counter() - start)
            return sorted(times)[REPEATS // 2] * 1e3

        while not json.loads(ask("traces"))["traces"]:
            time.sleep(0.05)
        start = time.perf_counter()
        while (state := json.loads(ask("trace", path=NAME)))["phase"] != "done":
            time.sleep(0.02)
        read = time.perf_counter() - start
        overview = state["overview"]
        end = overview["duration_ns"]
        lanes = ",".join(str(lane) for lane in range(len(overview["lanes"])))
        timeline = {"width": 1_000, "lanes": lanes, "find": ""}
        whole = median_ms("trace/timeline", **{"from": 0, "to": end}, **timeline)
        part = median_ms("trace/timeline", **{"from": end // 2, "to": end // 2 + end // 1_000}, **timeline)
        report = {
            "events": overview["events"],
            "bytes": path.stat().st_size,
            "read_secs": read,
            "timeline_ms": whole,
            "timeline_zoomed_ms": part,
            "operators_ms": median_ms("trace/operators"),
        }
        status = Path(f"/proc/{server.pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        report["peak_mb"] = int(peak.split()[1]) // 1024
        print(json.dumps(report))
    finally:
        server.kill()
        server.wait()


main()
