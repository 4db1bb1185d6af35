/** Whether a thrown value is a system error of that code, such as `ENOENT`; judged by shape, as errors may come from another realm. */
export function hasCode(thrown: unknown, code: string): boolean {
  return typeof thrown === 'object' && thrown !== null && 'code' in thrown && thrown.code === code;
}
