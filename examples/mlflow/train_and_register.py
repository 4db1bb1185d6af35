"""Trains, logs, registers and serves by MLflow's own client. See README.md beside this file."""

import json
import os
import time
import urllib.error
import urllib.request

import mlflow
import mlflow.onnx
from mlflow import MlflowClient
from mlflow.models import infer_signature
from skl2onnx import to_onnx
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

NAME = "wine"
URI = os.environ["MLFLOW_TRACKING_URI"].rstrip("/")
TOKEN = os.environ["MLFLOW_TRACKING_TOKEN"]


def call(method, path, body):
    request = urllib.request.Request(
        URI + path,
        data=json.dumps(body).encode(),
        method=method,
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        if error.code == 409:  # the endpoint is there from the run before
            return None
        raise SystemExit(f"{method} {path}: {error.read().decode()}")


features, target = load_wine(return_X_y=True, as_frame=True)
features = features.astype("float32")
train, test, train_target, test_target = train_test_split(features, target, random_state=0)

mlflow.set_experiment("wine")
mlflow.sklearn.autolog(log_models=False)
with mlflow.start_run(run_name="forest"):
    forest = RandomForestClassifier(n_estimators=50, random_state=0).fit(train, train_target)
    mlflow.log_metric("test_accuracy", forest.score(test, test_target))
    model = to_onnx(forest, train[:1].to_numpy(), options={"zipmap": False})
    logged = mlflow.onnx.log_model(model, name="model", signature=infer_signature(test, forest.predict(test)), registered_model_name=NAME)

# The client waited for the admission: from here on the version can serve.
client = MlflowClient()
version = logged.registered_model_version
client.set_registered_model_alias(NAME, "champion", version)
print(f"{NAME} version {version} is champion")

variant = {"name": "champion", "model": NAME, "alias": "champion", "share": 100}
call("POST", "/api/v1/endpoints", {"name": NAME, "variants": [variant]})
rows = {"dataframe_split": {"columns": list(test.columns), "data": test[:10].values.tolist()}}
for _ in range(50):  # an endpoint loads its model before it answers
    try:
        answer = call("POST", f"/endpoints/{NAME}/invocations", rows)
        break
    except SystemExit:
        time.sleep(0.1)
print("predictions:", answer["predictions"])
print("scikit-learn:", forest.predict(test[:10]).tolist())
