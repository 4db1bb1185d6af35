"""Runs: metrics, params, tags, nesting, deletion, autologging, asynchronous logging, evaluation."""
import math, time
from concurrent.futures import ThreadPoolExecutor

import mlflow
import numpy as np
import pytest
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException

NOW = 1_760_000_000_000


def points(client, run, key):
    return [(m.step, m.timestamp, m.value) for m in client.get_metric_history(run, key)]


def test_nested_runs_know_their_parent(client, experiment):
    with mlflow.start_run(run_name="parent") as parent:
        with mlflow.start_run(run_name="child", nested=True) as child:
            mlflow.log_param("depth", 1)
            with mlflow.start_run(run_name="grandchild", nested=True) as grandchild:
                mlflow.log_metric("m", 2)
        mlflow.log_metric("m", 1)
    assert client.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id
    assert client.get_parent_run(grandchild.info.run_id).info.run_id == child.info.run_id
    assert client.get_parent_run(parent.info.run_id) is None
    children = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
    assert [run.info.run_name for run in children] == ["child"]
    assert {client.get_run(run.info.run_id).info.status for run in (parent, child, grandchild)} == {"FINISHED"}


def test_a_run_that_raises_has_failed(client, experiment):
    with pytest.raises(ZeroDivisionError):
        with mlflow.start_run() as run:
            1 / 0
    assert client.get_run(run.info.run_id).info.status == "FAILED"


def test_a_run_is_taken_up_again(client, experiment):
    with mlflow.start_run(tags={"a": "1"}, description="first words") as run:
        mlflow.log_metric("m", 1, step=1)
    with mlflow.start_run(run_id=run.info.run_id):
        mlflow.log_metric("m", 2, step=2)
    again = client.get_run(run.info.run_id)
    assert again.info.status == "FINISHED" and again.data.tags["mlflow.note.content"] == "first words"
    assert [value for _, _, value in points(client, run.info.run_id, "m")] == [1, 2]


def test_the_last_value_is_of_the_greatest_step_then_time_then_value(client, experiment):
    run = client.create_run(experiment).info.run_id
    for metrics, want in [
        ([Metric("m", 1, NOW, 5), Metric("m", 9, NOW + 9, 4)], 1), ([Metric("m", 2, NOW + 1, 5)], 2), ([Metric("m", 7, NOW, 5)], 2), ([Metric("m", 3, NOW + 1, 5)], 3), ([Metric("m", -1, NOW - 5, 6)], -1),
    ]:
        client.log_batch(run, metrics=metrics)
        assert client.get_run(run).data.metrics["m"] == want
    assert len(points(client, run, "m")) == 6


def test_a_repeated_point_is_one_point(client, experiment):
    run = client.create_run(experiment).info.run_id
    for _ in range(3):
        client.log_batch(run, metrics=[Metric("m", 1.5, NOW, 1), Metric("m", 1.5, NOW, 1), Metric("m", 1.5, NOW, 2)])
    assert sorted(points(client, run, "m")) == [(1, NOW, 1.5), (2, NOW, 1.5)]


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e-308, -1e308, 5e-324, 2**53 + 2, -0.0, 1 / 3])
def test_a_number_comes_back_to_the_last_bit(client, experiment, value):
    run = client.create_run(experiment).info.run_id
    client.log_metric(run, "m", value)
    assert client.get_run(run).data.metrics["m"] == value
    assert client.get_metric_history(run, "m")[0].value == value


def test_nan_and_infinity(client, experiment):
    run = client.create_run(experiment).info.run_id
    for key, value in [("nan", math.nan), ("up", math.inf), ("down", -math.inf)]:
        client.log_metric(run, key, value, step=-3)
    data = client.get_run(run).data.metrics
    assert math.isnan(data["nan"]) and data["up"] > 1.7e308 and data["down"] < -1.7e308


def test_a_long_history_comes_in_order_and_whole(client, experiment):
    run = client.create_run(experiment).info.run_id
    for start in range(0, 6000, 1000):
        client.log_batch(run, metrics=[Metric("loss", 1 / (i + 1), NOW + i, i) for i in range(start, start + 1000)])
    assert points(client, run, "loss") == [(i, NOW + i, 1 / (i + 1)) for i in range(6000)]


def test_writers_beside_each_other_lose_nothing(client, experiment):
    run = client.create_run(experiment).info.run_id
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda w: [client.log_batch(run, [Metric("m", w, NOW + w, i) for i in range(w * 50, w * 50 + 50)], [Param(f"p{w}", str(w))], [RunTag(f"t{w}", "x")]) for _ in range(2)], range(8)))
    assert sorted(step for step, _, _ in points(client, run, "m")) == list(range(400))
    data = client.get_run(run).data
    assert len(data.params) == 8 and sum(tag.startswith("t") for tag in data.tags) == 8


