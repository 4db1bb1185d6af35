const env = (origin: string): string => `export MLFLOW_TRACKING_URI=${origin}\nexport MLFLOW_TRACKING_TOKEN=$CRISOL_API_KEY`;

/** Loads a registered version back into Python. */
export const mlflowLoadSnippet = (origin: string, model: string, version: number): string =>
  [
    'import os',
    'import mlflow',
    '',
    `os.environ["MLFLOW_TRACKING_TOKEN"] = os.environ["CRISOL_API_KEY"]`,
    `mlflow.set_tracking_uri(${JSON.stringify(origin)})`,
    `model = mlflow.pyfunc.load_model(${JSON.stringify(`models:/${model}/${version}`)})`,
  ].join('\n');

/** A shell script that registers a first version as it stands: it trains on numbers of its own. */
export const mlflowRegisterSnippet = (origin: string): string =>
  [
    env(origin),
    'pip install mlflow scikit-learn skl2onnx',
    "python - <<'PY'",
    'import mlflow',
    'from sklearn.datasets import load_iris',
    'from sklearn.ensemble import RandomForestClassifier',
    'from skl2onnx import to_onnx',
    '',
    'X, y = load_iris(return_X_y=True)',
    'with mlflow.start_run():',
    '    model = RandomForestClassifier(n_estimators=20).fit(X, y)',
    '    mlflow.log_metric("accuracy", model.score(X, y))',
    '    onnx_model = to_onnx(model, X[:1].astype("float32"), options={"zipmap": False})',
    '    mlflow.onnx.log_model(onnx_model, name="model", registered_model_name="iris")',
    'PY',
  ].join('\n');
