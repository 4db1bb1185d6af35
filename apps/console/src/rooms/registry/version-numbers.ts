/** The history names versions as text, with or without the `v`. */
export function versionNumber(text: string | null): number | null {
  const digits = /^v?(\d+)$/.exec(text ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
}
