const two = (value: number): string => String(value).padStart(2, '0');

/** An instant as a `datetime-local` field shows it, in the zone of the browser. */
export function toLocalField(instant: string): string {
  const at = new Date(instant);
  if (!instant || Number.isNaN(at.getTime())) return '';
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
/** The instant that a `datetime-local` field names, or nothing. */
export function fromLocalField(text: string): string {
  const at = new Date(text);
  return text === '' || Number.isNaN(at.getTime()) ? '' : at.toISOString();
}
/** `asOf` in an address may be a day alone, as people write it: then its end is meant. */
export function instantFrom(text: string): string {
  const at = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T23:59:59.999` : text);
  return text === '' || Number.isNaN(at.getTime()) ? '' : at.toISOString();
}
