/** Rows of entity keys out of what somebody typed: one row a line, values in the order of the keys, separated by commas. */
export function entityRows(text: string, keys: readonly string[]): Record<string, string | number>[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => {
      const cells = line.split(',').map((cell) => cell.trim());
      return Object.fromEntries(keys.map((key, index) => [key, asKey(cells[index] ?? '')]));
    });
}

/** Digits are a number as long as nothing of them is lost; everything else is text. */
function asKey(cell: string): string | number {
  const value = Number(cell);
  return cell !== '' && String(value) === cell && Number.isFinite(value) ? value : cell;
}
