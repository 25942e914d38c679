"""Write what SciPy and scikit-learn say about a sweep of 200 sessions, for the page's tests.

    pip install numpy scipy scikit-learn
    python make_hparam_statistics.py OUT_FILE

The JSON file holds the columns, the metric, Pearson's and Spearman's correlations (SciPy), and the permutation
importance of a random forest (scikit-learn), measured on 2,000 further sessions and divided by their variance.
"""

import json
import sys

import numpy as np
from scipy import stats
from sklearn.ensemble import RandomForestRegressor
from sklearn.inspection import permutation_importance

SESSIONS = 200
rng = np.random.default_rng(11)


def sweep(count):
    lr = 10 ** rng.uniform(-4, -1, count)
    layers = rng.integers(1, 6, count).astype(float)
    nesterov = rng.integers(0, 2, count).astype(float)
    seed = rng.integers(0, 1000, count).astype(float)
    log_lr = np.log10(lr)
    # Best at 10^-2.5; more layers help; nesterov helps a little; the seed does nothing.
    metric = 0.9 - 0.15 * (log_lr + 2.5) ** 2 + 0.03 * layers + 0.01 * nesterov + rng.normal(0, 0.01, count)
    return np.column_stack([lr, layers, nesterov, seed]), metric


columns = ["lr", "layers", "nesterov", "seed"]
x, y = sweep(SESSIONS)
unseen_x, unseen_y = sweep(2_000)
forest = RandomForestRegressor(500, max_features=2, min_samples_leaf=2, oob_score=True, random_state=0).fit(x, y)
importance = permutation_importance(
    forest, unseen_x, unseen_y, scoring="neg_mean_squared_error", n_repeats=20, random_state=0
)
json.dump(
    {
        "columns": {name: x[:, i].tolist() for i, name in enumerate(columns)},
        "metric": y.tolist(),
        "pearson": {name: stats.pearsonr(x[:, i], y).statistic for i, name in enumerate(columns)},
        "spearman": {name: stats.spearmanr(x[:, i], y).statistic for i, name in enumerate(columns)},
        "permutation": {name: importance.importances_mean[i] / unseen_y.var() for i, name in enumerate(columns)},
        "r2": forest.oob_score_,
    },
    open(sys.argv[1], "w"),
    indent=1,
)
