/** A graph as a picture and as a table: boxes joined by arrows. */
export interface GraphNode {
  readonly id: string;
  readonly title: string;
  readonly note?: string;
  readonly tone?: 'input' | 'output' | 'plain' | 'folded';
  /** Rows of the panel that explains the node. */
  readonly facts?: readonly { readonly label: string; readonly value: string }[];
}
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
}
export interface GraphSpec {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}
export type GraphDirection = 'TB' | 'LR';
export interface PlacedNode {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}
export const nodeWidth = 184;
export const nodeHeight = 48;
