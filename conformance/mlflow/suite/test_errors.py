"""What a client gets told when it asks for what cannot be."""
import pytest
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

ABSENT = "0" * 31 + "f"


@pytest.mark.parametrize(
    "method, path, body, status, code",
    [
        ("GET", "runs/get?run_id=" + ABSENT, None, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("GET", "runs/get", None, 400, "INVALID_PARAMETER_VALUE"),
        ("GET", "experiments/get?experiment_id=987654321", None, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("GET", "experiments/get-by-name?experiment_name=nobody-named-this", None, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", "experiments/create", {}, 400, "INVALID_PARAMETER_VALUE"),
        ("POST", "experiments/create", {"name": 3}, 400, "INVALID_PARAMETER_VALUE"),
        ("POST", "runs/create", {"experiment_id": "987654321"}, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", "runs/update", {"run_id": ABSENT, "status": "FINISHED"}, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", "runs/delete", {"run_id": ABSENT}, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", "runs/log-metric", {"run_id": ABSENT, "key": "m", "value": 1, "timestamp": 1}, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", "runs/log-batch", {"run_id": ABSENT, "metrics": []}, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", "runs/set-tag", {"run_id": ABSENT, "key": "a", "value": "b"}, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("GET", "artifacts/list?run_id=" + ABSENT, None, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("GET", "registered-models/get?name=nobody-named-this", None, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("DELETE", "registered-models/delete", {"name": "nobody-named-this"}, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("GET", "model-versions/get?name=nobody-named-this&version=1", None, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("POST", "registered-models/rename", {"name": "nobody-named-this", "new_name": "other"}, 404, "RESOURCE_DOES_NOT_EXIST"),
    ],
)
def test_an_error_has_its_status_and_code(rest, method, path, body, status, code):
    answer = rest(method, "/api/2.0/mlflow/" + path, json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    assert answer.json()["message"]


def test_paths_of_both_prefixes(rest):
    for prefix in ("/api/2.0", "/ajax-api/2.0"):
        assert rest("GET", prefix + "/mlflow/experiments/get", params={"experiment_id": "0"}).json()["experiment"]["name"] == "Default"
    assert rest("GET", "/health").status_code == 200
    assert rest("GET", "/version").text.count(".") == 2


@pytest.mark.parametrize(
    "batch",
    [
        {"metrics": [Metric(f"m{i}", 1, 1, 0) for i in range(1001)]},
        {"params": [Param(f"p{i}", "1") for i in range(101)]},
        {"tags": [RunTag(f"t{i}", "1") for i in range(101)]},
        {"metrics": [Metric(f"m{i}", 1, 1, 0) for i in range(950)], "params": [Param(f"p{i}", "1") for i in range(51)]},
    ],
)
def test_a_batch_has_limits(rest, client, experiment, batch):
    run = client.create_run(experiment).info.run_id
    body = {"run_id": run, **{kind: [dict(one) for one in entries] for kind, entries in batch.items()}}
    answer = rest("POST", "/api/2.0/mlflow/runs/log-batch", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    data = client.get_run(run).data
    assert (data.metrics, data.params) == ({}, {})


@pytest.mark.parametrize("key", ["x" * 251, "../a", "a//b", "/a", "a/", ".", "a/../b", "", "a$b", "a\tb"])
def test_wrong_keys(rest, client, experiment, key):
    run = client.create_run(experiment).info.run_id
    for path, more in [("log-metric", {"value": 1, "timestamp": 1}), ("log-parameter", {"value": "1"}), ("set-tag", {"value": "1"})]:
        answer = rest("POST", f"/api/2.0/mlflow/runs/{path}", json={"run_id": run, "key": key, **more})
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), (path, key)


def test_params_are_said_once(client, experiment):
    run = client.create_run(experiment).info.run_id
    client.log_param(run, "p", 1)
    client.log_param(run, "p", 1)
    with pytest.raises(MlflowException) as refused:
        client.log_param(run, "p", 2)
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"
    assert client.get_run(run).data.params == {"p": "1"}


def test_long_values(client, experiment):
    run = client.create_run(experiment).info.run_id
    client.log_param(run, "p", "x" * 6000)
    client.set_tag(run, "t", "y" * 8000)
    client.set_experiment_tag(experiment, "e", "z" * 20000)
    assert client.get_run(run).data.params["p"] == "x" * 6000 and client.get_run(run).data.tags["t"] == "y" * 8000
    with pytest.raises(MlflowException):
        client.set_experiment_tag(experiment, "e", "z" * 20001)


@pytest.mark.parametrize("body", ["{", "[]", "null", "3", '"text"', '{"run_id": ["a"]}', '{"run_id": {"a": 1}, "metrics": 3}', '{"run_id": "a\\u0000b"}'])
def test_a_wrong_body_is_a_wrong_request(rest, body):
    answer = rest("POST", "/api/2.0/mlflow/runs/log-batch", data=body.encode(), headers={"content-type": "application/json"})
    assert answer.status_code >= 400


@pytest.mark.crisol
@pytest.mark.parametrize("body", ["{", "[]", "null", "3", '"text"', '{"run_id": ["a"]}', '{"run_id": {"a": 1}, "metrics": 3}', '{"run_id": "a\\u0000b"}'])
def test_a_wrong_body_is_never_asked_for_again(rest, body):
    """Clients repeat what is answered with 408, 429 or 5xx."""
    answer = rest("POST", "/api/2.0/mlflow/runs/log-batch", data=body.encode(), headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500 and answer.status_code not in (408, 429)


@pytest.mark.crisol
def test_what_is_out_of_scope_says_so(rest):
    for method, path in [("POST", "/api/3.0/mlflow/traces/search"), ("GET", "/api/2.0/mlflow/scorers/list"), ("GET", "/api/2.0/mlflow/gateway/routes"), ("GET", "/api/2.0/mlflow/no/such")]:
        answer = rest(method, path, json={} if method == "POST" else None)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")
