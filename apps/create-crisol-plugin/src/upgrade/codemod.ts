/** One step that brings a plugin's own files to a new major of the plugin API. */
export interface Codemod {
  /** The major of the API that asks for it. */
  readonly major: number;
  /** What it does, for people, such as "renames HttpClient.post to request". */
  readonly title: string;
  /** Whether it wants to see a file, by its path with `/`. */
  takes(path: string): boolean;
  /** The new text of a file; the same text when there is nothing to do. */
  rewrite(text: string, path: string): string;
}

/** What a step changed. */
export interface CodemodResult {
  readonly title: string;
  readonly files: readonly string[];
}

/**
 * Applies the steps of the majors after `from` up to `to`, in their order.
 * @param files - texts by path; changed texts replace them
 */
export function applyCodemods(codemods: readonly Codemod[], files: Map<string, string>, from: number, to: number): CodemodResult[] {
  const due = codemods.filter(({ major }) => major > from && major <= to).sort((a, b) => a.major - b.major);
  return due.map((codemod) => {
    const changed: string[] = [];
    for (const [path, text] of files) {
      if (!codemod.takes(path)) continue;
      const rewritten = codemod.rewrite(text, path);
      if (rewritten === text) continue;
      files.set(path, rewritten);
      changed.push(path);
    }
    return { title: codemod.title, files: changed.sort() };
  });
}
