// The load, in a process of its own: keep-alive connections that each send the next request when the answer is there.
//   node client.mjs <port> <connections> <seconds> < request.txt
// Prints one line of JSON. Plain sockets, so that the client takes as little of the machine as possible.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

const [port, connections, seconds] = process.argv.slice(2).map(Number);
const request = readFileSync(0);
const latencies = [];
const statuses = {};
const end = performance.now() + seconds * 1000;
const started = performance.now();
await Promise.all(Array.from({ length: connections }, drive));
const elapsed = (performance.now() - started) / 1000;
latencies.sort((a, b) => a - b);
const at = (q) => Math.round(latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))] * 1000) / 1000;
console.log(JSON.stringify({ perSecond: Math.round(latencies.length / elapsed), p50Ms: at(0.5), p99Ms: at(0.99), statuses }));

function drive() {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let text = '';
    let sent = 0;
    const send = () => {
      sent = performance.now();
      socket.write(request);
    };
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const head = text.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head));
      if (!length) return reject(new Error(`No length: ${text}`));
      if (text.length < head + 4 + Number(length[1])) return;
      const status = text.slice(9, 12);
      statuses[status] = (statuses[status] ?? 0) + 1;
      text = '';
      const now = performance.now();
      latencies.push(now - sent);
      if (now < end) return send();
      socket.destroy();
      resolve();
    });
  });
}
