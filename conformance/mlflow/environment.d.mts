export type Prepared = { readonly python: string; readonly missing?: undefined } | { readonly missing: string; readonly python?: undefined };
export function prepareMlflow(major: 2 | 3): Prepared;
