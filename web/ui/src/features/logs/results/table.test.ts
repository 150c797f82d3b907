import { describe, expect, it } from 'vitest';
import type { RawRow } from '../run/query';
import { columnNames, columnWidths, isNumber, makeTable, nextResultSort, sortedRows, timeOf } from './table';

const row = (cells: Record<string, string>): RawRow => Object.entries(cells).map(([field, value]) => ({ field, value }));

describe('columnNames', () => {
  it('puts a field that some rows lack where the other rows have it', () => {
    expect(columnNames([row({ 'bin(1h)': 'a', 'count(*)': '1' }), row({ 'bin(1h)': 'a', '@type': 'END', 'count(*)': '2', 'avg(x)': '3' })])).toEqual(['bin(1h)', '@type', 'count(*)', 'avg(x)']);
    expect(columnNames([row({ b: '1' }), row({ a: '1', b: '2' }), row({ '@ptr': 'p' })])).toEqual(['a', 'b']);
    expect(columnNames([])).toEqual([]);
  });
});

describe('makeTable', () => {
  const table = makeTable([
    row({ '@timestamp': '2026-11-22 10:33:44.554', '@message': '5', status: '200', id: '0012', note: 'x', '@ptr': 'p1' }),
    row({ '@timestamp': '2026-11-22 10:33:44.001', '@message': '6', status: '', note: '7', '@ptr': 'p2' }),
  ]);
  it('knows the kinds of columns', () => {
    expect(table.columns).toEqual([
      { name: '@timestamp', kind: 'time' }, { name: '@message', kind: 'message' }, { name: 'status', kind: 'number' }, { name: 'id', kind: 'text' }, { name: 'note', kind: 'text' },
    ]);
    expect(table.pointers).toEqual(['p1', 'p2']);
    expect(table.rows[1]).toEqual(['2026-11-22 10:33:44.001', '6', '', undefined, '7']);
  });
  it('gives every column a width', () => {
    expect(columnWidths(table)).toHaveLength(5);
    expect(Math.min(...columnWidths(table))).toBeGreaterThan(60);
  });
});

describe('sorting', () => {
  const table = makeTable(['10', '9', '', '-1', '9'].map((n, i) => row({ n, name: `f${10 - i}`, ...(i === 3 ? {} : { extra: String.fromCharCode(97 + i) }) })));
  const by = (column: string, direction: 'asc' | 'desc') => sortedRows(table, { column, direction });
  it('orders numbers as numbers, absent last, equals as they were', () => {
    expect(by('n', 'asc')).toEqual([3, 1, 4, 0, 2]);
    expect(by('n', 'desc')).toEqual([0, 1, 4, 3, 2]);
  });
  it('orders texts with their digits as numbers', () => {
    expect(by('name', 'asc')).toEqual([4, 3, 2, 1, 0]);
    expect(by('extra', 'desc')).toEqual([4, 2, 1, 0, 3]);
  });
  it('leaves the order for no sort and an unknown column', () => {
    expect(sortedRows(table, null)).toEqual([0, 1, 2, 3, 4]);
    expect(by('gone', 'asc')).toEqual([0, 1, 2, 3, 4]);
  });
  it('turns at a click: first, other way, none', () => {
    const n = table.columns[0]!;
    const one = nextResultSort(n, null);
    const two = nextResultSort(n, one);
    expect([one?.direction, two?.direction, nextResultSort(n, two)]).toEqual(['desc', 'asc', null]);
  });
});

it('timeOf reads the server\'s times as UTC', () => {
  expect(timeOf('1970-01-01 00:00:01.500')).toBe(1500);
  expect(timeOf('1970-01-01')).toBeNull();
  expect(timeOf(undefined)).toBeNull();
});

it('isNumber keeps ids as text', () => {
  expect(['1', '-1.5', '1e3', '007', '', ' ', 'x', '123456789012345678901234567'].map(isNumber)).toEqual([true, true, true, false, false, false, false, false]);
});
