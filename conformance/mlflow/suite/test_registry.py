"""The registry without model files: versions, aliases, stages, tags, searches."""
from concurrent.futures import ThreadPoolExecutor

import pytest
from mlflow.exceptions import MlflowException


@pytest.fixture
def source(client, experiment):
    run = client.create_run(experiment)
    return run.info.artifact_uri + "/model", run.info.run_id


def refused(codes, call, *arguments, **more):
    with pytest.raises(MlflowException) as error:
        call(*arguments, **more)
    assert error.value.error_code in (codes if isinstance(codes, tuple) else (codes,)), str(error.value)


def test_numbers_go_on_after_a_hole(client, source, word):
    name = client.create_registered_model(f"m-{word}").name
    for _ in range(3):
        client.create_model_version(name, *source)
    client.delete_model_version(name, "2")
    assert str(client.create_model_version(name, *source).version) == "4"
    assert sorted(int(one.version) for one in client.search_model_versions(f"name = '{name}'")) == [1, 3, 4]
    refused("RESOURCE_DOES_NOT_EXIST", client.get_model_version, name, "2")


def test_versions_made_at_once_have_numbers_of_their_own(client, source, word):
    name = client.create_registered_model(f"m-{word}").name
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: int(client.create_model_version(name, *source).version), range(12)))
    assert sorted(made) == list(range(1, 13))


def test_an_alias_names_one_version_whatever_happens_at_once(client, source, word):
    name = client.create_registered_model(f"m-{word}").name
    for _ in range(3):
        client.create_model_version(name, *source)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda i: client.set_registered_model_alias(name, "champion", str(i % 3 + 1)), range(24)))
    holders = [one.version for one in client.search_model_versions(f"name = '{name}'") if "champion" in client.get_model_version(name, one.version).aliases]
    assert holders == [client.get_model_version_by_alias(name, "champion").version]


def test_aliases(client, source, word):
    name = client.create_registered_model(f"m-{word}").name
    for _ in range(2):
        client.create_model_version(name, *source)
    for alias in ("a", "A-b_9", "x" * 255, "ñandú"):
        client.set_registered_model_alias(name, alias, "1")
    assert sorted(client.get_model_version(name, "1").aliases) == sorted(["a", "A-b_9", "x" * 255, "ñandú"])
    for wrong in ("latest", "Latest", "v1", "V22", "", "a b", "a.b", "a/b", "y" * 256):
        refused("INVALID_PARAMETER_VALUE", client.set_registered_model_alias, name, wrong, "1")
    refused("RESOURCE_DOES_NOT_EXIST", client.set_registered_model_alias, name, "a", "7")
    refused("RESOURCE_DOES_NOT_EXIST", client.set_registered_model_alias, f"absent-{word}", "a", "1")
    client.set_registered_model_alias(name, "a", "2")
    assert {alias: str(version) for alias, version in client.get_registered_model(name).aliases.items()} == {"a": "2", "A-b_9": "1", "x" * 255: "1", "ñandú": "1"}
    client.delete_registered_model_alias(name, "a")
    refused(("INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"), client.get_model_version_by_alias, name, "a")
    client.rename_registered_model(name, name + "-2")
    assert str(client.get_model_version_by_alias(name + "-2", "ñandú").version) == "1"


def test_stages(client, source, word):
    name = client.create_registered_model(f"m-{word}").name
    for _ in range(4):
        client.create_model_version(name, *source)
    for version, stage in [("1", "Production"), ("2", "Staging"), ("3", "production")]:
        client.transition_model_version_stage(name, version, stage)
    stages = lambda: [client.get_model_version(name, str(i)).current_stage for i in range(1, 5)]
    assert stages() == ["Production", "Staging", "Production", "None"]
    client.transition_model_version_stage(name, "4", "Production", archive_existing_versions=True)
    assert stages() == ["Archived", "Staging", "Archived", "Production"]
    assert {one.current_stage: str(one.version) for one in client.get_latest_versions(name)} == {"Archived": "3", "Staging": "2", "Production": "4"}
    client.transition_model_version_stage(name, "4", "None")
    assert stages()[3] == "None"
    refused("INVALID_PARAMETER_VALUE", client.transition_model_version_stage, name, "1", "Shipped")
    refused(("INVALID_PARAMETER_VALUE", "INTERNAL_ERROR"), client.transition_model_version_stage, name, "4", "None", archive_existing_versions=True)


