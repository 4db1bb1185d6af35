"""runs/search and experiments/search in all their forms."""
import time

import pytest
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException

NOW = 1_760_000_000_000


@pytest.fixture(scope="module")
def world(client):
    """Six runs a to f; `find` gives the letters of the runs that a filter finds, in the order of the answer."""
    import uuid

    mark = uuid.uuid4().hex[:10]
    experiment = client.create_experiment(f"search-{mark}")
    other = client.create_experiment(f"search-other-{mark}")
    ids = {}
    for place, letter in enumerate("abcdef"):
        run = client.create_run(experiment if letter != "f" else other, start_time=NOW + place * 1000, run_name=f"run {letter}")
        ids[letter] = run.info.run_id
        metrics = [Metric("acc", place / 10, NOW, 0), Metric("acc", round(place / 10 + 0.05, 2), NOW + 1, 1), Metric("eval/loss rate", 10 - place, NOW, 0)]
        if letter == "e":
            metrics.append(Metric("odd", float("nan"), NOW, 0))
        if letter == "d":
            metrics.append(Metric("odd", float("inf"), NOW, 0))
        params = [Param("depth", str(place)), Param("opt", "Adam" if place % 2 else "sgd")]
        tags = [RunTag("team", "blue" if place < 3 else "red"), RunTag("a.b c", "spaced"), RunTag("note", "it's 100% \"done\"" if letter == "b" else "plain_text")]
        if letter in "bd":
            tags.append(RunTag("rare", "yes"))
        client.log_batch(run.info.run_id, metrics, params, tags)
        if letter != "a":
            client.set_terminated(run.info.run_id, "FAILED" if letter == "c" else "FINISHED", NOW + 60_000 + place * 1000)
    client.log_batch(ids["a"], metrics=[Metric("acc", 0.5, NOW + 5, -1)])
    letter_of = {run: letter for letter, run in ids.items()}

    def find(text="", order=("attributes.start_time ASC",), experiments=(experiment,), **more):
        return "".join(letter_of[run.info.run_id] for run in client.search_runs(list(experiments), text, order_by=list(order), **more))

    find.ids, find.experiment, find.other, find.mark = ids, experiment, other, mark
    return find


def in_words(world, text):
    return text.replace("$A", world.ids["a"]).replace("$B", world.ids["b"]).replace("$E", world.experiment)


