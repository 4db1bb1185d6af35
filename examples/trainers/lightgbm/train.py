"""A trainer for Crisol's model type `external`, with LightGBM, for numbers and classes.

It works in its own folder: reads train.parquet and params.json, writes lines of JSON to standard output (progress and the
loss by round), and leaves model.onnx, metrics.json and importance.json. The graph has one wide input; Crisol puts it together
from the columns. That takes numeric columns only: a text column is refused with exit code 65. Parameters: {"rounds": 100,
"learning_rate": 0.1, "leaves": 31}.
"""

import json
import sys

import lightgbm
import numpy as np
import pandas as pd
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType


def say(**line):
    print(json.dumps(line), flush=True)


def refuse(reason):
    print(reason, file=sys.stderr)
    sys.exit(65)


def days(values):
    return (pd.to_datetime(values) - pd.Timestamp(0)) / pd.Timedelta(days=1)


def main():
    spec = json.load(open("params.json"))
    raw = pd.read_parquet("train.parquet")
    texts = [c["name"] for c in spec["columns"] if c["type"] == "text"]
    if texts:
        refuse(f"This trainer takes numbers only; leave out {', '.join(texts)}.")
    if spec["task"] not in ("regression", "binary", "multiclass"):
        refuse(f"This trainer needs a target and cannot learn {spec['task']}.")
    columns = [
        days(raw[c["name"]]) if c["type"] in ("date", "timestamp") else pd.to_numeric(raw[c["name"]].astype(object), errors="coerce")
        for c in spec["columns"]
    ]
    x = np.column_stack([np.asarray(values, dtype=np.float32) for values in columns])
    is_class = spec["task"] != "regression"
    # Classes go in as positions: the probabilities then come in the order of the labels that Crisol names.
    target = raw[spec["target"]]
    y = target.map({label: i for i, label in enumerate(spec["labels"])}).to_numpy() if is_class else target.to_numpy(dtype=float)
    params = spec["params"]
    rounds = params.get("rounds", 100)
    options = {
        "n_estimators": rounds,
        "learning_rate": params.get("learning_rate", 0.1),
        "num_leaves": params.get("leaves", 31),
        "random_state": spec["seed"] % 2**31,
        "n_jobs": 1,
        "deterministic": True,
        "verbose": -1,
    }
    model = lightgbm.LGBMClassifier(**options) if is_class else lightgbm.LGBMRegressor(**options)

    # A tenth of the rows is held back to draw the curve.
    held = np.random.default_rng(spec["seed"]).random(len(y)) < 0.1
    held = held if 0 < held.sum() < len(y) else np.arange(len(y)) % 10 == 0

    def each(env):
        say(progress=0.9 * (env.iteration + 1) / rounds, message=f"Round {env.iteration + 1} of {rounds}")
        for _, _, value, _ in env.evaluation_result_list:
            say(metric="validation_loss", step=env.iteration + 1, value=float(value))

    model.fit(x[~held], y[~held], eval_set=[(x[held], y[held])], callbacks=[each])
    losses = next(iter(model.evals_result_["valid_0"].values()))
    json.dump({"best_validation_loss": float(min(losses))}, open("metrics.json", "w"))
    gains = model.booster_.feature_importance("gain")
    json.dump({c["name"]: float(gain) for c, gain in zip(spec["columns"], gains)}, open("importance.json", "w"))
    graph = convert_lightgbm(model, initial_types=[("input", FloatTensorType([None, x.shape[1]]))], target_opset=15)
    open("model.onnx", "wb").write(graph.SerializeToString())
    say(progress=1.0, message="Done")


main()
