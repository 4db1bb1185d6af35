import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';

const pageBytes = 4_096;

interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly pages: number;
}

/**
 * Resident memory of a process, its descendants and everything in its group and session, in MiB. Shared pages count for
 * each, so it never says too little. 0 where there is no /proc.
 */
export function residentMbOf(leader: number): number {
  const seen = processes();
  const inTree = new Set([leader]);
  for (let found = true; found;) {
    found = false;
    for (const { pid, parent, group, session } of seen) {
      if (inTree.has(pid) || !(inTree.has(parent) || group === leader || session === leader)) continue;
      inTree.add(pid);
      found = true;
    }
  }
  return seen.reduce((sum, { pid, pages }) => sum + (inTree.has(pid) ? pages : 0), 0) * (pageBytes / 1_048_576);
}

function processes(): Seen[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'latin1');
      // The name in parentheses may hold spaces and parentheses itself.
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      const at = (index: number): number => Number(fields[index]);
      return [{ pid: Number(name), parent: at(1), group: at(2), session: at(3), pages: at(21) }];
    } catch {
      // It ended meanwhile.
      return [];
    }
  });
}

/** Kills every process whose home is `folder`: what left its group keeps the environment that it was started with. */
export async function killMarked(folder: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const mark = `HOME=${folder}`;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '');
    if (!environment.split('\0').includes(mark)) continue;
    try {
      process.kill(Number(name), 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}
