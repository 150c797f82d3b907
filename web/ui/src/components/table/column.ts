// Columns of a DataTable: what they show, how they sort, and which of them fit.
import type { ReactNode } from 'react';

export type SortValue = number | string | null | undefined;

export interface Column<T> {
  id: string;
  /** Heading; also the name in the column choice. */
  label: string;
  /** Explains the heading. */
  title?: string;
  /** What it sorts by; without it the column does not sort. */
  value?: (row: T) => SortValue;
  /** tabIndex is for the row's link: only the active row is a tab stop. */
  render: (row: T, tabIndex: 0 | -1) => ReactNode;
  align?: 'start' | 'end';
  /** Pixels it needs. */
  width: number;
  /** Takes the width that is left over. */
  grow?: boolean;
  /** 0 always stays; the highest number goes first when the table is narrow. */
  priority: number;
  /** Direction of the first click; numbers usually begin with the largest. */
  first?: 'asc' | 'desc';
}

export interface Sort {
  column: string;
  direction: 'asc' | 'desc';
}

/** "-errors" is errors descending, "name" is name ascending. */
export function parseSort(text: string): Sort | null {
  if (text === '') return null;
  return text.startsWith('-') ? { column: text.slice(1), direction: 'desc' } : { column: text, direction: 'asc' };
}

export function sortText(sort: Sort | null): string {
  if (!sort) return '';
  return sort.direction === 'desc' ? `-${sort.column}` : sort.column;
}

/** Orders two values; what is absent comes last in both directions. */
export function compareValues(a: SortValue, b: SortValue, direction: 'asc' | 'desc'): number {
  const missingA = a === null || a === undefined || Number.isNaN(a);
  const missingB = b === null || b === undefined || Number.isNaN(b);
  if (missingA || missingB) return Number(missingA) - Number(missingB);
  const order = typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
  return direction === 'asc' ? order : -order;
}

/** A sorted copy; equal rows keep their order. An unknown column leaves the order as it is. */
export function sortRows<T>(rows: readonly T[], columns: readonly Column<T>[], sort: Sort | null): T[] {
  const value = columns.find((c) => c.id === sort?.column)?.value;
  if (!sort || !value) return [...rows];
  return [...rows].sort((a, b) => compareValues(value(a), value(b), sort.direction));
}

/** What a click on a column's heading makes of the sort: first direction, the other one, none. */
export function nextSort<T>(column: Column<T>, sort: Sort | null): Sort | null {
  const first = column.first ?? 'desc';
  if (sort?.column !== column.id) return { column: column.id, direction: first };
  if (sort.direction === first) return { column: column.id, direction: first === 'desc' ? 'asc' : 'desc' };
  return null;
}

/** The columns that fit into width pixels, in their order; priority 0 stays whatever happens. */
export function fitColumns<T>(columns: readonly Column<T>[], width: number): Column<T>[] {
  const kept = [...columns];
  let needed = kept.reduce((sum, c) => sum + c.width, 0);
  while (needed > width) {
    const last = kept.reduce<Column<T> | null>((worst, c) => (c.priority > 0 && (!worst || c.priority >= worst.priority) ? c : worst), null);
    if (!last) break;
    kept.splice(kept.indexOf(last), 1);
    needed -= last.width;
  }
  return kept;
}
