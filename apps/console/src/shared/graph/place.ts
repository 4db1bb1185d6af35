import type { GraphDirection, GraphSpec, PlacedNode } from './graph-spec';
import { placeNodes } from './layout';

const mostHere = 150;

/** Places nodes; a large graph in a worker, so that the page stays awake. */
export async function place(spec: GraphSpec, direction: GraphDirection): Promise<PlacedNode[]> {
  if (spec.nodes.length <= mostHere) return placeNodes(spec, direction);
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' });
    const end = (): void => worker.terminate();
    worker.onmessage = (event: MessageEvent<PlacedNode[]>) => {
      end();
      resolve(event.data);
    };
    worker.onerror = (event) => {
      end();
      reject(new Error(event.message || 'The worker that places the graph failed'));
    };
    // What Vue watches cannot be sent; the worker needs names and arrows only.
    worker.postMessage({
      direction,
      spec: { nodes: spec.nodes.map(({ id }) => ({ id })), edges: spec.edges.map(({ from, to }) => ({ from, to })) },
    });
  });
}
