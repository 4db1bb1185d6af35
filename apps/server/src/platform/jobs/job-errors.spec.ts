import { describe, expect, it } from '@jest/globals';
import { problem } from '../http/problem.js';
import { finalError, fromProblem, jobError } from './job-errors.js';

const limits = { memoryMb: 512, deadlineMs: 60_000 };

describe('the errors of jobs', () => {
  it('carry the title of their code, or that of a failed job for a code of a plugin', () => {
    expect(jobError('file_ragged', 'Line 7.').title).toBe('A row has another number of columns');
    expect(jobError('my_plugin_says_no', 'x').title).toBe('The job failed');
    expect(jobError('constructor', 'x').title).toBe('The job failed');
  });

  it('keep what a problem says', () => {
    const issues = [{ pointer: '/a', code: 'b', message: 'c' }];
    expect(fromProblem(problem('column_unknown', { detail: 'No "x".', errors: issues }))).toEqual({
      code: 'column_unknown',
      title: 'There is no such column',
      detail: 'No "x".',
      errors: issues,
    });
  });

  it('are final where another attempt would only repeat them', () => {
    expect(finalError({ type: 'memory' }, limits)).toMatchObject({ code: 'job_crashed', detail: expect.stringContaining('512 MiB') });
    expect(finalError({ type: 'deadline' }, limits)).toMatchObject({ code: 'job_timed_out', detail: expect.stringContaining('60 s') });
    expect(finalError({ type: 'ended', detail: 'signal SIGSEGV' }, limits)).toBeNull();
  });

  it('say nothing of the inside of the server when a program breaks', () => {
    const error = finalError({ type: 'fault', message: 'ENOENT /data/secret', stack: 'at /srv/x.js' }, limits);
    expect(JSON.stringify(error)).not.toMatch(/secret|srv/);
  });
});