def test_tags_and_descriptions(client, source, word):
    name = client.create_registered_model(f"m-{word}", tags={"a": "1"}, description="of old").name
    client.create_model_version(name, *source, tags={"b": "2"}, description="first")
    client.set_registered_model_tag(name, "a", "")
    client.set_registered_model_tag(name, "ключ ñ", "v" * 5000)
    client.set_model_version_tag(name, "1", "b", "3")
    client.update_registered_model(name, "")
    model = client.get_registered_model(name)
    assert (model.tags, model.description or "") == ({"a": "", "ключ ñ": "v" * 5000}, "")
    assert client.get_model_version(name, "1").tags == {"b": "3"}
    refused("INVALID_PARAMETER_VALUE", client.set_registered_model_tag, name, "k" * 251, "v")
    client.delete_registered_model_tag(name, "a")
    client.delete_model_version_tag(name, "1", "b")
    assert "a" not in client.get_registered_model(name).tags and client.get_model_version(name, "1").tags == {}


@pytest.mark.parametrize("wrong", ["", "a/b", "a:b"])
def test_wrong_names_of_models(client, wrong):
    refused(("INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"), client.create_registered_model, wrong)


def test_a_name_is_free_again(client, source, word):
    name = client.create_registered_model(f"m-{word}").name
    client.create_model_version(name, *source)
    refused(("RESOURCE_ALREADY_EXISTS", "ALREADY_EXISTS"), client.create_registered_model, name)
    client.delete_registered_model(name)
    client.create_registered_model(name)
    assert str(client.create_model_version(name, *source).version) == "1"


def test_searches(client, source, word):
    names = [client.create_registered_model(f"s{i}-{word}", tags={"even": str(i % 2 == 0), "word": word}).name for i in range(5)]
    for place, name in enumerate(names):
        for version in range(place + 1):
            client.create_model_version(name, *source, tags={"place": str(place), "n": str(version)})
    found = lambda text, **more: [one.name[1] for one in client.search_registered_models(text, **more)]
    assert found(f"tags.word = '{word}'") == list("01234")
    assert found(f"name LIKE 's%{word}' AND tags.even = 'True'") == list("024")
    assert found(f"name ILIKE 'S_-{word}' AND tags.`even` != 'True'", order_by=["name DESC"]) == list("31")
    assert found(f"tags.word = '{word}'", order_by=["last_updated_timestamp ASC", "name ASC"]) == list("01234")
    pages, token = [], None
    while True:
        page = client.search_registered_models(f"tags.word = '{word}'", max_results=2, page_token=token)
        pages.append([one.name[1] for one in page])
        token = page.token
        if not token:
            break
    assert pages == [["0", "1"], ["2", "3"], ["4"]]
    versions = lambda text, **more: [(one.name[1], int(one.version)) for one in client.search_model_versions(text, **more)]
    assert sorted(versions(f"name = '{names[2]}'")) == [("2", 1), ("2", 2), ("2", 3)]
    assert versions(f"name LIKE 's%{word}' AND version_number > 3", order_by=["name ASC", "version_number DESC"]) == [("3", 4), ("4", 5), ("4", 4)]
    assert versions(f"tags.place = '4' AND tags.n = '0' AND name ILIKE '%{word}'") == [("4", 1)]
    assert len(versions(f"run_id = '{source[1]}'")) == 15
    assert len(versions(f"source_path = '{source[0]}' AND version_number <= 1")) == 5
    for wrong in ("version_number = 'a'", "name > 'x'", "tags.a > 1", "owner = 'me'", "run_id > 'x'"):
        refused("INVALID_PARAMETER_VALUE", client.search_model_versions, wrong)
    for wrong in ("version_number = 1", "name > 'x'", "metrics.a > 1"):
        refused("INVALID_PARAMETER_VALUE", client.search_registered_models, wrong)


@pytest.mark.crisol
def test_or_and_parentheses(client, word):
    names = [client.create_registered_model(f"o{i}-{word}", tags={"i": str(i)}).name for i in range(3)]
    found = client.search_registered_models(f"name LIKE '%{word}' AND (tags.i = '0' OR tags.i = '2')")
    assert [one.name for one in found] == [names[0], names[2]]
