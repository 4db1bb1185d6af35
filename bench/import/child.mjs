// One run of a program in a process of its own; prints milliseconds and the peak of the resident memory.
const [program, path, workFolder] = process.argv.slice(2);
const { run } = await import(program);
const started = performance.now();
await run(
  { path, read: {}, memoryMb: 2048 },
  { workFolder, signal: new AbortController().signal, checkpoint: null, progress() {}, metric() {}, log() {}, async saveCheckpoint() {} },
);
console.log(JSON.stringify({ ms: performance.now() - started, peakMb: process.resourceUsage().maxRSS / 1024 }));
