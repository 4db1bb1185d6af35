/** One step of the schema, applied once, in the order of names, each in its own transaction. Never edit one that has been released: its checksum is kept. */
export interface Migration {
  /** `NNNN-what`, the file's name. */
  readonly name: string;
  readonly statements: readonly string[];
}
