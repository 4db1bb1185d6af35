// Explains its failure, or just breaks.
export function run({ how }) {
  if (how === 'explained') {
    const error = new Error('Column "age" has no values.');
    error.name = 'JobFailure';
    error.code = 'training_data_unusable';
    error.issues = [{ pointer: '/target', code: 'empty', message: 'no values' }];
    throw error;
  }
  throw new TypeError(`cannot read ${process.cwd()}/secret`);
}
