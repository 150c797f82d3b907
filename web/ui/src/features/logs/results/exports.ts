// A result as CSV or JSON, in the order shown, with the server's own values.
import { csvText } from '@/lib/csv';
import type { ResultTable } from './table';

export function tableCsv(table: ResultTable, order: readonly number[]): string {
  function* rows() {
    yield table.columns.map((c) => c.name);
    for (const i of order) yield table.rows[i] ?? [];
  }
  return csvText(rows());
}

/** A list of objects; absent fields are left out. */
export function tableJson(table: ResultTable, order: readonly number[]): string {
  const objects = order.map((i) => Object.fromEntries(table.columns.flatMap((c, at) => (table.rows[i]?.[at] === undefined ? [] : [[c.name, table.rows[i]?.[at]]]))));
  return `${JSON.stringify(objects, null, 1)}\n`;
}
