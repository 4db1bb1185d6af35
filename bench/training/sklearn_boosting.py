"""Trains scikit-learn's HistGradientBoosting on the data that run.mjs wrote; prints seconds and test AUC as JSON."""
import json
import sys
import time

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

folder, rows, test_rows, columns, rounds, leaves = sys.argv[1], *map(int, sys.argv[2:7])
values = np.fromfile(f"{folder}/x.f64", dtype=np.float64).reshape(columns, rows + test_rows).T
target = np.fromfile(f"{folder}/y.f64", dtype=np.float64).astype(int)
x, x_test = np.ascontiguousarray(values[:rows]), np.ascontiguousarray(values[rows:])
y, y_test = target[:rows], target[rows:]
model = HistGradientBoostingClassifier(
    max_iter=rounds, max_leaf_nodes=leaves, learning_rate=0.1, min_samples_leaf=20, l2_regularization=1.0, early_stopping=False
)
started = time.perf_counter()
model.fit(x, y)
seconds = time.perf_counter() - started
print(json.dumps({"seconds": seconds, "auc": roc_auc_score(y_test, model.predict_proba(x_test)[:, 1]), "version": sklearn.__version__}))
