import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installationFolder } from '../config/load-config.js';

/** Version of this release, from the repository's package.json. */
export const serverVersion: string = String(JSON.parse(readFileSync(join(installationFolder, 'package.json'), 'utf8')).version);
