/** Converters by the flavour that MLflow logged: what makes an ONNX graph of the model in three lines of Python. */
const snippets: Readonly<Record<string, string>> = {
  sklearn: lines('from skl2onnx import to_onnx', 'onnx_model = to_onnx(model, X_train[:1], options={"zipmap": False})', logged()),
  lightgbm: lines(
    'from onnxmltools import convert_lightgbm; from onnxmltools.convert.common.data_types import FloatTensorType',
    'onnx_model = convert_lightgbm(model, initial_types=[("X", FloatTensorType([None, X_train.shape[1]]))], zipmap=False)',
    logged(),
  ),
  xgboost: lines(
    'from onnxmltools import convert_xgboost; from onnxmltools.convert.common.data_types import FloatTensorType',
    'onnx_model = convert_xgboost(model, initial_types=[("X", FloatTensorType([None, X_train.shape[1]]))])',
    logged(),
  ),
  catboost: lines('import onnx', 'model.save_model("model.onnx", format="onnx"); onnx_model = onnx.load("model.onnx")', logged()),
  pytorch: lines(
    'import onnx, torch',
    'torch.onnx.export(model, torch.rand(1, X_train.shape[1]), "model.onnx", input_names=["X"], dynamic_axes={"X": {0: "N"}}); onnx_model = onnx.load("model.onnx")',
    logged(),
  ),
  tensorflow: lines('import tf2onnx', 'onnx_model, _ = tf2onnx.convert.from_keras(model)', logged()),
  keras: lines('import tf2onnx', 'onnx_model, _ = tf2onnx.convert.from_keras(model)', logged()),
};

/** The lines of Python that log the model of a flavour once more, with an ONNX file that can be served. */
export function howToServe(flavors: readonly string[]): string {
  const flavor = flavors.find((name) => Object.hasOwn(snippets, name));
  return (
    (flavor === undefined ? undefined : snippets[flavor]) ??
    lines('import onnx', 'onnx_model = onnx.load("model.onnx")  # exported by the library that made the model', logged())
  );
}

function logged(): string {
  return 'mlflow.onnx.log_model(onnx_model, name="model", registered_model_name=MODEL_NAME)';
}

function lines(...text: string[]): string {
  return text.join('\n');
}
