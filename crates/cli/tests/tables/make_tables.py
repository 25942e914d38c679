"""Write the same 60 samples as Parquet (each codec, many types) and .npz, and scikit-learn's results for them.

pip install numpy pyarrow scikit-learn
python make_tables.py
"""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn import metrics

folder = Path(__file__).parent
rng = np.random.default_rng(11)
y = rng.integers(0, 2, 60)
p = np.round(np.clip(rng.normal(0.4 + 0.25 * y, 0.2), 0, 1), 2)
q = rng.normal(y * 0.8, 1.0).astype(np.float32)
w = np.round(rng.random(60) + 0.5, 3)
kind = np.where(y == 1, "cat", np.where(np.arange(60) % 2, "dog", "fish"))

table = pa.table(
    {
        "y": y,
        "flag": y == 1,
        "kind": kind,
        "kind_dictionary": pa.array(kind).dictionary_encode(),
        "p": p,
        "q": q,
        "q16": q.astype(np.float16),
        "w": w,
        "small": y.astype(np.uint8),
        "large": y.astype(np.uint64),
        "gaps": pa.array([None if i == 7 else float(v) for i, v in enumerate(p)]),
        "lists": pa.array([[1.0]] * 60),
    }
)
for codec in ("none", "snappy", "gzip", "zstd", "lz4"):
    pq.write_table(table, folder / f"{codec}.parquet", compression=codec, row_group_size=25)
arrays = {
    "y": y,
    "flag": y == 1,
    "p": p,
    "q": q,
    "w": w,
    "column": p.reshape(-1, 1),
    "small": y.astype(np.int8),
    "big_endian": p.astype(">f8"),
    "table": np.zeros((3, 2)),
    "short": p[:5],
    "texts": kind,
    "holes": np.where(np.arange(60) == 3, np.nan, p),
}
np.savez(folder / "plain.npz", **arrays)
np.savez_compressed(folder / "compressed.npz", **arrays)
rows = ["y,kind,p,q,w", *(f"{a},{b},{c},{d},{e}" for a, b, c, d, e in zip(y, kind, p, q.astype(float), w, strict=True))]
(folder / "commas.csv").write_text("\n".join(rows) + "\n")


def results(score, weight=None):
    precision, recall, thresholds = metrics.precision_recall_curve(y, score, sample_weight=weight)
    f1 = [2 * a * b / (a + b) if a + b else 0 for a, b in zip(precision, recall, strict=True)]
    best = max(range(len(thresholds)), key=lambda at: (f1[at], thresholds[at]))
    return {
        "average_precision": metrics.average_precision_score(y, score, sample_weight=weight),
        "roc_auc": metrics.roc_auc_score(y, score, sample_weight=weight),
        "best_f1": f1[best],
        "best_f1_threshold": float(thresholds[best]),
    }


(folder / "expected.json").write_text(
    json.dumps(
        {
            "p": results(p),
            "q": results(q),
            "p weighted": results(p, w),
            "q16": results(q.astype(np.float16).astype(float)),
        },
        indent=2,
    )
    + "\n"
)
