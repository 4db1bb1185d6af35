/** Converters by the flavour that MLflow logged: what makes an ONNX graph of the model in three lines of Python. */
const conversions: Readonly<Record<string, readonly [string, string]>> = {
  sklearn: [
    'import numpy as np; from skl2onnx import to_onnx',
    'onnx_model = to_onnx(model, np.asarray(X_train[:1], dtype="float32"))  # X_train[:1] itself for a pipeline that picks columns by name',
  ],
  lightgbm: [
    'from onnxmltools import convert_lightgbm; from onnxmltools.convert.common.data_types import FloatTensorType',
    'onnx_model = convert_lightgbm(model, initial_types=[("X", FloatTensorType([None, X_train.shape[1]]))], zipmap=False)',
  ],
  xgboost: [
    'from onnxmltools import convert_xgboost; from onnxmltools.convert.common.data_types import FloatTensorType',
    'onnx_model = convert_xgboost(model, initial_types=[("X", FloatTensorType([None, X_train.shape[1]]))])',
  ],
  catboost: ['import onnx', 'model.save_model("model.onnx", format="onnx"); onnx_model = onnx.load("model.onnx")'],
  pytorch: [
    'import onnx, torch',
    'torch.onnx.export(model, torch.rand(1, X_train.shape[1]), "model.onnx", input_names=["X"], dynamic_axes={"X": {0: "N"}}); onnx_model = onnx.load("model.onnx")',
  ],
  tensorflow: ['import tf2onnx', 'onnx_model, _ = tf2onnx.convert.from_keras(model)'],
  keras: ['import tf2onnx', 'onnx_model, _ = tf2onnx.convert.from_keras(model)'],
};

const exported: readonly [string, string] = [
  'import onnx',
  'onnx_model = onnx.load("model.onnx")  # exported by the library that made the model',
];

/** The three lines of Python that log a model of these flavours once more, with an ONNX file that can be served. */
export function howToServe(flavors: readonly string[], model: string): string {
  const flavor = flavors.find((name) => Object.hasOwn(conversions, name));
  const conversion = (flavor === undefined ? undefined : conversions[flavor]) ?? exported;
  // The name of the folder by its place: its keyword is not the same in clients 2 and 3.
  return [...conversion, `mlflow.onnx.log_model(onnx_model, "model", registered_model_name=${JSON.stringify(model)})`].join('\n');
}