@pytest.mark.parametrize(
    "text, want",
    [
        ("", "abcde"),
        ("metrics.acc > 0.2", "cde"), ("metrics.acc >= 0.25", "cde"), ("metrics.acc < 0.15", "a"), ("metrics.acc <= 0.15", "ab"),
        ("metrics.acc = 0.15", "b"), ("metrics.acc != 0.15", "acde"), ("metric.acc > 0.2", "cde"), ("metrics.`acc` > .2", "cde"),
        ("metrics.acc > -1", "abcde"), ("metrics.acc < 1e2", "abcde"), ("metrics.\"eval/loss rate\" > 8", "ab"), ("metrics.`eval/loss rate` <= 8", "cde"),
        ("metrics.absent > 0", ""), ("metrics.absent != 0", ""), ("metrics.odd > 0", "d"),
        ("params.depth = '1'", "b"), ("params.depth != '1'", "acde"), ("parameter.depth = '1'", "b"), ("param.depth = \"1\"", "b"),
        ("params.opt LIKE 'A%'", "bd"), ("params.opt LIKE 'a%'", ""), ("params.opt ILIKE 'a%'", "bd"), ("params.opt LIKE '_gd'", "ace"),
        ("params.absent = 'x'", ""), ("params.absent != 'x'", ""), ("params.`depth` = '2' AND params.opt = 'sgd'", "c"),
        ("tags.team = 'blue'", "abc"), ("tag.team != 'blue'", "de"), ("tags.`a.b c` = 'spaced'", "abcde"), ("tags.\"a.b c\" LIKE 'spac%'", "abcde"),
        ("tags.note LIKE '%100\\%%'", "") , ("tags.note LIKE '%done%'", "b"), ("tags.note = \"it's 100% \"", ""), ("tags.rare = 'yes'", "bd"),
        ("tags.rare IS NULL", "ace"), ("tags.rare IS NOT NULL", "bd"), ("params.absent IS NULL", "abcde"), ("params.depth IS NOT NULL AND tags.rare IS NULL", "ace"),
        ("attributes.status = 'FINISHED'", "bde"), ("status != 'FINISHED'", "ac"), ("attribute.status = 'FAILED'", "c"), ("attr.status = 'RUNNING'", "a"), ("run.status = 'RUNNING'", "a"),
        ("run_name = 'run b'", "b"), ("attributes.run_name LIKE 'run %'", "abcde"), ("`run name` = 'run c'", "c"), ("\"Run Name\" ILIKE 'RUN C'", "c"), ("run_name != 'run b'", "acde"),
        ("tags.`mlflow.runName` = 'run b'", "b"),
        ("run_id = '$A'", "a"), ("attributes.run_id IN ('$A', '$B')", "ab"), ("run_id NOT IN ('$A','$B')", "cde"), ("run_id IN ('$A') AND status = 'FINISHED'", ""),
        (f"start_time > {NOW + 1000}", "cde"), (f"attributes.start_time >= {NOW + 1000}", "bcde"), (f"created = {NOW}", "a"), (f"start_time <= {NOW + 1000}", "ab"), (f"start_time != {NOW}", "bcde"),
        (f"end_time > {NOW + 62_000}", "de"), ("artifact_uri LIKE '%$A%'", "a"), ("user_id = 'unknown-nobody'", ""),
        ("metrics.acc > 0.1 and params.opt = 'Adam' And tags.team = 'red' aNd status = 'FINISHED'", "d"),
        ("  metrics.acc>0.2   AND\tparams.depth='3'  ", "d"),
    ],
)
def test_filter_finds(world, text, want):
    assert world(in_words(world, text)) == want


@pytest.mark.parametrize(
    "order, want",
    [
        (["metrics.acc DESC"], "edcba"), (["metrics.acc"], "abcde"), (["metrics.acc ASC"], "abcde"), (["params.depth DESC"], "edcba"),
        (["tags.team ASC", "attributes.start_time DESC"], "cbaed"), (["status ASC", "start_time ASC"], "cbdea"), (["start_time"], "abcde"), (["start_time DESC"], "edcba"),
        (["metrics.`eval/loss rate` ASC"], "edcba"), (["run_name DESC"], "edcba"), (["tags.rare DESC", "start_time ASC"], "bdace"), (["end_time DESC"], "edcba"),
        ([], "edcba"),
    ],
)
def test_order_is(world, order, want):
    assert world(order=order) == want


def test_order_puts_numbers_before_infinity_nan_and_nothing(world):
    assert world(order=["metrics.odd ASC", "start_time ASC"])[:2] == "de"
    assert set(world(order=["metrics.odd DESC", "start_time ASC"])[:2]) == set("de")


def test_pages_cover_every_run_once(world, client):
    seen, token = [], None
    while True:
        page = client.search_runs([world.experiment, world.other], "", order_by=["metrics.acc DESC"], max_results=2, page_token=token)
        seen += [run.info.run_id for run in page]
        assert len(page) <= 2
        token = page.token
        if not token:
            break
    assert sorted(seen) == sorted(world.ids.values())


def test_views_and_several_experiments(world, client):
    assert world(experiments=[world.experiment, world.other]) == "abcdef"
    client.delete_run(world.ids["f"])
    try:
        assert world(experiments=[world.other]) == ""
        assert world(experiments=[world.other], run_view_type=ViewType.DELETED_ONLY) == "f"
        assert world(experiments=[world.experiment, world.other], run_view_type=ViewType.ALL) == "abcdef"
    finally:
        client.restore_run(world.ids["f"])


