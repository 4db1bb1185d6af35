// Takes memory until somebody stops it.
export async function run() {
  const held = [];
  for (;;) {
    held.push(Buffer.alloc(16 * 1024 * 1024, 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
