/** A text kept in this browser; a closed storage only means that it is not kept. */
export function remembered(key: string): string {
  try {
    return localStorage.getItem(`crisol.${key}`) ?? '';
  } catch {
    return '';
  }
}
export function remember(key: string, text: string): void {
  try {
    if (text) localStorage.setItem(`crisol.${key}`, text);
    else localStorage.removeItem(`crisol.${key}`);
  } catch {
    // See above.
  }
}
