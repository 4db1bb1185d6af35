type Tags = Readonly<Record<string, string>>;

/** Tags as lines of `name = value`; line breaks in a value are written as \n. */
export const tagLines = (tags: Tags): string =>
  Object.entries(tags)
    .map(([name, value]) => `${name} = ${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`)
    .join('\n');

/** What a merge must say to get from the tags to the lines: null takes one away. Null when a line is none. */
export function tagChanges(before: Tags, lines: string): Record<string, string | null> | null {
  const after = new Map<string, string>();
  for (const line of lines.split('\n')) {
    if (!line.trim()) continue;
    const at = line.indexOf('=');
    const name = line.slice(0, Math.max(0, at)).trim();
    if (!name || after.has(name)) return null;
    const value = line.slice(at + 1).trim();
    after.set(
      name,
      value.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char)),
    );
  }
  const changes: Record<string, string | null> = {};
  for (const [name, value] of after) if (before[name] !== value) changes[name] = value;
  for (const name of Object.keys(before)) if (!after.has(name)) changes[name] = null;
  return changes;
}
