import type { GraphDirection, GraphSpec } from './graph-spec';
import { placeNodes } from './layout';

self.onmessage = (event: MessageEvent<{ spec: GraphSpec; direction: GraphDirection }>) => {
  self.postMessage(placeNodes(event.data.spec, event.data.direction));
};
