/** A value that has no one form as bytes: a number that is not finite, half of a surrogate pair, or what JSON does not know. */
export class NotCanonical extends Error {
  override readonly name = 'NotCanonical';
}

/**
 * The one text of a JSON value by RFC 8785 (JSON Canonicalization Scheme): no white space, keys in the order of their UTF-16
 * code units, numbers as ECMAScript writes them. Two values that are the same JSON have the same text, so it can be signed.
 * Members that are `undefined` are left out, as `JSON.stringify` does.
 * @throws NotCanonical
 * @example canonicalJson({ b: [1e21, -0], a: 'é' }) === '{"a":"é","b":[1e+21,0]}'
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw new NotCanonical('Half of a surrogate pair has no place in canonical JSON.');
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw new NotCanonical(`${value} is no number of JSON.`);
      // ECMAScript writes numbers as the RFC asks, and -0 as 0.
      return JSON.stringify(value);
    case 'boolean':
      return String(value);
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${value.map((item: unknown) => canonicalJson(item)).join(',')}]`;
      return objectText(value);
    default:
      throw new NotCanonical(`A ${typeof value} is no value of JSON.`);
  }
}

function objectText(value: object): string {
  if (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null)
    throw new NotCanonical('Only plain objects have canonical JSON.');
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${canonicalJson(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
