import { Client, type ClientConfig } from 'pg';

const queries = {
  columns: `select c.relname as table, a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required,
      pg_get_expr(d.adbin, d.adrelid) as "default", a.attidentity as identity, a.attgenerated as generated
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by c.relname, a.attnum`,
  constraints: `select c.relname as table, k.conname as name, pg_get_constraintdef(k.oid) as text
    from pg_constraint k join pg_class c on c.oid = k.conrelid
    where c.relnamespace = 'public'::regnamespace and k.contype <> 'n'
    order by c.relname, array_position(array['p','u','f','c'], k.contype::text), k.conname`,
  indexes: `select i.tablename as table, i.indexname as name, i.indexdef as text from pg_indexes i
    where i.schemaname = 'public' and not exists (select 1 from pg_constraint k where k.conname = i.indexname and k.contype in ('p', 'u'))
    order by i.tablename, i.indexname`,
  triggers: `select c.relname as table, t.tgname as name, pg_get_triggerdef(t.oid) as text
    from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = 'public'::regnamespace and not t.tgisinternal order by c.relname, t.tgname`,
  functions: `select '' as table, p.proname as name, pg_get_functiondef(p.oid) as text from pg_proc p
    where p.pronamespace = 'public'::regnamespace order by p.proname, p.oid`,
} as const;

interface ColumnRow {
  table: string;
  name: string;
  type: string;
  required: boolean;
  default: string | null;
  identity: string;
  generated: string;
}
interface TextRow {
  table: string;
  name: string;
  text: string;
}

/** The schema as text, read from the catalogues in a fixed order: what a review of migrations looks at. */
export async function schemaSnapshot(connection: ClientConfig): Promise<string> {
  const client = new Client(connection);
  await client.connect();
  try {
    const columns = (await client.query<ColumnRow>(queries.columns)).rows;
    const constraints = (await client.query<TextRow>(queries.constraints)).rows;
    const indexes = (await client.query<TextRow>(queries.indexes)).rows;
    const triggers = (await client.query<TextRow>(queries.triggers)).rows;
    const functions = (await client.query<TextRow>(queries.functions)).rows;
    const tables = [...new Set(columns.map((column) => column.table))];
    const parts = tables.map((table) => {
      const of = <Row extends { table: string }>(rows: readonly Row[]) => rows.filter((row) => row.table === table);
      const lines = [
        ...of(columns).map(columnLine),
        ...of(constraints).map((constraint) => `constraint ${constraint.name} ${constraint.text}`),
      ];
      const after = [...of(indexes), ...of(triggers)].map((row) => `${row.text.replaceAll('public.', '')};\n`);
      return `create table ${table} (\n  ${lines.join(',\n  ')}\n);\n${after.join('')}`;
    });
    return [
      '-- Made from the migrations by scripts/check-drift.mjs; not run by anything.\n',
      ...functions.map((row) => `${row.text.trim()};\n`),
      ...parts,
    ].join('\n');
  } finally {
    await client.end();
  }
}

function columnLine(column: ColumnRow): string {
  const value = column.generated
    ? ` generated always as (${column.default}) stored`
    : column.identity
      ? ` generated ${column.identity === 'a' ? 'always' : 'by default'} as identity`
      : column.default === null
        ? ''
        : ` default ${column.default}`;
  return `${column.name} ${column.type}${column.required ? ' not null' : ''}${value}`;
}
