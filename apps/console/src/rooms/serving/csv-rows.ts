import type { SignatureColumn } from '@crisol/contracts';

type Cell = string | number | boolean | null;
/** Splits CSV text (RFC 4180, comma or semicolon or tab) into records. */
export function parseCsv(text: string): string[][] {
  const [head = ''] = text.split(/\r?\n/, 1);
  const delimiter = [',', ';', '\t'].toSorted((a, b) => head.split(b).length - head.split(a).length)[0] ?? ',';
  const records: string[][] = [];
  let record: string[] = [];
  let field = '';
  let quoted = false;
  const endField = (): void => void (record.push(field), (field = ''));
  const endRecord = (): void => {
    endField();
    if (record.length > 1 || record[0] !== '') records.push(record);
    record = [];
  };
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (quoted) {
      if (character !== '"') field += character;
      else if (text.charAt(i + 1) === '"') field += text.charAt(i++);
      else quoted = false;
    } else if (character === '"' && field === '') quoted = true;
    else if (character === delimiter) endField();
    else if (character === '\n') endRecord();
    else if (character !== '\r') field += character;
  }
  if (field !== '' || record.length) endRecord();
  return records;
}

/** A text as a value of the column's type; what does not fit stays text, so that the server names the row and column. */
export function cellOf(text: string, column: SignatureColumn | undefined): Cell {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  if (column?.type === 'boolean' && /^(true|false)$/i.test(trimmed)) return trimmed.toLowerCase() === 'true';
  if (column?.type === 'number' || column?.type === 'integer') {
    const value = Number(trimmed);
    if (Number.isFinite(value)) return value;
  }
  return trimmed;
}

export function csvInstances(text: string, inputs: readonly SignatureColumn[]): Record<string, Cell>[] {
  const [header, ...records] = parseCsv(text.trim());
  const byName = new Map(inputs.map((column) => [column.name, column]));
  return records.map((record) =>
    Object.fromEntries((header ?? []).map((name, index) => [name.trim(), cellOf(record[index] ?? '', byName.get(name.trim()))])),
  );
}
