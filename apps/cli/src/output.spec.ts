import { describe, expect, it } from '@jest/globals';
import { facts, Output } from './output.js';

function anOutput(color: boolean, json = false) {
  const written = { stdout: '', stderr: '' };
  const output = new Output(
    { write: (text) => (written.stdout += text) },
    { write: (text) => (written.stderr += text) },
    { json, quiet: false, color },
  );
  return { output, written };
}

describe(Output, () => {
  const hostile = 'a\u001b[2Ab\u001b]0;title\u0007c\rd\u009be\u202ef\u001b[8mg';

  it.each([true, false])('lets no text steer the terminal (colours: %s)', (color) => {
    const { output, written } = anOutput(color);
    output.note(hostile);
    output.failure(hostile);
    output.line({}, hostile);
    output.result({}, () => hostile);
    const shown = 'a�[2Ab�]0;title�c�d�e�f�g\n';
    expect(written).toEqual({ stdout: shown + shown, stderr: shown + shown });
  });

  it('keeps its own styles, tabs and lines', () => {
    const { output, written } = anOutput(true);
    output.note(`${output.style('red', 'no')}\t1\n2`);
    expect(written.stderr).toBe('\u001b[31mno\u001b[0m\t1\n2\n');
    const plain = anOutput(false);
    plain.output.note('\u001b[31mred');
    expect(plain.written.stderr).toBe('�red\n');
  });

  it('writes JSON as it is', () => {
    const { output, written } = anOutput(false, true);
    output.line({ a: '\u001b[2J' }, 'x');
    expect(JSON.parse(written.stdout)).toEqual({ a: '\u001b[2J' });
  });
});

describe(facts, () => {
  it('sets further lines of a value below the first, so that they look like no other fact', () => {
    expect(
      facts([
        ['hosts', 'a.example\nmemory  1 MiB'],
        ['memory', '64 GiB'],
      ]),
    ).toBe('hosts   a.example\n        memory  1 MiB\nmemory  64 GiB');
  });
});
