"""Makes isolation-forest.json and kmeans.json, the expected values of scikit-learn for the specs beside the code.

    python -m venv .venv && .venv/bin/pip install scikit-learn==1.7.2
    .venv/bin/python make-unsupervised.py

Inputs are drawn here with NumPy's generator and rounded to float32, then stored; what scikit-learn says of them is stored
beside: IsolationForest.score_samples (the negative of the score of Liu, Ting and Zhou) and AUC on planted outliers; for
KMeans the inertia and labels from given initial centres, and the best inertia of ten k-means++ starts.
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest
from sklearn.ensemble._iforest import _average_path_length
from sklearn.metrics import roc_auc_score

here = pathlib.Path(__file__).parent
origin = f"scikit-learn {sklearn.__version__}, numpy {np.__version__}"


def rounded(values):
    return np.asarray(values, dtype=np.float32).astype(float)


def isolation():
    rng = np.random.default_rng(5)
    inliers = np.concatenate(
        [rng.normal([0, 0, 5, -1], [1, 2, 0.5, 1], (300, 4)), rng.normal([6, -4, 4, 2], [0.7, 1, 0.5, 1.5], (180, 4))]
    )
    outliers = rng.uniform([-6, -12, 1, -8], [12, 10, 9, 10], (20, 4))
    x = rounded(np.round(np.concatenate([inliers, outliers]), 4))
    planted = np.r_[np.zeros(len(inliers)), np.ones(len(outliers))]
    scores = []
    for seed in range(20):
        forest = IsolationForest(n_estimators=200, max_samples=256, random_state=seed).fit(x)
        scores.append(-forest.score_samples(x))
    # One tree on known rows: every split of {0, 1, 10} is known up to the order, so the mean over many trees has a closed form.
    many = IsolationForest(n_estimators=20000, max_samples=3, random_state=0).fit(np.array([[0.0], [1.0], [10.0]]))
    return {
        "origin": origin,
        "averagePathLength": {str(n): float(_average_path_length(np.array([n]))[0]) for n in [1, 2, 3, 10, 256, 1000]},
        "rows": x.tolist(),
        "planted": planted.astype(int).tolist(),
        "scores": np.mean(scores, axis=0).round(8).tolist(),
        "auc": float(np.mean([roc_auc_score(planted, one) for one in scores])),
        "threeRows": (-many.score_samples(np.array([[0.0], [1.0], [10.0]]))).round(6).tolist(),
    }


def kmeans():
    rng = np.random.default_rng(9)
    centres = rng.uniform(-10, 10, (6, 3))
    x = rounded(np.round(centres[rng.integers(0, 6, 400)] + rng.normal(0, 1.6, (400, 3)), 4))
    given = x[:6]
    cases = []
    for k in [2, 4, 6]:
        model = KMeans(n_clusters=k, init=given[:k], n_init=1, tol=0, max_iter=500, algorithm="lloyd").fit(x)
        cases.append({"clusters": k, "inertia": float(model.inertia_), "labels": model.labels_.tolist(), "iterations": int(model.n_iter_)})
    best = {
        str(k): float(KMeans(n_clusters=k, n_init=10, random_state=1, tol=0, max_iter=500).fit(x).inertia_) for k in [2, 3, 4, 5, 6, 8]
    }
    return {"origin": origin, "rows": x.tolist(), "fromGivenCentres": cases, "bestOfTen": best}


for name, made in [("isolation-forest", isolation()), ("kmeans", kmeans())]:
    (here / f"{name}.json").write_text(json.dumps(made, separators=(",", ":")) + "\n")
