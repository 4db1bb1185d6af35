/** Hands a file that was made here to the browser's downloads. */
export function saveBlob(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name.replaceAll(/[\\/:*?"<>|]/g, '-');
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
/** A byte order mark lets spreadsheets know that the text is UTF-8. */
export function saveText(name: string, text: string, type: string): void {
  saveBlob(name, new Blob(['\ufeff', text], { type: `${type};charset=utf-8` }));
}
export function saveDataUrl(name: string, address: string): void {
  const [head = '', body = ''] = address.split(',');
  const bytes = Uint8Array.from(atob(body), (character) => character.charCodeAt(0));
  saveBlob(name, new Blob([bytes], { type: /data:([^;]+)/.exec(head)?.[1] ?? 'application/octet-stream' }));
}
