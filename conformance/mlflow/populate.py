"""Fills the server at MLFLOW_TRACKING_URI with a little of everything, for copies: `python populate.py [runs=12] [points=50]`.

The same words give the same contents, except ids and the times that servers make.
"""
import logging, os, sys, tempfile, warnings

warnings.filterwarnings("ignore")
os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true", MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false", GIT_PYTHON_REFRESH="quiet")
import mlflow
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag

logging.getLogger("mlflow").setLevel(logging.ERROR)
V3 = int(mlflow.__version__.split(".")[0]) >= 3
COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 12
POINTS = int(sys.argv[2]) if len(sys.argv) > 2 else 50
NOW = 1_760_000_000_000
c = MlflowClient()

first = c.create_experiment("penguins", tags={"team": "blue", "mlflow.note.content": "# Words\nabout it"})
second = c.create_experiment("wörds & 漢字")
gone = c.create_experiment("given up")
runs = []
for i in range(COUNT):
    experiment = [first, first, second][i % 3]
    tags = {"k": "v", "i": str(i), "odd key/a.b": "line\nline"}
    if i % 4 == 3:
        tags["mlflow.parentRunId"] = runs[i - 1]
    run = c.create_run(experiment, start_time=NOW + i, run_name=f"run {i} ñ", tags=tags).info.run_id
    runs.append(run)
    points = [Metric("loss", 1 / (s + 1), NOW + s, s) for s in range(POINTS)] + [Metric("acc", s / 7, NOW + s, s) for s in range(0, POINTS, 5)]
    odd = [Metric("nan", float("nan"), NOW, -1), Metric("up", float("inf"), NOW, 0), Metric("zero", -0.0, NOW, 0), Metric("third", 1 / 3, NOW, 2**40)]
    for start in range(0, len(points), 900):
        c.log_batch(run, points[start : start + 900])
    c.log_batch(run, odd, [Param("depth", str(i)), Param("long", "x" * 5000), Param("empty", "")], [RunTag("long", "y" * 5000)])
    if i % 3 == 0:
        data = Dataset("iris", f"d{i}", "local", '{"uri": "/data/iris"}', schema='{"mlflow_colspec": []}', profile='{"rows": 150}')
        c.log_inputs(run, [DatasetInput(data, [InputTag("mlflow.data.context", "training")])])
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "sub/ünder"))
        for name, content in [("a.txt", b"text %d" % i), ("sub/empty.bin", b""), ("sub/ünder/with space.bin", bytes(range(256)) * (i + 1))]:
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
        c.log_artifacts(run, folder)
        if i == 0:
            with open(os.path.join(folder, "big.bin"), "wb") as file:
                file.write(bytes(range(256)) * 4096 * 8)
            c.log_artifact(run, os.path.join(folder, "big.bin"), "big")
    if i % 5 != 4:
        c.set_terminated(run, ["FINISHED", "FAILED", "KILLED"][i % 3], NOW + 100_000 + i)
left = c.create_run(gone, start_time=NOW, run_name="left").info.run_id
c.log_metric(left, "m", 1.5, NOW, 3)

if V3:
    from sklearn.linear_model import LogisticRegression
    from mlflow.models import infer_signature
    import numpy as np

    rows, labels = np.arange(12.0).reshape(6, 2), [0, 0, 0, 1, 1, 1]
    mlflow.set_experiment(experiment_id=first)
    for i in range(3):
        with mlflow.start_run(run_name=f"model run {i}") as run:
            model = LogisticRegression(C=i + 1).fit(rows, labels)
            mlflow.log_params({"C": i + 1})
            info = mlflow.sklearn.log_model(model, name="clf", signature=infer_signature(rows, labels), pip_requirements=["scikit-learn"], registered_model_name="penguins clf", params={"C": str(i + 1)}, tags={"kind": "linear"})
            mlflow.log_metric("auc", 0.5 + i / 10, step=i, model_id=info.model_id, dataset=mlflow.data.from_numpy(rows, name="held out"))
    outside = mlflow.initialize_logged_model(name="outside", params={"p": "1"}, tags={"a": "b"}, model_type="agent")
    mlflow.finalize_logged_model(outside.model_id, "FAILED")

name = "holes"
c.create_registered_model(name, tags={"owner": "ada"}, description="has holes")
for i in range(6):
    c.create_model_version(name, f"{c.get_run(runs[i]).info.artifact_uri}/sub", runs[i], tags={"i": str(i)}, description=f"version {i + 1}", run_link="https://example.org/r")
for version in ("1", "3", "4"):
    c.delete_model_version(name, version)
c.set_registered_model_alias(name, "champion", "5")
c.set_registered_model_alias(name, "Retador-ñ", "2")
c.set_registered_model_alias(name, "also", "5")
c.transition_model_version_stage(name, "2", "Archived")
c.transition_model_version_stage(name, "5", "Production")
c.transition_model_version_stage(name, "6", "Production")
c.create_registered_model("empty one")
c.delete_run(runs[1])
c.delete_run(runs[COUNT - 1])
c.delete_experiment(gone)
print(f"{COUNT + 1} runs of {POINTS} points")
