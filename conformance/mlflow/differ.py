"""Compares what two servers that speak MLflow's protocol hold, by names and contents. Standard library only.

`python differ.py URL_A URL_B [--token-a T] [--token-b T] [--sizes] [--active] [--experiment NAME]…`
Ids differ from server to server, so each is replaced by what it names: a run by its experiment, name and start, a
logged model by its experiment and name. Times that a server makes itself and tags of a copier (`crisol.import.…`) do
not count. Files are compared by their bytes, with `--sizes` by their sizes. `--active` leaves out what is deleted.
Prints each difference; exit 1 when there are any.
"""
import argparse, collections, hashlib, json, re, sys, urllib.error, urllib.parse, urllib.request

API = "/api/2.0/mlflow"


class Server:
    def __init__(self, url, token):
        self.url, self.token = url.rstrip("/"), token

    def open(self, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        return urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers), timeout=120)

    def get(self, _path, **query):
        with self.open(API + _path + "?" + urllib.parse.urlencode(query)) as answer:
            return json.load(answer)

    def post(self, path, body):
        with self.open(API + path, body) as answer:
            return json.load(answer)

    def pages(self, ask, key):
        token = None
        while True:
            page = ask({"page_token": token} if token else {})
            yield from page.get(key, [])
            token = page.get("next_page_token")
            if not token:
                return

    def files(self, kind, ident, uri, by_size, folder=""):
        if kind == "run":
            listed = self.pages(lambda more: self.get("/artifacts/list", run_id=ident, path=folder, **more), "files")
        else:
            listed = self.pages(lambda more: self.get(f"/logged-models/{ident}/artifacts/directories", artifact_directory_path=folder, **more), "files")
        found = {}
        for file in listed:
            if file.get("is_dir"):
                found.update(self.files(kind, ident, uri, by_size, file["path"]))
            elif by_size:
                found[file["path"]] = int(file.get("file_size") or 0)
            else:
                root = re.sub(r"^mlflow-artifacts:(//[^/]*)?/?", "", uri)
                path = "/api/2.0/mlflow-artifacts/artifacts/" + urllib.parse.quote(f"{root}/{file['path']}")
                digest = hashlib.sha256()
                with self.open(path) as answer:
                    while block := answer.read(1 << 20):
                        digest.update(block)
                found[file["path"]] = digest.hexdigest()
        return found


def pairs(entries):
    return {one["key"]: one.get("value", "") for one in entries or [] if not one["key"].startswith("crisol.import.")}


def number(value):
    return repr(float(value))


