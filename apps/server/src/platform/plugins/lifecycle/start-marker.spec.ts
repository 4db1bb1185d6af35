import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartMarker } from './start-marker.js';

describe(StartMarker.name, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'crisol-marker-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const marked = (host: string): StartMarker => {
    const marker = new StartMarker(folder, host);
    marker.takeCrashed();
    marker.set('notifier-x');
    return marker;
  };

  it('names the plugin inside which an earlier process of this machine died, once', () => {
    marked('here');
    expect([...new StartMarker(folder, 'here').takeCrashed()]).toEqual(['notifier-x']);
    expect([...new StartMarker(folder, 'here').takeCrashed()]).toEqual([]);
  });

  it('names none that came up', () => {
    marked('here').clear();
    expect([...new StartMarker(folder, 'here').takeCrashed()]).toEqual([]);
  });

  it('leaves the marker of another container on the same folder alone while it may be at it', () => {
    marked('there');
    expect([...new StartMarker(folder, 'here').takeCrashed()]).toEqual([]);
    const longAgo = new Date(Date.now() - 600_000);
    utimesSync(join(folder, 'plugins', `starting-there-${process.pid}`), longAgo, longAgo);
    expect([...new StartMarker(folder, 'here').takeCrashed()]).toEqual(['notifier-x']);
  });
});
