/** Columns and windows of the grid that shows ten thousand rows by drawing forty. */
export interface GridColumn {
  readonly id: string;
  readonly header: string;
  /** A second, faint word in the header, such as which value of a metric stands here. */
  readonly note?: string;
  readonly align?: 'left' | 'right';
  readonly width: number;
  readonly pinned?: boolean;
  readonly sortable?: boolean;
}
export interface GridSort {
  readonly id: string;
  readonly descending: boolean;
}
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Rows to draw: those in view and some around; it changes in steps, so that most scroll events draw nothing. */
export function rowSpan(top: number, height: number, rowHeight: number, count: number, around = 8, step = 4): Span {
  const first = Math.floor(top / rowHeight) - around;
  const start = Math.max(0, Math.floor(first / step) * step);
  const end = Math.min(count, Math.ceil((top + height) / rowHeight / step) * step + around);
  return { start: Math.min(start, count), end: Math.max(end, Math.min(start, count)) };
}

/** Columns to draw of those that scroll sideways. */
export function columnSpan(lefts: readonly number[], widths: readonly number[], left: number, width: number, around = 300): Span {
  let start = 0;
  while (start < lefts.length && (lefts[start] ?? 0) + (widths[start] ?? 0) < left - around) start++;
  let end = start;
  while (end < lefts.length && (lefts[end] ?? 0) < left + width + around) end++;
  return { start, end };
}

/** The scroll position that brings a row into view, or null when it is there already. */
export function scrollTo(row: number, rowHeight: number, top: number, height: number): number | null {
  const start = row * rowHeight;
  if (start < top) return start;
  return start + rowHeight > top + height ? start + rowHeight - height : null;
}
