"""Models: logged with a signature, registered, loaded by each URI, served by the client's own server."""
import json, os, socket, subprocess, sys, time

import mlflow
import numpy as np
import pytest
import requests
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature

V3 = int(mlflow.__version__.split(".")[0]) >= 3
#  2.x calls it artifact_path, 3.x name.
AT = "name" if V3 else "artifact_path"


def fitted(iris):
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=500).fit(*iris)


def logged(flavour, model, iris, outputs, **more):
    with mlflow.start_run() as run:
        info = flavour.log_model(model, **{AT: "clf"}, signature=infer_signature(iris[0], outputs), input_example=iris[0].head(2), pip_requirements=["scikit-learn"], **more)
    return run.info.run_id, info


def test_scikit_learn_by_each_uri(client, experiment, iris, word, tmp_path):
    model = fitted(iris)
    want = model.predict(iris[0]).tolist()
    name = f"iris {word}"
    run, info = logged(mlflow.sklearn, model, iris, model.predict(iris[0]), registered_model_name=name)
    version = str(client.search_model_versions(f"name = '{name}'")[0].version)
    client.set_registered_model_alias(name, "champion", version)
    client.transition_model_version_stage(name, version, "Production")
    uris = [info.model_uri, f"runs:/{run}/clf", f"models:/{name}/{version}", f"models:/{name}@champion", f"models:/{name}/Production", f"models:/{name}/latest"]
    if V3:
        uris.append(f"models:/{info.model_id}")
    for uri in uris:
        assert mlflow.pyfunc.load_model(uri).predict(iris[0]).tolist() == want, uri
        assert mlflow.sklearn.load_model(uri).predict(iris[0]).tolist() == want, uri
        told = mlflow.models.get_model_info(uri)
        assert [column.name for column in told.signature.inputs] == list(iris[0].columns)
        folder = tmp_path / f"down{len(os.listdir(tmp_path))}"
        folder.mkdir()
        assert {"MLmodel", "requirements.txt"} <= set(os.listdir(mlflow.artifacts.download_artifacts(uri, dst_path=str(folder))))
    with pytest.raises(MlflowException):
        mlflow.pyfunc.load_model(uris[0]).predict(iris[0].drop(columns=["sepal_length"]))


@pytest.mark.v3
@pytest.mark.parametrize("kind", ["lightgbm", "xgboost", "onnx"])
def test_other_flavours(client, experiment, iris, word, kind):
    features, target = iris
    binary = (target == 0).astype(int)
    library = pytest.importorskip(kind)
    if kind == "lightgbm":
        model = library.LGBMClassifier(n_estimators=4, verbose=-1, n_jobs=1).fit(features, binary)
        want = model.predict(features)
    elif kind == "xgboost":
        model = library.XGBClassifier(n_estimators=4, n_jobs=1).fit(features, binary)
        want = model.predict(features)
    else:
        skl2onnx = pytest.importorskip("skl2onnx")
        from skl2onnx.common.data_types import FloatTensorType

        trees = fitted(iris)
        model = skl2onnx.convert_sklearn(trees, initial_types=[("x", FloatTensorType([None, 4]))], options={id(trees): {"zipmap": False}}, target_opset=17)
        want = trees.predict(features)
    with mlflow.start_run():
        flavour = getattr(mlflow, kind)
        example = features.to_numpy(dtype=np.float32) if kind == "onnx" else features
        more = {"onnx_model": model} if kind == "onnx" else ({"lgb_model": model} if kind == "lightgbm" else {"xgb_model": model})
        info = flavour.log_model(**more, name="m", signature=infer_signature(example, want), pip_requirements=[kind], registered_model_name=f"{kind}-{word}")
    loaded = mlflow.pyfunc.load_model(f"models:/{kind}-{word}/1")
    got = loaded.predict(example)
    got = list(got.values())[0] if isinstance(got, dict) else got
    assert np.array_equal(np.asarray(got).ravel(), np.asarray(want).ravel())
    assert client.get_logged_model(info.model_id).status.value == "READY"
    assert client.get_model_version(f"{kind}-{word}", "1").status == "READY"