@pytest.mark.parametrize(
    "text",
    [
        "metrics.acc > '0.2'", "metrics.acc LIKE '1'", "params.depth = 1", "params.depth > '1'", "tags.team > 'x'", "status > 'FINISHED'", "nope.acc = 'x'",
        "unknown = 'x'", "metrics.acc >", "metrics.acc 0.2", "metrics.acc IS NULL", "run_id IN ()",
        "params.depth = 'x", "start_time > 'yesterday'", "metrics.acc > 0.2; drop table run", "status IS NULL", "METRICS.acc > 1", "tags.team = blue",
    ],
)
def test_wrong_filter_is_refused(world, text):
    with pytest.raises(MlflowException) as refused:
        world(text)
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("order", [["nope"], ["nope.x ASC"], ["metrics.acc UP"], ["metrics.acc ASC DESC"], [""]])
def test_wrong_order_is_refused(world, order):
    with pytest.raises(MlflowException) as refused:
        world(order=order)
    assert refused.value.error_code == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("more", [{"max_results": 50_001}, {"max_results": 0}, {"max_results": -1}])
def test_wrong_page_size_is_refused(world, client, rest, more):
    answer = rest("POST", "/api/2.0/mlflow/runs/search", json={"experiment_ids": [world.experiment], **more})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_no_text_of_a_user_is_sql(world):
    for odd in ["'); --", "%' OR '1'='1", "\\", "''", "é ñ 漢字 😀", "a" * 400]:
        text = "tags.team = \"" + odd.replace('"', "") + "\""
        assert world(text) == ""


@pytest.mark.crisol
@pytest.mark.parametrize(
    "text, want",
    [
        ("params.depth = '1' OR params.depth = '3'", "bd"), ("(params.depth = '1' OR tags.team = 'red') AND status = 'FINISHED'", "bde"),
        ("tags.team = 'blue' AND (metrics.acc > 0.2 OR params.opt = 'Adam')", "bc"), ("((params.depth = '0'))", "a"),
        ("params.depth = '0' OR params.depth = '1' AND tags.team = 'red'", "a"), ("(tags.rare IS NULL OR metrics.odd > 0) AND tags.team = 'red'", "de"),
    ],
)
def test_or_and_parentheses(world, text, want):
    assert world(text) == want


def test_experiments_are_found(world, client):
    find = lambda text, **more: [one.experiment_id for one in client.search_experiments(filter_string=text, **more)]
    name = f"search-{world.mark}"
    assert find(f"name = '{name}'") == [world.experiment]
    assert find(f"name ILIKE 'SEARCH-%{world.mark}'", order_by=["name ASC"]) == [world.experiment, world.other]
    assert find(f"name LIKE 'search-%{world.mark}' AND name != '{name}'") == [world.other]
    client.set_experiment_tag(world.other, "kind", f"other {world.mark}")
    assert find(f"tags.kind = 'other {world.mark}'") == [world.other]
    assert find(f"tags.kind LIKE 'other {world.mark}' AND attribute.name LIKE '%'") == [world.other]
    assert find(f"creation_time > {int(time.time() * 1000) + 3_600_000}") == []
    assert find(f"last_update_time > 0 AND name = '{name}'") == [world.experiment]


def test_data_sets_are_found(client, experiment):
    from mlflow.entities import Dataset, DatasetInput, InputTag

    ids = []
    for name, digest, context in [("wine", "d1", "training"), ("wine", "d2", "eval"), ("beer", "d3", "training")]:
        run = client.create_run(experiment).info.run_id
        client.log_inputs(run, [DatasetInput(Dataset(name, digest, "local", "{}"), [InputTag("mlflow.data.context", context)])])
        ids.append(run)
    find = lambda text: sorted(ids.index(run.info.run_id) for run in client.search_runs([experiment], text))
    assert find("dataset.name = 'wine'") == [0, 1]
    assert find("datasets.name LIKE 'w%' AND dataset.digest = 'd2'") == [1]
    assert find("dataset.context = 'training'") == [0, 2]
    assert find("dataset.name IN ('beer', 'milk')") == [2]
    assert find("dataset.digest NOT IN ('d1')") == [1, 2]
    assert find("dataset.name = 'wine' AND dataset.context = 'training'") == [0]
