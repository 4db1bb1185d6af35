import { columnVisibilityFeature, tableFeatures, type CellData, type ColumnDef } from '@tanstack/vue-table';

/** The server sorts, filters and pages; the table itself only shows and hides. */
export const dataTableFeatures = tableFeatures({ columnVisibilityFeature });

export interface TableColumn<Row> {
  readonly id: string;
  readonly header: string;
  /** Text of the cell when the page gives no slot `cell-<id>`. */
  readonly text?: (row: Row) => string;
  /** Numbers stand right, in equal widths. */
  readonly align?: 'left' | 'right';
  /** Columns that stay on a narrow screen: give it to at most three. */
  readonly priority?: boolean;
  readonly headerHidden?: boolean;
}

export function columnDefs<Row extends object>(columns: readonly TableColumn<Row>[]): ColumnDef<typeof dataTableFeatures, Row, CellData>[] {
  return columns.map((column) => ({ id: column.id, header: column.header, accessorFn: (row: Row) => column.text?.(row) ?? '' }));
}