def test_a_model_of_ones_own_with_files(client, experiment, word, tmp_path):
    data = tmp_path / "factor.json"
    data.write_text(json.dumps({"by": 3}))

    class Times(mlflow.pyfunc.PythonModel):
        def load_context(self, context):
            self.by = json.load(open(context.artifacts["factor"]))["by"]

        def predict(self, context, model_input, params=None):
            return [value * self.by for value in model_input]

    with mlflow.start_run() as run:
        mlflow.pyfunc.log_model(**{AT: "times"}, python_model=Times(), artifacts={"factor": str(data)}, pip_requirements=[])
    assert mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/times").predict([1, 2]) == [3, 6]


def test_registering_afterwards_and_again(client, experiment, iris, word):
    model = fitted(iris)
    run, info = logged(mlflow.sklearn, model, iris, model.predict(iris[0]))
    name = f"later-{word}"
    first = mlflow.register_model(info.model_uri, name, tags={"k": "v"})
    second = mlflow.register_model(f"runs:/{run}/clf", name)
    assert [str(first.version), str(second.version)] == ["1", "2"]
    assert client.get_model_version(name, "1").tags == {"k": "v"} and client.get_model_version(name, "1").run_id == run
    copy = client.copy_model_version(f"models:/{name}/1", f"copy-{word}")
    assert str(copy.version) == "1"
    assert mlflow.pyfunc.load_model(f"models:/copy-{word}/1").predict(iris[0].head(3)).tolist() == model.predict(iris[0].head(3)).tolist()


def test_a_registered_model_outlives_its_run(client, experiment, iris, word):
    model = fitted(iris)
    run, _ = logged(mlflow.sklearn, model, iris, model.predict(iris[0]), registered_model_name=f"outlives-{word}")
    client.delete_run(run)
    assert mlflow.pyfunc.load_model(f"models:/outlives-{word}/1").predict(iris[0].head(1)).tolist() == [0]


@pytest.mark.v3
def test_metrics_of_a_model_find_it(client, experiment, iris):
    model = fitted(iris)
    made = []
    for value in (0.1, 0.9):
        with mlflow.start_run():
            info = mlflow.sklearn.log_model(model, name="clf", pip_requirements=[], params={"c": str(value)})
            data = mlflow.data.from_pandas(iris[0], name="held-out")
            mlflow.log_metric("auc", value, model_id=info.model_id, dataset=data)
            made.append(info.model_id)
    best = mlflow.search_logged_models([experiment], order_by=[{"field_name": "metrics.auc", "ascending": False}], output_format="list")
    assert [one.model_id for one in best] == made[::-1]
    named = mlflow.search_logged_models([experiment], "metrics.auc > 0.5", datasets=[{"dataset_name": "held-out", "dataset_digest": data.digest}], output_format="list")
    assert [one.model_id for one in named] == made[1:]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.mark.v3
def test_models_serve_loads_from_the_server(client, experiment, iris, word, tmp_path):
    model = fitted(iris)
    logged(mlflow.sklearn, model, iris, model.predict(iris[0]), registered_model_name=f"served-{word}")
    client.set_registered_model_alias(f"served-{word}", "champion", "1")
    port = free_port()
    environment = {**os.environ, "PATH": os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]}
    with open(tmp_path / "log", "wb") as log:
        command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", f"models:/served-{word}@champion", "-p", str(port), "--env-manager", "local"]
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.time() + 90
        while True:
            try:
                if requests.get(f"http://127.0.0.1:{port}/ping", timeout=2).status_code == 200:
                    break
            except requests.ConnectionError:
                pass
            assert server.poll() is None and time.time() < deadline, (tmp_path / "log").read_text()[-2000:]
            time.sleep(0.3)
        answer = requests.post(f"http://127.0.0.1:{port}/invocations", json={"dataframe_split": iris[0].head(3).to_dict(orient="split")}, timeout=30)
        assert answer.json() == {"predictions": model.predict(iris[0].head(3)).tolist()}
    finally:
        os.killpg(server.pid, 9)
        server.wait()
