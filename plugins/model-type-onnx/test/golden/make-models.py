"""Makes the small real exports in this folder: NAME.onnx, and NAME.json with inputs and what the trainer itself answers.

    python -m venv .venv
    .venv/bin/pip install scikit-learn==1.7.2 skl2onnx==1.20.0 onnxmltools==1.16.0 lightgbm==4.7.0 xgboost==3.2.0 catboost==1.2.10 onnx pandas
    .venv/bin/python make-models.py

Expected values come from the library that trained the model (predict, predict_proba), never from a run of the graph.
"""

import json
import pathlib

import numpy as np
import pandas as pd
from catboost import CatBoostClassifier, CatBoostRegressor
from lightgbm import LGBMClassifier, LGBMRegressor
from onnxmltools import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as MlFloat
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import IsolationForest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from xgboost import XGBClassifier, XGBRegressor

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(3)
n, shown = 240, 12
x = rng.normal(0, 1, (n, 4)).round(3).astype(np.float32)
number = (2 * x[:, 0] - x[:, 1] + np.sin(3 * x[:, 2])).astype(np.float32)
binary = np.where(number > 0, "yes", "no")
three = np.where(number > 1, "high", np.where(number > -1, "middle", "low"))
codes = np.where(number > 1, 2, np.where(number > -1, 1, 0))
frame = pd.DataFrame({"age": x[:, 0] * 10 + 40, "income": x[:, 1] * 1000 + 3000, "city": rng.choice(["Lima", "Quito", "La Paz"], n)})
frame["age"] = frame["age"].astype(np.float32)
frame["income"] = frame["income"].astype(np.float32)


def write(name, model, inputs, task, labels, expected):
    data = model.SerializeToString() if hasattr(model, "SerializeToString") else pathlib.Path(model).read_bytes()
    (here / f"{name}.onnx").write_bytes(data)
    (here / f"{name}.json").write_text(
        json.dumps({"task": task, "labels": labels, "inputs": inputs, **expected}, separators=(",", ":")) + "\n"
    )
    print(name, len(data))


def wide(name="X"):
    return [{"name": name, "type": "float32", "dims": [shown, 4], "data": [float(v) for v in x[:shown].ravel()]}]


def probabilities(values):
    return {"probabilities": [[round(float(v), 9) for v in row] for row in values]}


def prediction(values):
    return {"prediction": [round(float(v), 7) for v in np.ravel(values)]}




def sklearn_models():
    initial = [("X", FloatTensorType([None, 4]))]
    for zipmap in (True, False):
        model = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, three)
        graph = to_onnx(model, initial_types=initial, target_opset=17, options={id(model): {"zipmap": zipmap}})
        write(f"sklearn-logistic-{'zipmap' if zipmap else 'tensor'}", graph, wide(), "multiclass", list(model.classes_), probabilities(model.predict_proba(x[:shown])))
    model = LogisticRegression().fit(x, codes)
    write("sklearn-integer-classes", to_onnx(model, initial_types=initial, target_opset=17), wide(), "multiclass", ["0", "1", "2"], probabilities(model.predict_proba(x[:shown])))
    model = Ridge().fit(x, number)
    write("sklearn-ridge", to_onnx(model, initial_types=initial, target_opset=17), wide(), "regression", [], prediction(model.predict(x[:shown])))
    model = MLPClassifier(hidden_layer_sizes=(8,), max_iter=2000, random_state=1).fit(x, binary)
    write("sklearn-mlp-classifier", to_onnx(model, initial_types=initial, target_opset=17), wide(), "binary", ["no", "yes"], probabilities(model.predict_proba(x[:shown])))
    model = MLPRegressor(hidden_layer_sizes=(8,), max_iter=2000, random_state=1).fit(x, number)
    write("sklearn-mlp-regressor", to_onnx(model, initial_types=initial, target_opset=17), wide(), "regression", [], prediction(model.predict(x[:shown])))
    columns = ColumnTransformer(
        [("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "income"]), ("texts", OneHotEncoder(handle_unknown="ignore"), ["city"])]
    )
    model = make_pipeline(columns, LogisticRegression()).fit(frame, binary)
    named = [("age", FloatTensorType([None, 1])), ("income", FloatTensorType([None, 1])), ("city", StringTensorType([None, 1]))]
    few = frame[:shown]
    inputs = [
        {"name": "age", "type": "float32", "dims": [shown, 1], "data": [float(v) for v in few["age"]]},
        {"name": "income", "type": "float32", "dims": [shown, 1], "data": [float(v) for v in few["income"]]},
        {"name": "city", "type": "string", "dims": [shown, 1], "data": list(few["city"])},
    ]
    write("sklearn-columns", to_onnx(model, initial_types=named, target_opset=17), inputs, "binary", ["no", "yes"], probabilities(model.predict_proba(few)))
    model = KMeans(n_clusters=3, n_init=3, random_state=1).fit(x)
    write("sklearn-kmeans", to_onnx(model, initial_types=initial, target_opset=17), wide(), "clustering", [], {"label": [int(v) for v in model.predict(x[:shown])]})
    model = IsolationForest(n_estimators=20, max_samples=64, random_state=1).fit(x)
    write("sklearn-isolation-forest", to_onnx(model, initial_types=initial, target_opset={"": 17, "ai.onnx.ml": 3}), wide(), "anomaly", [], {"scores": [round(float(v), 7) for v in model.decision_function(x[:shown])]})


def boosted():
    initial = [("X", MlFloat([None, 4]))]
    model = LGBMClassifier(n_estimators=10, num_leaves=7, verbose=-1).fit(x, three)
    write("lightgbm-classifier", convert_lightgbm(model, initial_types=initial, target_opset=15), wide(), "multiclass", list(model.classes_), probabilities(model.predict_proba(x[:shown])))
    model = LGBMClassifier(n_estimators=10, num_leaves=7, verbose=-1).fit(x, (codes > 0).astype(int))
    write("lightgbm-tensor", convert_lightgbm(model, initial_types=initial, target_opset=15, zipmap=False), wide(), "binary", ["0", "1"], probabilities(model.predict_proba(x[:shown])))
    model = LGBMRegressor(n_estimators=10, num_leaves=7, verbose=-1).fit(x, number)
    write("lightgbm-regressor", convert_lightgbm(model, initial_types=initial, target_opset=15), wide(), "regression", [], prediction(model.predict(x[:shown])))
    model = XGBClassifier(n_estimators=10, max_depth=3).fit(x, codes)
    write("xgboost-classifier", convert_xgboost(model, initial_types=initial, target_opset=15), wide(), "multiclass", ["0", "1", "2"], probabilities(model.predict_proba(x[:shown])))
    model = XGBRegressor(n_estimators=10, max_depth=3).fit(x, number)
    write("xgboost-regressor", convert_xgboost(model, initial_types=initial, target_opset=15), wide(), "regression", [], prediction(model.predict(x[:shown])))
    saved = here / "catboost.tmp"
    model = CatBoostClassifier(iterations=10, depth=3, verbose=0, allow_writing_files=False).fit(x, three)
    model.save_model(saved, format="onnx")
    write("catboost-classifier", saved, wide("features"), "multiclass", [str(c) for c in model.classes_], probabilities(model.predict_proba(x[:shown])))
    model = CatBoostRegressor(iterations=10, depth=3, verbose=0, allow_writing_files=False).fit(x, number)
    model.save_model(saved, format="onnx")
    write("catboost-regressor", saved, wide("features"), "regression", [], prediction(model.predict(x[:shown])))
    saved.unlink()


sklearn_models()
boosted()
