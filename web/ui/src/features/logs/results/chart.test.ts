import { describe, expect, it } from 'vitest';
import { statsShape } from '../lang/stats';
import type { RawRow } from '../run/query';
import { binChart, maxChartSeries } from './chart';
import { makeTable } from './table';

const row = (cells: Record<string, string>): RawRow => Object.entries(cells).map(([field, value]) => ({ field, value }));
const at = (minute: number) => `2026-11-22 10:${String(minute).padStart(2, '0')}:00.000`;
const base = Date.UTC(2026, 10, 22, 10);
const chart = (query: string, rows: RawRow[]) => binChart(makeTable(rows), statsShape(query));

describe('binChart', () => {
  it('fills missing bins: counts with 0, other statistics with gaps', () => {
    const got = chart('stats count(*) as n, avg(x) by bin(5m)', [row({ 'bin(5m)': at(15), n: '3', 'avg(x)': '2.5' }), row({ 'bin(5m)': at(0), n: '1', 'avg(x)': '1' }), row({ 'bin(5m)': at(5), n: '2' })]);
    expect(got?.times).toEqual([0, 5, 10, 15].map((m) => base + m * 60_000));
    expect(got?.series.map((s) => [s.label, s.values])).toEqual([['n', [1, 2, 0, 3]], ['avg(x)', [1, null, null, 2.5]]]);
  });
  it('makes a series of each group, also of numeric and absent ones', () => {
    const got = chart('stats count(*) by bin(1m), status, path', [
      row({ 'bin(1m)': at(0), status: '200', path: '/a', 'count(*)': '4' }),
      row({ 'bin(1m)': at(1), status: '500', 'count(*)': '1' }),
    ]);
    expect(got?.series.map((s) => [s.label, s.values])).toEqual([['200 / /a', [4, 0]], ['500 / –', [0, 1]]]);
  });
  it('names the aggregate behind the group when there are several', () => {
    expect(chart('stats min(x), max(x) by bin(1m), a', [row({ 'bin(1m)': at(0), a: 'q', 'min(x)': '1', 'max(x)': '2' })])?.series.map((s) => s.label)).toEqual(['q · min(x)', 'q · max(x)']);
  });
  it('keeps the heaviest series and says how many it left', () => {
    const rows = Array.from({ length: maxChartSeries + 5 }, (_, i) => row({ 'bin(1m)': at(0), a: `g${i}`, 'count(*)': String(i) }));
    const got = chart('stats count(*) by bin(1m), a', rows);
    expect(got?.left).toBe(5);
    expect(got?.series.some((s) => s.label === 'g0')).toBe(false);
  });
  it('keeps uneven bins (months) as they are', () => {
    const got = chart('stats count(*) by bin(1mo) as m', ['2026-01-01', '2026-02-01', '2026-03-01'].map((d) => row({ m: `${d} 00:00:00.000`, 'count(*)': '1' })));
    expect(got?.times).toHaveLength(3);
  });
  it('is none without stats, bins or numbers', () => {
    expect(chart('fields a', [row({ a: at(0), '@ptr': 'x' })])).toBeNull();
    expect(chart('stats count(*) by a', [row({ a: 'x', 'count(*)': '1' })])).toBeNull();
    expect(chart('stats latest(a) by bin(5m)', [row({ 'bin(5m)': at(0), 'latest(a)': 'x' })])).toBeNull();
    expect(chart('stats count(*) by bin(5m)', [])).toBeNull();
  });
});
