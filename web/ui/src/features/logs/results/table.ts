// Query results as a table: columns in the order of the query, what kind of
// values each holds, sorting.
import type { Cells, RawRow } from '../run/query';

export type ColumnKind = 'time' | 'number' | 'message' | 'text';

export interface ResultColumn {
  name: string;
  kind: ColumnKind;
}

export interface ResultTable {
  columns: ResultColumn[];
  rows: Cells[];
  /** Pointers to the events; empty for aggregated results. */
  pointers: (string | undefined)[];
}

const pointer = '@ptr';
const timeText = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/;

/** Fields that are absent from a row are left out of it, so the order comes from all rows together. */
export function columnNames(rows: readonly RawRow[]): string[] {
  const names: string[] = [];
  let places = new Map<string, number>();
  for (const row of rows) {
    let after = -1;
    for (const { field } of row) {
      if (field === pointer) continue;
      const known = places.get(field);
      if (known !== undefined) {
        after = known;
        continue;
      }
      names.splice(++after, 0, field);
      places = new Map(names.map((name, i) => [name, i]));
    }
  }
  return names;
}

export function makeTable(raw: readonly RawRow[]): ResultTable {
  const names = columnNames(raw);
  const place = new Map(names.map((name, i) => [name, i]));
  const pointers: (string | undefined)[] = [];
  const rows = raw.map((row) => {
    const cells: Cells = new Array<string | undefined>(names.length).fill(undefined);
    let ptr: string | undefined;
    for (const { field, value } of row) {
      const at = place.get(field);
      if (at !== undefined) cells[at] = value;
      else if (field === pointer) ptr = value;
    }
    pointers.push(ptr);
    return cells;
  });
  return { columns: names.map((name, i) => ({ name, kind: kindOf(name, rows, i) })), rows, pointers: pointers.some((p) => p !== undefined) ? pointers : [] };
}

const looked = 200; // rows that decide a column's kind

function kindOf(name: string, rows: readonly Cells[], at: number): ColumnKind {
  if (name === '@message') return 'message';
  let times = 0;
  let numbers = 0;
  let seen = 0;
  for (const row of rows) {
    const v = row[at];
    if (v === undefined || v === '') continue;
    if (timeText.test(v)) times++;
    else if (isNumber(v)) numbers++;
    if (++seen >= looked) break;
  }
  if (seen === 0) return 'text';
  if (times === seen) return 'time';
  return numbers === seen ? 'number' : 'text';
}

/** Ids of digits alone are longer than any number worth rounding. */
export function isNumber(text: string): boolean {
  return text.length < 24 && text.trim() !== '' && Number.isFinite(Number(text)) && !/^0\d/.test(text);
}

/** A result's time (UTC without a zone) in milliseconds. */
export function timeOf(text: string | undefined): number | null {
  if (text === undefined || !timeText.test(text)) return null;
  const ms = Date.parse(`${text.replace(' ', 'T')}Z`);
  return Number.isNaN(ms) ? null : ms;
}

export interface ResultSort {
  column: string;
  direction: 'asc' | 'desc';
}

/** Row indexes in the order of the sort; absent values come last; equal rows keep their order. */
export function sortedRows(table: ResultTable, sort: ResultSort | null): number[] {
  const order = table.rows.map((_r, i) => i);
  const at = table.columns.findIndex((c) => c.name === sort?.column);
  const column = table.columns[at];
  if (!sort || !column) return order;
  const sign = sort.direction === 'asc' ? 1 : -1;
  if (column.kind === 'number') {
    const keys = table.rows.map((r) => (r[at] === undefined || r[at] === '' ? NaN : Number(r[at])));
    return order.sort((a, b) => {
      const x = keys[a] as number;
      const y = keys[b] as number;
      if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b;
      return (x - y) * sign || a - b;
    });
  }
  // Times sort as their text does.
  const collator = column.kind === 'time' ? null : new Intl.Collator(undefined, { numeric: true });
  return order.sort((a, b) => {
    const x = table.rows[a]?.[at];
    const y = table.rows[b]?.[at];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined) || a - b;
    return (collator ? collator.compare(x, y) : x < y ? -1 : x > y ? 1 : 0) * sign || a - b;
  });
}

/** What a click on a heading makes of the sort. */
export function nextResultSort(column: ResultColumn, sort: ResultSort | null): ResultSort | null {
  const first = column.kind === 'text' || column.kind === 'message' ? 'asc' : 'desc';
  if (sort?.column !== column.name) return { column: column.name, direction: first };
  if (sort.direction === first) return { column: column.name, direction: first === 'asc' ? 'desc' : 'asc' };
  return null;
}

const widths: Record<ColumnKind, [number, number]> = { time: [178, 178], number: [84, 180], message: [320, 4000], text: [90, 420] };

const letterWidth = 7.6; // of the table's font
const narrowTime = 84; // a time of day

/** Pixels for each column, by its heading and its first rows. */
export function columnWidths(table: ResultTable, narrow = false, hasUnit: (column: number) => boolean = () => false): number[] {
  return table.columns.map((column, at) => {
    const [least, most] = widths[column.kind];
    if (column.kind === 'time' && narrow) return narrowTime;
    let longest = column.name.length + (hasUnit(at) ? 6 : 2);
    for (const row of table.rows.slice(0, looked)) longest = Math.max(longest, column.kind === 'number' ? Math.min(row[at]?.length ?? 0, 14) : (row[at]?.length ?? 0));
    return Math.round(Math.min(most, Math.max(least, longest * letterWidth + 24)));
  });
}
