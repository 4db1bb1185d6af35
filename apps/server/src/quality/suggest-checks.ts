import type { Check, ColumnProfile, DatasetProfile, SuggestedChecks } from '@crisol/contracts';

/** A text column with at most this many values is taken for a set of categories. */
const categories = 20;

/** Checks that follow from what the columns hold, each with the reason. */
export function suggestChecks(profile: DatasetProfile): SuggestedChecks['checks'] {
  return [...ofTable(profile), ...profile.columns.flatMap((column) => ofColumn(column, profile.rows))];
}

function ofTable(profile: DatasetProfile): SuggestedChecks['checks'] {
  const names = profile.columns.map(({ name }) => name);
  return [
    suggestion(
      'expect_table_columns_to_match_set',
      { column_set: names, exact_match: false },
      'critical',
      `The table has these ${names.length} columns.`,
    ),
    suggestion(
      'expect_table_row_count_to_be_between',
      { min_value: Math.ceil(profile.rows / 2) },
      'warning',
      `The table has ${profile.rows} rows; half as many would be a surprise.`,
    ),
  ];
}

function ofColumn(column: ColumnProfile, rows: number): SuggestedChecks['checks'] {
  const { name } = column;
  const present = rows - column.nulls - column.nans;
  const found: SuggestedChecks['checks'] = [];
  if (column.type !== 'other')
    found.push(
      suggestion('expect_column_values_to_be_of_type', { column: name, type_: column.type }, 'critical', `The column is ${column.type}.`),
    );
  if (present === rows) found.push(suggestion('expect_column_values_to_not_be_null', { column: name }, 'critical', 'No value is missing.'));
  else if (present > 0) {
    const share = Math.floor((present / rows) * 100) / 100;
    if (share > 0)
      found.push(
        suggestion(
          'expect_column_values_to_not_be_null',
          { column: name, mostly: share },
          'warning',
          `${rows - present} of ${rows} values are missing.`,
        ),
      );
  }
  if (
    column.distinctExact &&
    present === rows &&
    column.distinct === rows &&
    rows > 1 &&
    (column.type === 'integer' || column.type === 'text')
  )
    found.push(suggestion('expect_column_values_to_be_unique', { column: name }, 'warning', 'Every value occurs once.'));
  else if (
    column.type === 'text' &&
    column.distinctExact &&
    column.distinct > 0 &&
    column.distinct <= categories &&
    column.distinct < present
  ) {
    const values = column.topValues.map(({ value }) => value);
    found.push(
      suggestion('expect_column_values_to_be_in_set', { column: name, value_set: values }, 'warning', `There are ${values.length} values.`),
    );
  }
  if (
    (column.type === 'integer' || column.type === 'number') &&
    typeof column.min === 'number' &&
    typeof column.max === 'number' &&
    column.min < column.max
  )
    found.push(
      suggestion(
        'expect_column_values_to_be_between',
        { column: name, min_value: column.min, max_value: column.max },
        'warning',
        `Values go from ${column.min} to ${column.max}.`,
      ),
    );
  return found;
}

function suggestion(type: string, kwargs: Check['kwargs'], severity: Check['severity'], reason: string): SuggestedChecks['checks'][number] {
  return { check: { type, kwargs, severity }, reason };
}
