import { describe, expect, it } from 'vitest';
import { type Column, compareValues, fitColumns, nextSort, parseSort, sortRows, sortText } from './column';

interface Row {
  name: string;
  n: number | null;
}
const column = (id: string, width: number, priority: number, extra: Partial<Column<Row>> = {}): Column<Row> => ({ id, label: id, width, priority, render: () => null, ...extra });
const columns = [
  column('name', 100, 0, { value: (r) => r.name, first: 'asc' }),
  column('n', 50, 1, { value: (r) => r.n }),
  column('spark', 80, 3),
  column('extra', 60, 3),
];
const rows: Row[] = [
  { name: 'b-2', n: 2 },
  { name: 'b-10', n: null },
  { name: 'a', n: 10 },
];
const names = (sort: string) => sortRows(rows, columns, parseSort(sort)).map((r) => r.name);

describe('sortRows', () => {
  it('puts what is absent last in both directions', () => {
    expect(names('n')).toEqual(['b-2', 'a', 'b-10']);
    expect(names('-n')).toEqual(['a', 'b-2', 'b-10']);
  });
  it('orders names as people do', () => expect(names('name')).toEqual(['a', 'b-2', 'b-10']));
  it('keeps the order for what it does not know', () => {
    expect(names('')).toEqual(['b-2', 'b-10', 'a']);
    expect(names('spark')).toEqual(['b-2', 'b-10', 'a']);
    expect(names('nothing')).toEqual(['b-2', 'b-10', 'a']);
  });
  it('takes NaN for absent', () => expect(compareValues(Number.NaN, 1, 'desc')).toBeGreaterThan(0));
});

describe('sort text', () => {
  it.each(['', 'name', '-n'])('round trips %j', (text) => expect(sortText(parseSort(text))).toBe(text));
});

describe('nextSort', () => {
  it('goes first direction, other direction, none', () => {
    const n = columns[1]!;
    const first = nextSort(n, null);
    expect(sortText(first)).toBe('-n');
    expect(sortText(nextSort(n, first))).toBe('n');
    expect(nextSort(n, nextSort(n, first))).toBeNull();
    expect(sortText(nextSort(columns[0]!, first))).toBe('name');
  });
});

describe('fitColumns', () => {
  const fit = (width: number) => fitColumns(columns, width).map((c) => c.id);
  it('drops the least important from the right', () => {
    expect(fit(290)).toEqual(['name', 'n', 'spark', 'extra']);
    expect(fit(289)).toEqual(['name', 'n', 'spark']);
    expect(fit(229)).toEqual(['name', 'n']);
    expect(fit(10)).toEqual(['name']);
  });
});
