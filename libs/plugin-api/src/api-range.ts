type Version = readonly [number, number, number];

/**
 * Whether a version of the plugin API lies in the range of a manifest: `*`, `1.x`, `1.2.3`, `^1.0`, `~1.2`, comparators joined
 * by spaces, alternatives by `||`. An unreadable range holds nothing.
 * @example satisfiesRange(pluginApiVersion, manifest.api)
 * @public
 * @since 1.1
 */
export function satisfiesRange(version: string, range: string): boolean {
  const wanted = parseVersion(version);
  if (!wanted) return false;
  return range.split('||').some((alternative) => {
    const parts = alternative.trim().split(/\s+/);
    return parts.every((part) => satisfiesComparator(wanted, part));
  });
}

function satisfiesComparator(version: Version, comparator: string): boolean {
  const match = /^(\^|~|>=|<=|>|<|=)?v?(\*|x|\d+(?:\.(?:\d+|x|\*)){0,2})$/.exec(comparator);
  const [, operator = '', text] = match ?? [];
  if (text === undefined) return false;
  const numbers = text.split('.').flatMap((part) => (/^\d+$/.test(part) ? [Number(part)] : []));
  const [major, minor, patch] = numbers;
  if (major === undefined) return operator === '';
  const low: Version = [major, minor ?? 0, patch ?? 0];
  const next: Version = minor === undefined ? [major + 1, 0, 0] : patch === undefined ? [major, minor + 1, 0] : [major, minor, patch + 1];
  switch (operator) {
    case '>=':
      return compare(version, low) >= 0;
    case '>':
      return patch === undefined ? compare(version, next) >= 0 : compare(version, low) > 0;
    case '<':
      return compare(version, low) < 0;
    case '<=':
      return compare(version, next) < 0;
    case '~':
      return compare(version, low) >= 0 && compare(version, minor === undefined ? [major + 1, 0, 0] : [major, minor + 1, 0]) < 0;
    case '^':
      return compare(version, low) >= 0 && compare(version, caretEnd(low, next)) < 0;
    default:
      return compare(version, low) >= 0 && compare(version, next) < 0;
  }
}

/** The leftmost number that is not zero may not change. */
function caretEnd([major, minor]: Version, next: Version): Version {
  if (major > 0) return [major + 1, 0, 0];
  return minor > 0 ? [0, minor + 1, 0] : next;
}

function parseVersion(text: string): Version | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