def test_what_is_written_at_once_is_all_or_nothing(client, experiment):
    run = client.create_run(experiment).info.run_id
    client.log_param(run, "p", "1")
    with pytest.raises(MlflowException) as refused:
        client.log_batch(run, [Metric("m", 1, NOW, 0)], [Param("p", "2")], [RunTag("t", "x")])
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"
    data = client.get_run(run).data
    assert data.params == {"p": "1"}


def test_names_of_any_kind(client, experiment):
    run = client.create_run(experiment, run_name="nombre ñ 漢字 😀").info.run_id
    keys = ["a/b/c", "with space", "with-dash", "with.dot", "with_underscore", "x" * 250, "sub:colon", "áé"]
    for key in keys:
        client.log_metric(run, key, 1)
        client.log_param(run, key, "väl 漢 '\"`\\ %_")
        client.set_tag(run, key, "line\nline\ttab")
    data = client.get_run(run)
    assert sorted(data.data.metrics) == sorted(keys) and set(data.data.params.values()) == {"väl 漢 '\"`\\ %_"}
    assert data.info.run_name == "nombre ñ 漢字 😀" and data.data.tags["a/b/c"] == "line\nline\ttab"


def test_deleted_runs_take_nothing_and_come_back_whole(client, experiment):
    run = client.create_run(experiment).info.run_id
    client.log_batch(run, [Metric("m", 1, NOW, 0)], [Param("p", "1")], [RunTag("t", "1")])
    client.delete_run(run)
    for call in (lambda: client.log_metric(run, "m", 2), lambda: client.set_tag(run, "t", "2"), lambda: client.log_param(run, "q", "2")):
        with pytest.raises(MlflowException) as refused:
            call()
        assert refused.value.error_code == "INVALID_PARAMETER_VALUE"
    assert client.get_run(run).info.lifecycle_stage == "deleted"
    assert [one.info.run_id for one in client.search_runs([experiment], run_view_type=ViewType.DELETED_ONLY)] == [run]
    client.restore_run(run)
    data = client.get_run(run).data
    assert (data.metrics, data.params, data.tags["t"]) == ({"m": 1}, {"p": "1"}, "1")


def test_deleting_an_experiment_takes_its_runs_along(client, experiment, word):
    run = client.create_run(experiment).info.run_id
    client.delete_experiment(experiment)
    assert client.get_run(run).info.lifecycle_stage == "deleted"
    with pytest.raises(MlflowException):
        client.create_experiment(f"suite-{word}")
    client.restore_experiment(experiment)
    assert client.get_run(run).info.lifecycle_stage == "active"


def test_asynchronous_logging_writes_all(client, experiment):
    with mlflow.start_run() as run:
        waiting = [mlflow.log_metric("m", i, step=i, timestamp=NOW + i, synchronous=False) for i in range(100)]
        waiting += [mlflow.log_param(f"p{i}", i, synchronous=False) for i in range(20)]
        waiting += [mlflow.set_tags({f"t{i}": i for i in range(20)}, synchronous=False)]
        for one in waiting:
            one.wait()
    data = client.get_run(run.info.run_id).data
    assert sorted(points(client, run.info.run_id, "m")) == [(i, NOW + i, i) for i in range(100)]
    assert len(data.params) == 20 and sum(tag in data.tags for tag in (f"t{i}" for i in range(20))) == 20


def test_data_sets_are_inputs(client, experiment, iris):
    features, target = iris
    data = mlflow.data.from_pandas(features.assign(target=target), source="https://example.org/iris.csv", name="iris", targets="target")
    with mlflow.start_run() as run:
        mlflow.log_input(data, context="training", tags={"fold": "1"} if "tags" in mlflow.log_input.__code__.co_varnames else None)
        mlflow.log_input(data, context="training")
        mlflow.log_input(mlflow.data.from_numpy(np.arange(6).reshape(3, 2), name="numbers"), context="eval")
    inputs = {one.dataset.name: one for one in client.get_run(run.info.run_id).inputs.dataset_inputs}
    assert sorted(inputs) == ["iris", "numbers"]
    assert inputs["iris"].dataset.digest == data.digest and "mlflow_colspec" in inputs["iris"].dataset.schema
    assert {tag.key: tag.value for tag in inputs["iris"].tags}["mlflow.data.context"] == "training"


