#!/usr/bin/env bash
# From a CSV to a served prediction, with curl alone:
#   CRISOL_API_KEY=crs_… examples/quickstart.sh [file.csv]
# Uses CRISOL_URL (http://127.0.0.1:7070). The key needs the scopes of the preset "admin", since it makes another key.
# With CRISOL_WEBHOOK_URL set, a webhook channel is told when the training ends.
set -euo pipefail

url=${CRISOL_URL:-http://127.0.0.1:7070}
: "${CRISOL_API_KEY:?Make a key first: npm run crisol -- keys create --bootstrap}"
here=$(cd "$(dirname "$0")" && pwd)
file=${1:-$here/data/penguins.csv}
name=${CRISOL_NAME:-penguins}
target=${CRISOL_TARGET:-species}

say() { printf '\n== %s\n' "$*"; }
# Prints one value of a JSON answer: field '.outputs.run' <<<"$json"
field() { node -e 'let t="";process.stdin.on("data",(d)=>t+=d).on("end",()=>{let v=JSON.parse(t);for(const k of process.argv[1].split(".").filter(Boolean))v=v?.[k];console.log(typeof v==="object"?JSON.stringify(v):v)})' "$1"; }
# Calls the API; a problem is printed and ends the script.
call() {
  local method=$1 path=$2
  shift 2
  local answer status
  answer=$(curl --silent --show-error --write-out '\n%{http_code}' --request "$method" "$url/api/v1/$path" --header "Authorization: Bearer $CRISOL_API_KEY" "$@")
  status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
  if [ "$status" -ge 400 ]; then
    printf '%s %s answered %s: %s\n' "$method" "$path" "$status" "$answer" >&2
    exit 1
  fi
  printf '%s' "$answer"
}
json() { call "$1" "$2" --header 'Content-Type: application/json' --header "Idempotency-Key: $(node -p 'crypto.randomUUID()')" --data "$3"; }
# Waits for a job and prints it. 404 means "not yet".
finish() {
  local job=$1 answer status
  for _ in $(seq 1 60); do
    answer=$(curl --silent --write-out '\n%{http_code}' "$url/api/v1/jobs/$job/wait?timeout=10" --header "Authorization: Bearer $CRISOL_API_KEY")
    status=${answer##*$'\n'}
    answer=${answer%$'\n'*}
    [ "$status" = 200 ] && break
    [ "$status" = 404 ] || { printf 'waiting for %s: %s %s\n' "$job" "$status" "$answer" >&2; exit 1; }
  done
  [ "$(field .state <<<"$answer")" = succeeded ] || { printf 'job %s: %s\n' "$job" "$answer" >&2; exit 1; }
  printf '%s' "$answer"
}

if [ -n "${CRISOL_WEBHOOK_URL:-}" ]; then
  say "Tell a webhook when trainings end"
  json POST channels "{\"name\":\"hook-$name\",\"notifier\":\"webhook\",\"events\":[\"job.finished\",\"job.failed\"],\"target\":{\"url\":\"$CRISOL_WEBHOOK_URL\",\"signingKey\":\"${CRISOL_WEBHOOK_KEY:-whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=}\"}}" | field .id
fi

say "Upload $file as data set $name"
job=$(call POST datasets --form "name=$name" --form "file=@$file" | field .id)
imported=$(finish "$job")
call GET "datasets/$name" | field .latestVersion

say "Check it"
suite=$(json POST suites "{\"name\":\"$name-basics-$RANDOM\",\"dataset\":\"$name\",\"checks\":[{\"type\":\"expect_column_values_to_not_be_null\",\"kwargs\":{\"column\":\"$target\"}},{\"type\":\"expect_table_row_count_to_be_between\",\"kwargs\":{\"min_value\":50}}]}" | field .id)
checked=$(finish "$(json POST jobs "{\"kind\":\"suite.validate\",\"input\":{\"suite\":\"$suite\"}}" | field .id)")
call GET "validations/$(field .outputs.validation <<<"$checked")" | field .outcome

say "Train, register and promote"
trained=$(finish "$(json POST jobs "{\"kind\":\"model.train\",\"input\":{\"dataset\":\"$name\",\"target\":\"$target\",\"modelType\":\"${CRISOL_MODEL_TYPE:-gradient-boosting}\",\"register\":{\"model\":\"$name\",\"alias\":\"champion\"}}}" | field .id)")
call GET "runs/$(field .outputs.run <<<"$trained")" | field .evaluation.metrics

say "Wait for admission"
for _ in $(seq 1 60); do
  state=$(call GET "models/$name/versions/$(call GET "models/$name" | field .latestVersion)" | field .admission.state)
  [ "$state" != pending ] && break
  sleep 0.5
done
echo "$state"
[ "$state" = admitted ]

say "Serve it"
json POST endpoints "{\"name\":\"$name\",\"variants\":[{\"name\":\"champion\",\"model\":\"$name\",\"alias\":\"champion\",\"share\":100}]}" | field .name

say "Make a key that may only predict"
key=$(json POST keys "{\"name\":\"quickstart-$RANDOM\",\"scopes\":[\"endpoints:predict\"],\"endpoints\":[\"$name\"]}" | field .secret)
echo "${key%%_*}_…"

say "Predict"
instance=${CRISOL_INSTANCE:-'{"island":"Biscoe","bill_length_mm":46.1,"bill_depth_mm":13.2,"flipper_length_mm":211,"body_mass_g":4500,"sex":"female","year":2007}'}
curl --silent --fail-with-body "$url/api/v1/endpoints/$name/predict" --header "Authorization: Bearer $key" --header 'Content-Type: application/json' --data "{\"instances\":[$instance]}"
echo
