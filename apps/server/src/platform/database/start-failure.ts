/** Why the server cannot start, in a sentence for whoever typed the command; printed without a stack. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
}
