"""Artifacts: folders, big ones, names, ranges of what is refused."""
import hashlib, os

import mlflow
import pytest
import requests
from mlflow.exceptions import MlflowException

NAMES = ["plain.txt", "with space.txt", "ñandú-漢字.txt", "a+b&c=d#e.txt", "percent%20.txt", "quote'.txt", "emoji😀.bin", "comma,semi;.txt", "{brace}[bracket].txt", "UPPER.TXT", ".hidden", "no-extension"]


def test_a_folder_goes_up_and_comes_down_as_it_was(client, experiment, tmp_path):
    source = tmp_path / "tree"
    for place, name in enumerate(["a.txt", "b/c.bin", "b/d/e.json", "b/d/f/g/h", "empty.txt"]):
        file = source / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"" if name == "empty.txt" else os.urandom(100 + place))
    run = client.create_run(experiment).info.run_id
    client.log_artifacts(run, str(source), "in/side")
    down = mlflow.artifacts.download_artifacts(run_id=run, artifact_path="in/side", dst_path=str(tmp_path / "down"))
    for folder, _, files in os.walk(source):
        for name in files:
            relative = os.path.relpath(os.path.join(folder, name), source)
            assert open(os.path.join(down, relative), "rb").read() == open(os.path.join(folder, name), "rb").read()
    assert [(file.path, file.is_dir, file.file_size if file.is_dir else file.file_size or 0) for file in client.list_artifacts(run, "in/side")] == [
        ("in/side/a.txt", False, 100), ("in/side/b", True, None), ("in/side/empty.txt", False, 0),
    ]
    assert [file.path for file in client.list_artifacts(run)] == ["in"]
    assert client.list_artifacts(run, "absent") == []
    assert client.list_artifacts(run, "in/side/a.txt") == []


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_kind(client, experiment, tmp_path, name):
    file = tmp_path / name
    file.write_bytes(name.encode())
    run = client.create_run(experiment).info.run_id
    client.log_artifact(run, str(file))
    paths = [name]
    # Within a folder the client itself changes names with these two.
    if not set("#%") & set(name):
        client.log_artifact(run, str(file), "carpeta ñ/子")
        paths.append(f"carpeta ñ/子/{name}")
        assert [one.path for one in client.list_artifacts(run, "carpeta ñ/子")] == paths[1:]
    for path in paths:
        down = client.download_artifacts(run, path, str(tmp_path))
        assert open(down, "rb").read() == name.encode()


def test_a_big_file_is_the_same_to_the_last_byte(client, experiment, tmp_path):
    file = tmp_path / "big.bin"
    whole = hashlib.sha256()
    with open(file, "wb") as out:
        for _ in range(48):
            block = os.urandom(1 << 20)
            whole.update(block)
            out.write(block)
    run = client.create_run(experiment).info.run_id
    client.log_artifact(run, str(file))
    assert client.list_artifacts(run)[0].file_size == 48 << 20
    (tmp_path / "down").mkdir()
    down = client.download_artifacts(run, "big.bin", str(tmp_path / "down"))
    got = hashlib.sha256()
    with open(down, "rb") as read:
        while block := read.read(1 << 20):
            got.update(block)
    assert got.digest() == whole.digest()


def test_a_file_is_replaced(client, experiment):
    run = client.create_run(experiment).info.run_id
    for text in ("first words", "2nd"):
        client.log_text(run, text, "a.txt")
    assert mlflow.artifacts.load_text(f"runs:/{run}/a.txt") == "2nd"
    assert [file.file_size for file in client.list_artifacts(run)] == [3]


def test_many_files_are_listed_in_order(client, experiment, tmp_path):
    source = tmp_path / "many"
    source.mkdir()
    for i in range(60):
        (source / f"f{i:03}.txt").write_text(str(i))
    run = client.create_run(experiment).info.run_id
    client.log_artifacts(run, str(source))
    assert [file.path for file in client.list_artifacts(run)] == [f"f{i:03}.txt" for i in range(60)]


def test_an_artifact_that_is_not_there(client, experiment, tmp_path):
    run = client.create_run(experiment).info.run_id
    with pytest.raises((MlflowException, OSError)):
        client.download_artifacts(run, "absent.txt", str(tmp_path))


@pytest.mark.parametrize("path", ["../secret", "a/../../secret", "%2e%2e/secret", "%252e%252e/secret", "/etc/passwd", "a/%2e%2e/%2e%2e/b"])
def test_no_way_leads_out(rest, client, experiment, path):
    run = client.create_run(experiment).info.run_id
    for method in ("GET", "PUT"):
        prepared = rest.session.prepare_request(requests.Request(method, "http://x/", data=b"x" if method == "PUT" else None))
        prepared.url = os.environ["MLFLOW_TRACKING_URI"].rstrip("/") + f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/{path}"
        assert rest.session.send(prepared).status_code >= 400
    assert rest("GET", "/api/2.0/mlflow/artifacts/list", params={"run_id": run, "path": path}).status_code in (200, 400)
    assert client.list_artifacts(run) == []


def test_get_artifact_gives_the_bytes(rest, client, experiment):
    run = client.create_run(experiment).info.run_id
    client.log_text(run, "héllo", "sub/a.txt")
    answer = rest("GET", "/get-artifact", params={"run_id": run, "path": "sub/a.txt"})
    assert (answer.status_code, answer.content) == (200, "héllo".encode())
    assert "attachment" in answer.headers["content-disposition"] and answer.headers["x-content-type-options"] == "nosniff"


def test_files_of_a_deleted_run_stay_until_it_is_restored(client, experiment):
    run = client.create_run(experiment).info.run_id
    client.log_text(run, "kept", "a.txt")
    client.delete_run(run)
    client.restore_run(run)
    assert mlflow.artifacts.load_text(f"runs:/{run}/a.txt") == "kept"
