// A result as text for elsewhere, in the order shown, with the server's own values.
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

/** For pasting into a spreadsheet: parted by tabs, one line a row, so tabs and line ends within values become blanks. */
export function tableTsv(table: ResultTable, order: readonly number[]): string {
  return lines(table, order, (cells) => cells.map((c) => c.replace(/[\t\r\n]+/g, ' ')).join('\t'));
}

/** For tickets and chats. */
export function tableMarkdown(table: ResultTable, order: readonly number[]): string {
  const line = (cells: string[]) => `| ${cells.map((c) => c.replace(/[\r\n]+/g, ' ').replace(/[\\|]/g, '\\$&')).join(' | ')} |`;
  const [head = '', ...rows] = lines(table, order, line).split('\n');
  return [head, `|${table.columns.map((c) => (c.kind === 'number' ? ' ---: |' : ' --- |')).join('')}`, ...rows].join('\n');
}

function lines(table: ResultTable, order: readonly number[], line: (cells: string[]) => string): string {
  const rows = order.map((i) => line(table.columns.map((_c, at) => table.rows[i]?.[at] ?? '')));
  return `${[line(table.columns.map((c) => c.name)), ...rows].join('\n')}\n`;
}
