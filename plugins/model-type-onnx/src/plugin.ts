import { definePlugin } from '@crisol/plugin-api';
import { onnxModelType } from './onnx.model-type.js';

export default definePlugin({
  id: 'model-type-onnx',
  setup: () => ({ modelTypes: [onnxModelType()] }),
});
