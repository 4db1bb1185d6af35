// What the clients need: virtual environments with the real MLflow clients, made once under this folder from the pinned versions on PyPI.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;

/** Python of the environment for `major` (2 or 3), or why there is none, in words. The first time takes minutes. */
export function prepareMlflow(major) {
  const environment = join(here, `.venv-${major}`);
  const python = join(environment, 'bin', 'python');
  const requirements = join(here, `requirements-${major}.txt`);
  const stamp = join(environment, 'installed.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { python };
  // A run without the network, or one that has no minutes for it, can say so.
  if (process.env['CRISOL_SKIP_MLFLOW_INSTALL']) return { missing: 'CRISOL_SKIP_MLFLOW_INSTALL is set' };
  const version = spawnSync('python3', ['-c', 'import sys, venv, ensurepip; print((3, 11) <= sys.version_info < (3, 14))'], {
    encoding: 'utf8',
  });
  if (version.error || version.status !== 0 || version.stdout.trim() !== 'True')
    return { missing: 'there is no Python 3.11 to 3.13 with venv' };
  rmSync(environment, { recursive: true, force: true });
  const made = spawnSync('python3', ['-m', 'venv', environment], { encoding: 'utf8' });
  if (made.status !== 0) return { missing: 'the virtual environment could not be made' };
  const pip = spawnSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements], {
    encoding: 'utf8',
    timeout: 600_000,
  });
  if (pip.status !== 0) return { missing: `pip could not install MLflow (${(pip.stderr ?? '').trim().split('\n').at(-1)})` };
  writeFileSync(stamp, wanted);
  return { python };
}

/** The command line of the Java client's round trip, or why there is none. Maven keeps its files under this folder. */
export function prepareMlflowJava() {
  const project = join(here, 'java');
  const built = join(project, 'target', 'round-trip.jar');
  const stamp = join(project, 'target', 'built.txt');
  const wanted = ['pom.xml', 'src/main/java/RoundTrip.java'].map((file) => readFileSync(join(project, file), 'utf8')).join('\n');
  const command = ['-cp', `${built}:${join(project, 'target', 'lib')}/*`, 'RoundTrip'];
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return { command };
  if (process.env['CRISOL_SKIP_MLFLOW_INSTALL']) return { missing: 'CRISOL_SKIP_MLFLOW_INSTALL is set' };
  for (const tool of ['java', 'mvn']) {
    const found = spawnSync(tool, ['--version'], { encoding: 'utf8' });
    if (found.error || found.status !== 0) return { missing: `there is no ${tool}` };
  }
  const maven = spawnSync('mvn', ['--batch-mode', '--quiet', 'package'], { cwd: project, encoding: 'utf8', timeout: 400_000 });
  if (maven.status !== 0) return { missing: `Maven could not build it (${(maven.stdout ?? '').trim().split('\n')[0]})` };
  writeFileSync(stamp, wanted);
  return { command };
}
