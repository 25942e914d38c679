"""Write averages.json: scikit-learn's areas of several labels.

pip install scikit-learn
python make_averages.py > averages.json
"""

import json

import numpy as np
from sklearn import metrics

y = np.array([[1, 0, 1], [0, 1, 1], [1, 1, 0], [0, 0, 1]])
s = np.array([[0.8, 0.3, 0.6], [0.4, 0.9, 0.5], [0.3, 0.2, 0.7], [0.1, 0.6, 0.4]])
w = np.array([1.0, 2.0, 0.5, 1.5])


def plain(value):
    return value.tolist() if isinstance(value, np.ndarray) else float(value)


print(
    json.dumps(
        {
            kind: {
                str(average): {
                    "roc_auc": plain(metrics.roc_auc_score(y, s, average=average, sample_weight=weight)),
                    "average_precision": plain(
                        metrics.average_precision_score(y, s, average=average, sample_weight=weight)
                    ),
                }
                for average in ("micro", "macro", "samples", "weighted", None)
            }
            for kind, weight in (("plain", None), ("weighted", w))
        },
        indent=1,
    )
)
