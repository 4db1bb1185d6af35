// Asks its worker what it was told to ask, one after another, and gives the answers.
export async function run({ questions, waitFor }, context) {
  if (waitFor) await context.ask('gate', process.pid);
  const answers = [];
  for (const [topic, body] of questions) {
    answers.push(await context.ask(topic, body).catch((error) => `${error.name} ${error.code ?? ''}: ${error.message}`));
  }
  return { answers, limits: context.limits };
}
