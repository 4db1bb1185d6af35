"""A trainer for Crisol's model type `external`, with scikit-learn: random forest or linear model, for numbers and classes.

It works in its own folder: reads train.parquet and params.json, writes lines of JSON to standard output, and leaves
model.onnx, metrics.json and importance.json. Exit code 65 means: this table cannot be trained on (the reason is on
standard error). Parameters: {"model": "forest" | "linear", "trees": 100}.
"""

import json
import sys

import numpy as np
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def say(**line):
    print(json.dumps(line), flush=True)


def refuse(reason):
    print(reason, file=sys.stderr)
    sys.exit(65)


def read():
    """The table as the graph will get it: numbers as float32 with NaN, dates as days since 1970, texts with '' for missing."""
    spec = json.load(open("params.json"))
    raw = pd.read_parquet("train.parquet")
    table = pd.DataFrame()
    for column in spec["columns"]:
        name, values = column["name"], raw[column["name"]]
        if column["type"] == "text":
            table[name] = values.astype(object).where(values.notna(), "").astype(str)
        elif column["type"] in ("date", "timestamp"):
            table[name] = ((pd.to_datetime(values) - pd.Timestamp(0)) / pd.Timedelta(days=1)).astype(np.float32)
        else:
            table[name] = pd.to_numeric(values.astype(object), errors="coerce").astype(np.float32)
    return spec, table, raw[spec["target"]] if spec["target"] else None


def main():
    spec, table, target = read()
    params = spec["params"]
    if spec["task"] not in ("regression", "binary", "multiclass"):
        refuse(f"This trainer needs a target and cannot learn {spec['task']}.")
    say(progress=0.05, message=f"Read {len(table)} rows")
    texts = [c["name"] for c in spec["columns"] if c["type"] == "text"]
    numbers = [c["name"] for c in spec["columns"] if c["type"] != "text"]
    is_class = spec["task"] != "regression"
    if params.get("model", "forest") == "linear":
        last = LogisticRegression(max_iter=1000) if is_class else Ridge()
    else:
        options = {"n_estimators": params.get("trees", 100), "random_state": spec["seed"] % 2**32, "min_samples_leaf": 2}
        last = RandomForestClassifier(**options) if is_class else RandomForestRegressor(**options)
    steps = [("numbers", make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler()), numbers)] if numbers else []
    steps += [("texts", OneHotEncoder(handle_unknown="ignore", sparse_output=False), texts)] if texts else []
    model = make_pipeline(ColumnTransformer(steps), last)
    # Classes go in as positions: the probabilities then come in the order of the labels that Crisol names.
    y = target.map({label: i for i, label in enumerate(spec["labels"])}).to_numpy() if is_class else target.to_numpy(dtype=float)

    say(progress=0.1, message="Fitting")
    model.fit(table, y)
    say(progress=0.6, message="Measuring")
    if len(table) >= 30:
        scores = cross_val_score(model, table, y, cv=3, scoring="accuracy" if is_class else "r2")
        for fold, score in enumerate(scores):
            say(metric="fold_score", step=fold, value=float(score))
        json.dump({"cross_validated_" + ("accuracy" if is_class else "r2"): float(scores.mean())}, open("metrics.json", "w"))
    effect = permutation_importance(model, table, y, n_repeats=3, random_state=0, max_samples=min(1.0, 2000 / len(table)))
    shares = {name: max(0.0, float(v)) for name, v in zip(table.columns, effect.importances_mean)}
    json.dump(shares, open("importance.json", "w"))

    say(progress=0.9, message="Exporting")
    inputs = [(n, (StringTensorType if n in texts else FloatTensorType)([None, 1])) for n in table.columns]
    graph = to_onnx(model, initial_types=inputs, target_opset={"": 17, "ai.onnx.ml": 3}, options={id(model): {"zipmap": False}} if is_class else None)
    open("model.onnx", "wb").write(graph.SerializeToString())
    say(progress=1.0, message="Done")


main()
