import { describe, expect, it } from 'vitest';
import type { MetricPoints } from '@/api/metrics';
import type { GraphSeries } from '@/lib/metricUrl';
import { chartsByUnit, column, csvRows, fittingStat, freeColor, gridTimes, labels, planGraph, readPeriod, statUnit, summarise, withColor } from './graph';

const M = 60_000;
const H = 60 * M;
const now = Date.UTC(2026, 10, 22, 12);
const series = (value: string, more: Partial<GraphSeries> = {}): GraphSeries => ({ namespace: 'N', metric: 'M', dimensions: [{ name: 'Name', value }], ...more });
const points = (...pairs: [number, number][]): MetricPoints => ({ id: 'm0', label: '', times: pairs.map((p) => p[0]), values: pairs.map((p) => p[1]) });

describe('planGraph', () => {
  it('chooses a period by the range and keeps the chosen ones', () => {
    const plan = planGraph({ series: [series('a'), series('b', { period: 3600, stat: 'p99' })], stat: 'Sum', period: null, interval: { start: now - 24 * H - M, end: now }, now });
    expect(plan.periods).toEqual([900, 3600]);
    expect(plan.queries.map((q) => [q.id, q.stat, q.period])).toEqual([['m0', 'Sum', 900], ['m1', 'p99', 3600]]);
    expect(plan.start).toBe(now - 25 * H);
    expect(plan.step).toBe(900_000);
    expect(plan.coarsened).toEqual([]);
  });
  it('shares a grid that holds every period', () => {
    const plan = planGraph({ series: [series('a', { period: 120 }), series('b', { period: 180 })], stat: 'Sum', period: null, interval: { start: now - H, end: now }, now });
    expect(plan.step).toBe(60_000);
  });
  it('makes periods longer that would give too many points, and says which', () => {
    const many = Array.from({ length: 100 }, (_, i) => series(String(i), i === 0 ? { period: 86_400 } : {}));
    const plan = planGraph({ series: many, stat: 'Sum', period: 60, interval: { start: now - 30 * 24 * H, end: now }, now });
    expect(plan.periods[0]).toBe(86_400);
    expect(plan.coarsened).toHaveLength(99);
    expect(((30 * 86_400) / (plan.periods[1] ?? 1)) * 100).toBeLessThanOrEqual(300_000);
    expect((plan.periods[1] ?? 1) % 60).toBe(0);
  });
});

describe('column', () => {
  const grid = { times: gridTimes(0, 8 * M, M), step: M };
  it('leaves gaps, connects them or counts them as zero', () => {
    const p = points([M, 5], [2 * M, 6], [5 * M, 7]);
    expect(column(p, grid, 60, 'show', 8 * M, false)).toEqual([null, 5, 6, null, null, 7, null, null]);
    expect(column(p, grid, 60, 'connect', 8 * M, false)).toEqual([null, 5, 6, undefined, undefined, 7, null, null]);
    expect(column(p, grid, 60, 'zero', 7 * M, false)).toEqual([0, 5, 6, 0, 0, 7, 0, null]);
    expect(column(points(), grid, 60, 'zero', 8 * M, false)).toEqual(new Array(8).fill(null));
  });
  it('draws on between the points of a longer period, not over a missing one', () => {
    expect(column(points([0, 1], [2 * M, 2], [6 * M, 3]), grid, 120, 'show', 8 * M, false)).toEqual([1, undefined, 2, null, null, null, 3, null]);
    expect(column(points([0, 1], [2 * M, 2]), grid, 120, 'zero', 8 * M, true)).toEqual([1, 1, 2, 2, 0, 0, 0, null]);
  });
});

describe('summarise', () => {
  it('says what the datapoints say', () => {
    expect(summarise(points([0, 2], [M, -4], [2 * M, 5]), { start: 0, end: 3 * M })).toEqual({ count: 3, min: -4, avg: 1, max: 5, sum: 3, last: 5, lastTime: 2 * M });
    expect(summarise(undefined, { start: 0, end: M })).toMatchObject({ count: 0, avg: null, last: null });
  });
});

describe('labels', () => {
  it.each<[string, GraphSeries[], string[]]>([
    ['one series', [series('a')], ['M · a · Sum']],
    ['dimension values differ', [series('a'), series('b')], ['a', 'b']],
    ['statistics differ', [series('a'), series('a', { stat: 'p99' })], ['Sum', 'p99']],
    ['metrics differ', [series('a'), series('a', { metric: 'X' })], ['M', 'X']],
    ['periods differ', [series('a'), series('a', { period: 300 })], ['M · a', '300s']],
    ['nothing differs', [series('a'), series('a')], ['M · a', 'M · a']],
  ])('%s', (_name, list, want) => {
    expect(labels(list, 'Sum', (s) => `${s}s`)).toEqual(want);
  });
  it('leaves out the dimensions that all have', () => {
    const two = (v: string): GraphSeries => ({ namespace: 'N', metric: 'M', dimensions: [{ name: 'Api', value: 'x' }, { name: 'Stage', value: v }] });
    expect(labels([two('dev'), two('prod')], 'Sum', String)).toEqual(['dev', 'prod']);
  });
});

describe('units', () => {
  it('follow the statistic', () => {
    expect(['Average', 'p99', 'SampleCount', 'tc99', 'TC(:5)', 'tm90', 'PR(:300)'].map((s) => statUnit(s, 'Milliseconds'))).toEqual([
      'Milliseconds', 'Milliseconds', 'Count', 'Count', 'Count', 'Milliseconds', 'Percent',
    ]);
  });
  it('go two by two onto charts', () => {
    expect(chartsByUnit(['Count', 'Bytes', 'Count', 'Percent'])).toEqual([
      { left: 'Count', right: 'Bytes', indexes: [0, 1, 2] },
      { left: 'Percent', right: null, indexes: [3] },
    ]);
    expect(chartsByUnit([])).toEqual([]);
  });
});

it('fittingStat sums what happens, not what is', () => {
  const fit = (metric: string, unit = 'Count') => fittingStat({ metric }, unit);
  expect([fit('Invocations'), fit('5XXError'), fit('ConcurrentExecutions'), fit('NumberOfObjects'), fit('Duration', 'Milliseconds')]).toEqual(['Sum', 'Sum', undefined, undefined, undefined]);
});

it('readPeriod takes what CloudWatch takes', () => {
  expect(['', 'auto', '60', '90', '10', '7', '86400', '-60'].map(readPeriod)).toEqual([null, null, 60, null, 10, null, 86400, null]);
});

it('colours: the free one is the least used, and only others than the place are written', () => {
  expect(freeColor([series('a'), series('b', { color: 3 })], 10)).toBe(1);
  expect(withColor(series('a', { color: 4 }), 2, 2)).toEqual(series('a'));
  expect(withColor(series('a'), 2, 5)).toEqual(series('a', { color: 5 }));
});

it('csvRows joins series by time', () => {
  expect([...csvRows([{ label: 'a', points: points([0, 1], [2 * M, 3]) }, { label: 'b', points: points([M, 2]) }], 'time')]).toEqual([
    ['time', 'a', 'b'],
    ['1970-01-01T00:00:00.000Z', 1, null],
    ['1970-01-01T00:01:00.000Z', null, 2],
    ['1970-01-01T00:02:00.000Z', 3, null],
  ]);
});
