"""Precision-recall and ROC curves: log them while training, compute them exactly, draw them.

python curves.py [LOGDIR]
glassboard --logdir runs
"""

import sys
from pathlib import Path

import glassboard
import numpy as np
from glassboard import metrics

logdir = sys.argv[1] if len(sys.argv) > 1 else "runs/curves"
rng = np.random.default_rng(0)

labels = rng.random(5000) < 0.2
guesses = {}
with glassboard.SummaryWriter(logdir) as writer:
    for step, skill in enumerate((0.5, 1.0, 2.0)):
        logits = skill * np.where(labels, 1, -1) + rng.normal(size=labels.size)
        guesses[f"skill {skill}"] = scores = 1 / (1 + np.exp(-logits))
        writer.add_pr_curve("detector/pr", labels, scores, step)
        writer.add_roc_curve("detector/roc", labels, scores, step)
        writer.add_scalar("detector/auc", metrics.roc_auc_score(labels, scores), step)
        writer.add_scalar("detector/average_precision", metrics.average_precision_score(labels, scores), step)

# scikit-learn's functions, parameters and results.
precision, recall, thresholds = metrics.precision_recall_curve(labels, scores)
print(f"{len(thresholds)} thresholds; at the median one, precision {np.median(precision):.3f}")

best = metrics.best_f1(labels, scores)
print(f"largest F1: {best.f1:.3f} at threshold {best.threshold:.3f}")
cheapest = metrics.lowest_cost(labels, scores, false_positive_cost=1, false_negative_cost=20)
print(f"a miss costs 20 false alarms: operate at {cheapest.threshold:.3f}, recall {cheapest.recall:.3f}")

picture = Path(logdir) / "curves.svg"
glassboard.plot.curves(labels, guesses, path=picture)
print(f"all curves are drawn in {picture}")
