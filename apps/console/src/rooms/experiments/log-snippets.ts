/** A text in single quotes for a shell, whatever stands in it. */
const shell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The first lines that log a run: with an MLflow client, and by hand. */
export function logSnippets(origin: string, experiment: string): { mlflow: string; curl: string } {
  const call = (route: string, body: string): string =>
    `curl -H "Authorization: Bearer $CRISOL_API_KEY" -H "Content-Type: application/json" \\\n  -H "Idempotency-Key: $(date +%s%N)" ${origin}/api/v1${route} \\\n  -d ${body}`;
  return {
    mlflow: [
      `export MLFLOW_TRACKING_URI=${origin}`,
      'export MLFLOW_TRACKING_TOKEN=$CRISOL_API_KEY',
      "python - <<'EOF'",
      'import mlflow',
      '',
      `mlflow.set_experiment(${JSON.stringify(experiment)})`,
      'with mlflow.start_run(run_name="first"):',
      '    mlflow.log_param("depth", 4)',
      '    for step in range(10):',
      '        mlflow.log_metric("loss", 1 / (step + 1), step=step)',
      'EOF',
    ].join('\n'),
    curl: [
      `RUN=$(${call('/runs', shell(JSON.stringify({ experiment, name: 'first', params: { depth: '4' } })))} | sed -E 's/.*"id":"(run_[^"]+)".*/\\1/')`,
      call(
        '/runs/$RUN/log',
        shell(
          JSON.stringify({
            metrics: [
              { name: 'loss', step: 0, value: 1 },
              { name: 'loss', step: 1, value: 0.5 },
            ],
          }),
        ),
      ),
      call('/runs/$RUN/finish', shell(JSON.stringify({ state: 'succeeded' }))),
    ].join('\n'),
  };
}
