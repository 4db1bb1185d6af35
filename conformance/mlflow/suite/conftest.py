"""What every file of the suite needs. `MLFLOW_TRACKING_URI` (and `MLFLOW_TRACKING_TOKEN`) say which server is asked.

Marks: `crisol` for what only Crisol does (skipped on any other server), `v3` for what the 2.x client cannot ask.
"""
import os, uuid, warnings

warnings.filterwarnings("ignore")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
os.environ.update(
    MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true", MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false", GIT_PYTHON_REFRESH="quiet",
    MLFLOW_REQUIREMENTS_INFERENCE_RAISE_ERRORS="false",
)
import logging

import mlflow
import pytest
import requests
from mlflow import MlflowClient

logging.getLogger("mlflow").setLevel(logging.ERROR)
V3 = int(mlflow.__version__.split(".")[0]) >= 3
URI = os.environ.get("MLFLOW_TRACKING_URI", "").rstrip("/")


class Rest:
    """Plain HTTP, for what the clients do not send."""

    def __init__(self):
        self.session = requests.Session()
        token = os.environ.get("MLFLOW_TRACKING_TOKEN")
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method, path, **more):
        return self.session.request(method, URI + path, timeout=60, **more)


def pytest_configure(config):
    if not URI.startswith("http"):
        raise pytest.UsageError("set MLFLOW_TRACKING_URI to an http(s) URL")
    config.addinivalue_line("markers", "crisol: only Crisol does this")
    config.addinivalue_line("markers", "v3: the 2.x client cannot ask for this")


def pytest_collection_modifyitems(items):
    is_crisol = Rest()("GET", "/api/v1/meta").status_code in (200, 401)
    for item in items:
        if "crisol" in item.keywords and not is_crisol:
            item.add_marker(pytest.mark.skip(reason="only Crisol does this"))
        if "v3" in item.keywords and not V3:
            item.add_marker(pytest.mark.skip(reason="the 2.x client cannot ask for this"))


@pytest.fixture(scope="session")
def rest():
    return Rest()


@pytest.fixture(scope="session")
def client():
    return MlflowClient()


@pytest.fixture
def word():
    """A word that no other test has used."""
    return uuid.uuid4().hex[:10]


@pytest.fixture
def experiment(client, word):
    """A new experiment, which the fluent API logs to."""
    made = client.create_experiment(f"suite-{word}")
    mlflow.set_experiment(experiment_id=made)
    yield made
    while mlflow.active_run():
        mlflow.end_run()


@pytest.fixture(scope="session")
def iris():
    from sklearn.datasets import load_iris

    data = load_iris(as_frame=True)
    columns = [name.replace(" (cm)", "").replace(" ", "_") for name in data.data.columns]
    return data.data.set_axis(columns, axis=1).astype("float64"), data.target
