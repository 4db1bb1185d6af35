// What a prediction server costs at the least: node:http and onnxruntime, and nothing else. No key, no limits, no
// validation beyond reading numbers, no metrics, no log.
//   node baseline.mjs <model.onnx> <labels,…>
// The model has an input of one column for each feature, as Crisol's own training writes it.
import { createServer } from 'node:http';
import * as ort from 'onnxruntime-node';

const [path = '', labelList = ''] = process.argv.slice(2);
const labels = labelList.split(',');
const session = await ort.InferenceSession.create(path, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  enableCpuMemArena: false,
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
});
const output = session.outputNames.find((name) => /prob/i.test(name)) ?? '';

const server = createServer((request, response) => {
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => void answer(body, response));
});

async function answer(body, response) {
  const { instances } = JSON.parse(body);
  const feeds = {};
  for (const name of session.inputNames) {
    const data = Float32Array.from(instances, (instance) => instance[name]);
    feeds[name] = new ort.Tensor('float32', data, [instances.length, 1]);
  }
  const found = await session.run(feeds, [output]);
  const scores = found[output].data;
  const predictions = instances.map((_, i) => {
    const probabilities = {};
    let best = 0;
    for (let k = 0; k < labels.length; k++) {
      probabilities[labels[k]] = scores[i * labels.length + k];
      if (scores[i * labels.length + k] > scores[i * labels.length + best]) best = k;
    }
    return { value: labels[best], probabilities };
  });
  const text = JSON.stringify({ predictions });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
}

server.listen(0, '127.0.0.1', () => console.log(server.address().port));
