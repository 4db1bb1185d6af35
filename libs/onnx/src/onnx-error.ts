/** The bytes are not an ONNX model that Crisol reads. The message says where it went wrong, in words for the uploader. */
export class OnnxFormatError extends Error {
  override readonly name = 'OnnxFormatError';
}
