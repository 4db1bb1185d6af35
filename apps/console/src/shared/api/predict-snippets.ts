import type { Signature, SignatureColumn } from '@crisol/contracts';

type Cell = string | number | boolean | null;
/** A plausible value for a column, so that a snippet works as it stands. */
export function exampleOf(column: SignatureColumn): Cell {
  if (column.example !== undefined) return column.example;
  if (column.levels?.[0] !== undefined) return column.levels[0];
  if (column.type === 'boolean') return true;
  if (column.type === 'date') return '2026-01-31';
  if (column.type === 'timestamp') return '2026-01-31T12:00:00Z';
  if (column.type === 'text') return 'text';
  const middle = column.min !== undefined && column.max !== undefined ? (column.min + column.max) / 2 : 0;
  return column.type === 'integer' ? Math.round(middle) : Number(middle.toPrecision(3));
}
export const exampleRow = (signature: Signature | null): Record<string, Cell> =>
  Object.fromEntries((signature?.inputs ?? []).map((column) => [column.name, exampleOf(column)]));

const shellQuoted = (text: string): string => text.replaceAll("'", "'\\''");
function pythonLiteral(value: unknown, depth = 0): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map((item) => pythonLiteral(item, depth)).join(', ')}]`;
  if (typeof value === 'object' && value !== undefined)
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}: ${pythonLiteral(item, depth + 1)}`)
      .join(', ')}}`;
  return JSON.stringify(value);
}

/** Working calls in three languages; the key is always `$CRISOL_API_KEY`. */
export function predictSnippets(
  origin: string,
  target: string,
  instances: readonly object[],
): Record<'curl' | 'python' | 'typescript', string> {
  const address = `${origin}/api/v1${target}`;
  const body = { instances };
  return {
    curl: `curl -H "Authorization: Bearer $CRISOL_API_KEY" \\\n  -H "Content-Type: application/json" \\\n  ${address} \\\n  -d '${shellQuoted(JSON.stringify(body))}'`,
    python: `import os, requests\n\nanswer = requests.post(\n    ${JSON.stringify(address)},\n    headers={"Authorization": f"Bearer {os.environ['CRISOL_API_KEY']}"},\n    json=${pythonLiteral(body)},\n    timeout=10,\n)\nanswer.raise_for_status()\nprint(answer.json()["predictions"])`,
    typescript: `const answer = await fetch(${JSON.stringify(address)}, {\n  method: 'POST',\n  headers: { Authorization: \`Bearer \${process.env.CRISOL_API_KEY}\`, 'Content-Type': 'application/json' },\n  body: JSON.stringify(${JSON.stringify(body)}),\n});\nif (!answer.ok) throw new Error(await answer.text());\nconsole.log((await answer.json()).predictions);`,
  };
}
