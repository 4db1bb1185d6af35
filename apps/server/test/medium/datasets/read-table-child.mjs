// Runs readTable in a process of its own, as the training does, and prints what it gives.
const [module, parquet, columns] = process.argv.slice(2);
const { readTable } = await import(module);
const table = await readTable(parquet, JSON.parse(columns)).catch((error) => ({ error: error.message }));
console.log(
  JSON.stringify(
    table.error
      ? table
      : {
          rows: table.rows,
          columns: table.columns.map((column) => ({
            ...column,
            values: column.values && [...column.values].map((value) => (Number.isNaN(value) ? null : value)),
            codes: column.codes && [...column.codes],
          })),
        },
  ),
);