def test_autologging_of_scikit_learn_with_a_search(client, experiment, iris):
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    mlflow.sklearn.autolog(silent=True, max_tuning_runs=3, log_post_training_metrics=True)
    try:
        with mlflow.start_run() as run:
            GridSearchCV(make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression__C": [0.1, 1.0, 10.0]}, cv=2).fit(*iris)
    finally:
        mlflow.sklearn.autolog(disable=True)
    parent = client.get_run(run.info.run_id)
    assert parent.data.params["best_logisticregression__C"] in ("0.1", "1.0", "10.0") and "best_cv_score" in parent.data.metrics
    assert parent.data.tags["estimator_name"] == "GridSearchCV"
    children = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{run.info.run_id}'")
    assert len(children) == 3 and all("mean_test_score" in child.data.metrics for child in children)
    files = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert {"cv_results.csv", "estimator.html"} <= files
    assert parent.inputs.dataset_inputs


def boosted(kind, iris):
    features, target = iris
    binary = (target == 0).astype(int)
    if kind == "lightgbm":
        lightgbm = pytest.importorskip("lightgbm")
        lightgbm.train({"objective": "binary", "verbose": -1, "num_threads": 1}, lightgbm.Dataset(features, binary), 5, valid_sets=[lightgbm.Dataset(features, binary)])
    else:
        xgboost = pytest.importorskip("xgboost")
        data = xgboost.DMatrix(features, binary)
        xgboost.train({"objective": "binary:logistic", "nthread": 1}, data, 5, evals=[(data, "train")], verbose_eval=False)


@pytest.mark.v3
@pytest.mark.parametrize("kind, metric", [("lightgbm", "valid_0-binary_logloss"), ("xgboost", "train-logloss")])
def test_autologging_of_boosted_trees(client, experiment, iris, kind, metric):
    pytest.importorskip(kind)
    flavour = getattr(mlflow, kind)
    flavour.autolog(silent=True)
    try:
        with mlflow.start_run() as run:
            boosted(kind, iris)
    finally:
        flavour.autolog(disable=True)
    logged = client.get_run(run.info.run_id)
    assert logged.data.params["num_boost_round"] == "5"
    assert [step for step, _, _ in points(client, run.info.run_id, metric)] == list(range(5))
    assert any("importance" in file.path for file in client.list_artifacts(run.info.run_id))
    assert logged.outputs.model_outputs
    model = mlflow.pyfunc.load_model(f"models:/{logged.outputs.model_outputs[0].model_id}")
    assert len(model.predict(iris[0].head(4))) == 4


def test_evaluation_logs_figures_and_pictures(client, experiment, iris):
    from sklearn.linear_model import LogisticRegression

    features, target = iris
    model = LogisticRegression(max_iter=300).fit(features, target)
    rows = features.assign(label=target, prediction=model.predict(features))
    with mlflow.start_run() as run:
        result = mlflow.evaluate(data=rows, targets="label", predictions="prediction", model_type="classifier", evaluators="default", evaluator_config={"log_explainer": False})
    logged = client.get_run(run.info.run_id)
    assert logged.data.metrics["accuracy_score"] == pytest.approx(result.metrics["accuracy_score"])
    assert any(file.path.endswith("confusion_matrix.png") for file in client.list_artifacts(run.info.run_id))
    assert logged.inputs.dataset_inputs


def test_tables_figures_texts_and_dicts(client, experiment):
    import pandas as pd

    with mlflow.start_run() as run:
        mlflow.log_text("héllo", "notes/a.txt")
        mlflow.log_dict({"a": [1, 2, {"b": None}]}, "conf/x.json")
        mlflow.log_dict({"a": 1}, "conf/x.yaml")
        mlflow.log_table({"q": ["a", "b"], "n": [1, 2]}, "table.json")
        mlflow.log_table(pd.DataFrame({"q": ["c"], "n": [3]}), "table.json")
        mlflow.log_image(np.zeros((4, 4, 3), dtype=np.uint8), "black.png")
    run_id = run.info.run_id
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/notes/a.txt") == "héllo"
    assert mlflow.artifacts.load_dict(f"runs:/{run_id}/conf/x.json") == {"a": [1, 2, {"b": None}]}
    assert list(mlflow.load_table("table.json", [run_id]).n) == [1, 2, 3]
    assert mlflow.artifacts.load_image(f"runs:/{run_id}/black.png").size == (4, 4)
    assert "table.json" in client.get_run(run_id).data.tags["mlflow.loggedArtifacts"]


def test_system_values_of_a_run(client, experiment):
    before = int(time.time() * 1000)
    with mlflow.start_run() as run:
        pass
    info = client.get_run(run.info.run_id).info
    assert before - 5000 <= info.start_time <= info.end_time <= int(time.time() * 1000) + 5000
    assert info.artifact_uri.endswith(f"/{info.run_id}/artifacts")
