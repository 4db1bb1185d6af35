export function hostileFiles(): Readonly<Record<string, Uint8Array>>;
export function harmlessFile(): Uint8Array;
