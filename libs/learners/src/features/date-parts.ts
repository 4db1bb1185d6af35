import type { GraphBuilder } from '@crisol/onnx';

/** Parts of a date that a learner may use; `days` is the day number itself, with its fraction. */
export const dateParts = ['days', 'year', 'month', 'day', 'weekday', 'hour'] as const;
export type DatePart = (typeof dateParts)[number];

/**
 * Arithmetic on days since 1970-01-01 in one of two worlds: numbers, or nodes of a graph. Both run the same IEEE double
 * operations in the same order, so the trainer and the graph agree to the last bit.
 */
interface Arithmetic<Value> {
  constant(value: number): Value;
  add(a: Value, b: Value): Value;
  subtract(a: Value, b: Value): Value;
  multiply(a: Value, b: Value): Value;
  divide(a: Value, b: Value): Value;
  floor(a: Value): Value;
}

// Civil date from a day number after Howard Hinnant, "chrono-compatible low-level date algorithms"; years start in March.
function partOf<Value>(m: Arithmetic<Value>, days: Value, part: DatePart): Value {
  const k = (value: number) => m.constant(value);
  const floorDivide = (a: Value, b: number) => m.floor(m.divide(a, k(b)));
  if (part === 'days') return days;
  const whole = m.floor(days);
  if (part === 'hour') {
    // Half a microsecond of slack: fractions of a day such as 13/24 are not exact in a double.
    const fraction = m.add(m.subtract(days, whole), k(0.5e-6 / 86400));
    return m.floor(m.multiply(fraction, k(24)));
  }
  if (part === 'weekday') {
    const shifted = m.add(whole, k(3));
    return m.subtract(shifted, m.multiply(floorDivide(shifted, 7), k(7)));
  }
  const z = m.add(whole, k(719468));
  const era = floorDivide(z, 146097);
  const dayOfEra = m.subtract(z, m.multiply(era, k(146097)));
  const leapFree = m.subtract(
    m.add(m.subtract(dayOfEra, floorDivide(dayOfEra, 1460)), floorDivide(dayOfEra, 36524)),
    floorDivide(dayOfEra, 146096),
  );
  const yearOfEra = floorDivide(leapFree, 365);
  const daysBefore = m.subtract(m.add(m.multiply(yearOfEra, k(365)), floorDivide(yearOfEra, 4)), floorDivide(yearOfEra, 100));
  const dayOfYear = m.subtract(dayOfEra, daysBefore);
  const marchMonth = m.floor(m.divide(m.add(m.multiply(dayOfYear, k(5)), k(2)), k(153)));
  const afterNewYear = floorDivide(marchMonth, 10);
  switch (part) {
    case 'day': {
      const start = m.floor(m.divide(m.add(m.multiply(marchMonth, k(153)), k(2)), k(5)));
      return m.add(m.subtract(dayOfYear, start), k(1));
    }
    case 'month':
      return m.subtract(m.add(marchMonth, k(3)), m.multiply(afterNewYear, k(12)));
    case 'year':
      return m.add(m.add(yearOfEra, m.multiply(era, k(400))), afterNewYear);
  }
}

const numbers: Arithmetic<number> = {
  constant: (value) => value,
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  floor: Math.floor,
};

/** A part of the day number: year; month 1–12; day 1–31; weekday 0 (Monday) – 6; hour 0–23. NaN stays NaN. */
export function datePart(days: number, part: DatePart): number {
  return partOf(numbers, days, part);
}

/** The same in a graph, on a double tensor. Returns the name of a double tensor of the same shape. */
export function addDatePart(graph: GraphBuilder, days: string, part: DatePart): string {
  return partOf<string>(
    {
      constant: (value) => graph.constant(Float64Array.of(value)),
      add: (a, b) => graph.add('Add', [a, b]),
      subtract: (a, b) => graph.add('Sub', [a, b]),
      multiply: (a, b) => graph.add('Mul', [a, b]),
      divide: (a, b) => graph.add('Div', [a, b]),
      floor: (a) => graph.add('Floor', [a]),
    },
    days,
    part,
  );
}
