"""Write histograms.json: what NumPy's histogram rules give on awkward and ordinary inputs.

    pip install numpy
    python make_histograms.py > histograms.json

`inputs` holds named lists of values; `cases` one entry for each input and rule with the edges and counts of
`numpy.histogram`, cut to the bins from the first to the last one that holds a value.
"""

import json
import sys

import numpy as np

rng = np.random.default_rng(20261122)
inputs = {
    "normal": rng.normal(size=1000),
    "uniform": rng.random(37),
    "skewed": rng.exponential(size=400),
    "offset": 1e6 + rng.normal(size=300) * 1e-3,
    "outlier": np.append(rng.normal(size=200), 40.0),
    "bimodal": np.concatenate([rng.normal(-3, 0.2, 150), rng.normal(3, 0.2, 151)]),
    "integers": rng.integers(-20, 20, size=250).astype(float),
    "mostly_zero": np.append(np.zeros(60), [1.0, -2.0, 3.5]),
    "constant": np.full(12, 2.5),
    "one": np.array([-7.25]),
    "two": np.array([1.0, 4.0]),
    "tiny": rng.normal(size=50) * 1e-300,
    "zeros": np.array([0.0, -0.0, 0.0]),
}

v, edges = 1e-12, []
while v < 1e20:
    edges.append(v)
    v *= 1.1
tensorflow = np.array([-e for e in edges[::-1]] + [0.0] + edges)
magnitudes = np.exp(rng.uniform(np.log(1e-14), np.log(5e20), size=400))
inputs["wide"] = magnitudes * rng.choice([-1.0, 1.0], size=400)
on = rng.choice(tensorflow, 60)
inputs["on_edges"] = np.concatenate([on, np.nextafter(on, np.inf), np.nextafter(on, -np.inf)])
inputs["outermost"] = np.array([tensorflow[0], tensorflow[-1], tensorflow[1], tensorflow[-2], 0.0, 1e-12, -1e-12])
inputs["not_finite"] = np.array([np.nan, np.inf, -np.inf, 1.0, 2.0, np.nan])

explicit = [-3.0, -1.0, -1.0, 0.0, 0.5, 2.5, 2.5]
rules = ["auto", "fd", "doane", "scott", "stone", "rice", "sturges", "sqrt", 1, 7, 64, explicit, "tensorflow"]
cases = []
for name, values in inputs.items():
    for rule in rules:
        spread = rule == "tensorflow" or isinstance(rule, list)
        if name in ("not_finite", "wide", "on_edges", "outermost") and not spread:
            continue
        bins = tensorflow if rule == "tensorflow" else rule
        try:
            counts, limits = np.histogram(values, bins=bins)
        except ValueError as error:
            cases.append({"input": name, "bins": rule, "error": str(error)})
            continue
        used = np.flatnonzero(counts)
        if len(used) == 0:
            cases.append({"input": name, "bins": rule, "error": "no value in any bin"})
            continue
        counts, limits = counts[used[0] : used[-1] + 1], limits[used[0] : used[-1] + 2]
        cases.append({"input": name, "bins": rule, "edges": limits.tolist(), "counts": counts.tolist()})

text = {name: [repr(float(value)) for value in values] for name, values in inputs.items()}
json.dump({"numpy": np.__version__, "inputs": text, "cases": cases}, sys.stdout, separators=(",", ":"))
