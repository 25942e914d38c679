"""Ask a running dashboard for all series of the run `long` at 1,000 pixels: python ask_series.py URL.

Prints the milliseconds of each request over one connection, the bytes of an answer, and how many points it is about.
"""

import http.client
import json
import sys
import time
import urllib.parse
import urllib.request

REQUESTS = 50

url = urllib.parse.urlsplit(sys.argv[1])
base = url.path.rstrip("/") + "/api/v1"


def get(path):
    with urllib.request.urlopen(f"{url.scheme}://{url.netloc}{base}/{path}") as answer:
        return json.load(answer)


while get("status")["phase"] == "loading":
    time.sleep(0.1)
run = next(run for run in get("runs")["runs"] if run["name"] == "long")
plugin = next(plugin for plugin in get("tags")["plugins"] if plugin["plugin"] == "scalars")
series = [{"run": run["id"], "tag": tag["tag"]} for tag in plugin["tags"]]

connection = http.client.HTTPConnection(url.netloc)


def ask(query):
    body = json.dumps({"x": {"kind": "step"}, "pixels": 1000, **query})
    times = []
    for _ in range(REQUESTS):
        began = time.perf_counter()
        connection.request("POST", f"{base}/scalars", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        size = len(answer.read())
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status == 200, answer.status
    return {"milliseconds": times, "bytes": size}


print(
    json.dumps(
        {
            "points": run["points"],
            "all": ask({"series": series}),
            "one": ask({"series": series[:1]}),
            "zoomed": ask({"series": series, "x_min": 400_000, "x_max": 410_000}),
        }
    )
)
