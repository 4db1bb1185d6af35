"""Makes model-comparison.json: figures of SciPy and scikit-learn for inputs that stand beside them.

Run it with any Python that has both; its output says which versions made it:

    python model-comparison.py > model-comparison.json
"""

import json

import numpy as np
import scipy
import sklearn
from scipy import special, stats
from sklearn import metrics

random = np.random.default_rng(20)


def plain(value):
    if isinstance(value, (np.ndarray, list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, (np.integer, int)) and not isinstance(value, bool):
        return int(value)
    return float(value)


def beta():
    cases = [(x, a, b) for x in (1e-6, 0.01, 0.3, 0.5, 0.9, 0.999) for a in (0.5, 2, 7.5, 60) for b in (0.5, 3, 40)]
    return [[x, a, b, plain(special.betainc(a, b, x))] for x, a, b in cases]


def student():
    cases = [(t, df) for t in (0.0, 0.1, 1.0, 2.5, 7.0, 40.0) for df in (1, 2, 4, 9, 19, 200)]
    return [[t, df, plain(2 * stats.t.sf(t, df))] for t, df in cases]


def reach():
    return [[c, df, plain(stats.t.ppf(1 - (1 - c) / 2, df))] for c in (0.9, 0.95, 0.99) for df in (1, 2, 4, 9, 49, 500)]


def wilcoxon():
    rows = []
    for n, kind in [(5, "plain"), (10, "plain"), (30, "plain"), (50, "plain"), (60, "plain"), (8, "tied"), (12, "tied"), (40, "tied"), (12, "zeros"), (30, "zeros")]:
        d = random.normal(0.3, 1, n)
        if kind != "plain":
            d = np.round(d * 2) / 2
        if kind == "tied":
            d[d == 0] = 0.5
        if kind == "zeros":
            d[:2] = 0
        exact = kind == "plain" and n <= 50
        signs = not exact and n <= 13
        method = "exact" if exact else stats.PermutationMethod(n_resamples=np.inf) if signs else "asymptotic"
        found = stats.wilcoxon(d, method=method, correction=True, zero_method="wilcox")
        rows.append([plain(d), plain(found.statistic), plain(found.pvalue), "exact" if exact else "signs" if signs else "normal"])
    return rows


def corrected_t():
    """Nadeau and Bengio's formula with SciPy's distribution: neither library has the test."""
    rows = []
    for folds in (5, 10):
        d = random.normal(0.01, 0.02, folds)
        share = 1 / (folds - 1)
        t = d.mean() / np.sqrt((1 / folds + share) * d.var(ddof=1))
        rows.append([plain(d), share, plain(t), plain(2 * stats.t.sf(abs(t), folds - 1))])
    return rows


def spearman():
    a = np.round(random.normal(size=40), 1)
    b = np.round(a + random.normal(size=40), 1)
    return [plain(a), plain(b), plain(stats.spearmanr(a, b).statistic)]


def binary():
    truth = random.integers(0, 2, 120)
    scores = np.round(np.clip(0.3 * truth + 0.7 * random.random(120), 0, 1), 2)
    weights = random.integers(0, 4, 120)
    decisions = (scores >= 0.5).astype(int)

    def figures(w):
        t, s, d = np.repeat(truth, w), np.repeat(scores, w), np.repeat(decisions, w)
        return {
            "auc": plain(metrics.roc_auc_score(t, s)),
            "averagePrecision": plain(metrics.average_precision_score(t, s)),
            "logLoss": plain(-np.mean(np.log(np.clip(np.where(t == 1, s, 1 - s), 2**-52, 1 - 2**-52)))),
            "brier": plain(metrics.brier_score_loss(t, s)),
            "accuracy": plain(metrics.accuracy_score(t, d)),
            "balancedAccuracy": plain(metrics.balanced_accuracy_score(t, d)),
            "precision": plain(metrics.precision_score(t, d)),
            "recall": plain(metrics.recall_score(t, d)),
            "specificity": plain(metrics.recall_score(t, d, pos_label=0)),
            "f1": plain(metrics.f1_score(t, d)),
            "mcc": plain(metrics.matthews_corrcoef(t, d)),
        }

    precision, recall, _ = metrics.precision_recall_curve(truth, scores)
    return {
        "truth": plain(truth),
        "scores": plain(scores),
        "weights": plain(weights),
        "plain": figures(np.ones(120, dtype=int)),
        "weighted": figures(weights),
        "precisionRecall": [plain(recall[::-1]), plain(precision[::-1])],
    }


def multiclass():
    truth = random.integers(0, 3, 150)
    raw = random.random((150, 3)) + 0.8 * np.eye(3)[truth]
    p = raw / raw.sum(axis=1, keepdims=True)
    weights = random.integers(0, 4, 150)
    predictions = p.argmax(axis=1)

    def figures(w):
        t, d, q = np.repeat(truth, w), np.repeat(predictions, w), np.repeat(p, w, axis=0)
        return {
            "accuracy": plain(metrics.accuracy_score(t, d)),
            "balancedAccuracy": plain(metrics.balanced_accuracy_score(t, d)),
            "precisionMacro": plain(metrics.precision_score(t, d, average="macro")),
            "recallMacro": plain(metrics.recall_score(t, d, average="macro")),
            "f1Macro": plain(metrics.f1_score(t, d, average="macro")),
            "f1Weighted": plain(metrics.f1_score(t, d, average="weighted")),
            "mcc": plain(metrics.matthews_corrcoef(t, d)),
            "logLoss": plain(metrics.log_loss(t, q)),
            "aucOvr": plain(metrics.roc_auc_score(t, q, multi_class="ovr")),
        }

    return {
        "truth": plain(truth),
        "probabilities": plain(p.T),
        "weights": plain(weights),
        "plain": figures(np.ones(150, dtype=int)),
        "weighted": figures(weights),
    }


def regression():
    truth = random.normal(1000, 5, 90)
    predictions = truth + random.normal(0.5, 2, 90)
    weights = random.integers(0, 4, 90)

    def figures(w):
        t, f = np.repeat(truth, w), np.repeat(predictions, w)
        return {
            "rmse": plain(metrics.root_mean_squared_error(t, f)),
            "mae": plain(metrics.mean_absolute_error(t, f)),
            "medianAe": plain(metrics.median_absolute_error(t, f)),
            "r2": plain(metrics.r2_score(t, f)),
            "mape": plain(metrics.mean_absolute_percentage_error(t, f)),
        }

    return {
        "truth": plain(truth),
        "predictions": plain(predictions),
        "weights": plain(weights),
        "plain": figures(np.ones(90, dtype=int)),
        "weighted": figures(weights),
    }


def bootstrap():
    """BCa interval of a difference of two mean squared errors on the same rows."""
    truth = random.normal(size=150)
    a = truth + random.normal(0, 1.0, 150)
    b = truth + random.normal(0, 0.8, 150)
    losses = ((b - truth) ** 2, (a - truth) ** 2)

    def difference(x, y, axis):
        return np.sqrt(x.mean(axis=axis)) - np.sqrt(y.mean(axis=axis))

    found = stats.bootstrap(losses, difference, paired=True, vectorized=True, n_resamples=200_000, method="BCa", rng=1, batch=2_000)
    low, high = found.confidence_interval
    return {"truth": plain(truth), "a": plain(a), "b": plain(b), "low": plain(low), "high": plain(high)}


print(
    json.dumps(
        {
            "made": f"SciPy {scipy.__version__}, scikit-learn {sklearn.__version__}",
            "beta": beta(),
            "student": student(),
            "reach": reach(),
            "wilcoxon": wilcoxon(),
            "correctedT": corrected_t(),
            "spearman": spearman(),
            "binary": binary(),
            "multiclass": multiclass(),
            "regression": regression(),
            "bootstrap": bootstrap(),
        }
    )
)
