"""Run `glassboard summary MODEL` once, and print its seconds and its peak memory as JSON.

python summary.py GLASSBOARD MODEL
"""

import json
import resource
import subprocess
import sys
import time

start = time.perf_counter()
shown = subprocess.run([sys.argv[1], "summary", sys.argv[2]], check=True, capture_output=True, text=True)
seconds = time.perf_counter() - start
# Linux counts in kilobytes.
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
print(json.dumps({"seconds": seconds, "peak_rss_bytes": peak, "rows": len(shown.stdout.splitlines())}))
