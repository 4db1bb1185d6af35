export { columnNamed, countDistinct, takeColumn, takeRows, textOf } from './frame.js';
export type { Frame, FrameColumn, NumericFrameColumn, TextFrameColumn } from './frame.js';