def snapshot(server, by_size, active_only, only):
    """Everything, with ids replaced, as texts that can be counted."""
    experiments = [
        one for one in server.pages(lambda more: server.post("/experiments/search", {"view_type": "ALL", "max_results": 1000, **more}), "experiments")
        if (not only or one["name"] in only) and not (active_only and one["lifecycle_stage"] == "deleted")
    ]
    names, runs, models = {}, [], []
    for experiment in experiments:
        view = "ACTIVE_ONLY" if active_only else "ALL"
        for run in server.pages(lambda more: server.post("/runs/search", {"experiment_ids": [experiment["experiment_id"]], "run_view_type": view, "max_results": 500, **more}), "runs"):
            info = run["info"]
            names[info["run_id"]] = f"<run {experiment['name']}/{info.get('run_name')}/{info.get('start_time')}>"
            # A search leaves out which models a run has used.
            runs.append((experiment, server.get("/runs/get", run_id=info["run_id"])["run"]))
        try:
            for model in server.pages(lambda more: server.post("/logged-models/search", {"experiment_ids": [experiment["experiment_id"]], "max_results": 50, **more}), "models"):
                names[model["info"]["model_id"]] = f"<model {experiment['name']}/{model['info'].get('name')}>"
                models.append((experiment, model))
        except urllib.error.HTTPError as error:
            if error.code not in (404, 405):
                raise
    numbers = {one["experiment_id"]: one["name"] for one in experiments}

    def named(text):
        text = re.sub(r"m-[0-9a-f]{32}|\b[0-9a-f]{32}\b", lambda found: names.get(found[0], found[0]), text or "")
        return re.sub(r"^mlflow-artifacts:(?://[^/]*)?/(\d+)/", lambda found: f"mlflow-artifacts:/<{numbers.get(found[1], found[1])}>/", text)

    def tags(entries):
        return {key: named(value) if key.startswith("mlflow.") else value for key, value in pairs(entries).items()}

    things = collections.Counter()

    def short(value):
        """Long texts by their beginning and digest, so that differences can be read."""
        if isinstance(value, str) and len(value) > 200:
            return f"{value[:40]}…{len(value)} {hashlib.sha256(value.encode()).hexdigest()[:16]}"
        if isinstance(value, dict):
            return {key: short(one) for key, one in value.items()}
        return value

    def add(kind, name, **facts):
        facts = short(facts)
        things[f"{kind} {name}: {json.dumps(facts, sort_keys=True, ensure_ascii=False)}"] += 1

    for one in experiments:
        add("experiment", one["name"], stage=one["lifecycle_stage"], tags=pairs(one.get("tags")))
    for experiment, run in runs:
        info, data = run["info"], run.get("data", {})
        ident = info["run_id"]
        label = names[ident]
        add("run", label, status=info["status"], end=info.get("end_time"), stage=info["lifecycle_stage"], params=pairs(data.get("params")), tags=tags(data.get("tags")))
        for metric in data.get("metrics", []):
            points = server.pages(lambda more: server.get("/metrics/get-history", run_id=ident, metric_key=metric["key"], max_results=25000, **more), "metrics")
            history = [[int(point.get("timestamp", 0)), int(point.get("step", 0)), number(point.get("value", 0))] for point in points]
            if sorted(history) != history:
                history.sort()
            add("history", f"{label} {metric['key']}", last=[number(metric.get("value", 0)), int(metric.get("step", 0)), int(metric.get("timestamp", 0))], points=len(history), sha=hashlib.sha256(json.dumps(history).encode()).hexdigest())
        for used in run.get("inputs", {}).get("dataset_inputs", []):
            add("data set of", label, tags=pairs(used.get("tags")), **{"dataset": {key: value for key, value in used["dataset"].items() if value != ""}})
        for side, key in (("inputs", "model_inputs"), ("outputs", "model_outputs")):
            for used in run.get(side, {}).get(key, []):
                add(key, label, model=named(used["model_id"]), step=int(used.get("step", 0)) if side == "outputs" else 0)
        for path, content in server.files("run", ident, info["artifact_uri"], by_size).items():
            add("file of", label, path=path, content=content)
    for experiment, model in models:
        info, data = model["info"], model.get("data", {})
        label = names[info["model_id"]]
        metrics = sorted([point["key"], number(point.get("value", 0)), int(point.get("step", 0)), int(point.get("timestamp", 0)), named(point.get("run_id")), point.get("dataset_name", "")] for point in data.get("metrics", []))
        add("logged model", label, status=info["status"], type=info.get("model_type", ""), run=named(info.get("source_run_id")), params=pairs(data.get("params")), tags=tags(info.get("tags")), metrics=metrics)
        for path, content in server.files("model", info["model_id"], info["artifact_uri"], by_size).items():
            add("file of", label, path=path, content=content)
    if not only:
        for model in server.pages(lambda more: server.get("/registered-models/search", max_results=500, **more), "registered_models"):
            name = model["name"]
            aliases = {one["alias"]: str(one["version"]) for one in model.get("aliases", [])}
            add("registered model", name, description=model.get("description", ""), tags=pairs(model.get("tags")), aliases=aliases)
            quote = '"' if "'" in name else "'"
            for version in server.pages(lambda more: server.get("/model-versions/search", filter=f"name = {quote}{name}{quote}", max_results=1000, **more), "model_versions"):
                add("version", f"{name}/{version['version']}", description=version.get("description", ""), tags=pairs(version.get("tags")), stage=version.get("current_stage"), source=named(version.get("source")), run=named(version.get("run_id")), link=version.get("run_link", ""), model=named(version.get("model_id")))
    return things


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("a")
    parser.add_argument("b")
    parser.add_argument("--token-a")
    parser.add_argument("--token-b")
    parser.add_argument("--sizes", action="store_true")
    parser.add_argument("--active", action="store_true")
    parser.add_argument("--experiment", action="append", default=[])
    given = parser.parse_args()
    first = snapshot(Server(given.a, given.token_a), given.sizes, given.active, given.experiment)
    second = snapshot(Server(given.b, given.token_b), given.sizes, given.active, given.experiment)
    for sign, differing in (("-", first - second), ("+", second - first)):
        for thing in sorted(differing.elements()):
            print(sign, thing[:1500])
    kinds = collections.Counter(thing.split(" ", 1)[0] for thing in first.elements())
    print(f"{sum((first & second).values())} of {sum(first.values())} things equal; here {', '.join(f'{count} {kind}' for kind, count in sorted(kinds.items()))}")
    sys.exit(0 if first == second else 1)


main()
