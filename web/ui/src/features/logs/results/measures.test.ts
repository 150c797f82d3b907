import { describe, expect, it } from 'vitest';
import { statsShape } from '../lang/stats';
import { allMeasures, barColumn, chosenMeasures, columnUnits, measuresOf, unitOfMeasures } from './measures';
import { makeTable } from './table';

const table = (...rows: Record<string, string>[]) => makeTable(rows.map((cells) => Object.entries(cells).map(([field, value]) => ({ field, value }))));
const names = (list: readonly { name: string }[]) => list.map((m) => m.name);

describe('measures', () => {
  const query = 'stats count(*), pct(@duration, 95) as p95, avg(@duration), max(@maxMemoryUsed / 1000) as m, latest(x) as l by bin(1h)';
  const measures = measuresOf(table({ 'bin(1h)': '2026-11-22 10:00:00.000', 'count(*)': '1', p95: '2', 'avg(@duration)': '3', m: '4', l: 'x' }), statsShape(query));
  it('are the aggregates of numbers, with what they measure', () => {
    expect(measures).toEqual([
      { name: 'count(*)', of: '', unit: null },
      { name: 'p95', of: '@duration', unit: { unit: 'Milliseconds', scale: 1 } },
      { name: 'avg(@duration)', of: '@duration', unit: { unit: 'Milliseconds', scale: 1 } },
      { name: 'm', of: '@maxMemoryUsed / 1000', unit: { unit: 'Kilobytes', scale: 1 } },
    ]);
  });
  it('are drawn together when they measure the same', () => {
    expect(names(chosenMeasures(measures, ''))).toEqual(['count(*)']);
    expect(names(chosenMeasures(measures.slice(1), ''))).toEqual(['p95', 'avg(@duration)']);
    expect(names(chosenMeasures(measures, 'm'))).toEqual(['m']);
    expect(chosenMeasures(measures, allMeasures)).toHaveLength(4);
  });
  it('have one unit or none', () => {
    expect([unitOfMeasures(measures), unitOfMeasures(measures.slice(1, 3)), unitOfMeasures([])]).toEqual([{ unit: 'None', scale: 1 }, { unit: 'Milliseconds', scale: 1 }, { unit: 'None', scale: 1 }]);
  });
});

describe('columnUnits', () => {
  it('are those of fields and of what aggregates measure', () => {
    const given = table({ '@maxMemoryUsed': '128000000', 'max(@duration)': '3', n: '1', '@duration': 'text' });
    expect(columnUnits(given, measuresOf(given, statsShape('stats max(@duration), count(*) as n')))).toEqual([{ unit: 'Megabytes', scale: 1e-6 }, { unit: 'Milliseconds', scale: 1 }, null, null]);
  });
});

describe('barColumn', () => {
  const top = table({ who: 'a', n: '1', m: '9' }, { who: 'b', n: '5', m: '3' });
  const shape = statsShape('stats count(*) as n, max(x) as m by who');
  it('is what is sorted by, else what falls', () => {
    expect([barColumn(top, shape, 'n'), barColumn(top, shape, undefined), barColumn(top, shape, 'who')]).toEqual([1, 2, 2]);
  });
  it('is none without groups, numbers, several rows, or with negative values', () => {
    expect([
      barColumn(top, statsShape('stats count(*) as n'), undefined),
      barColumn(top, null, undefined),
      barColumn(table({ who: 'a', n: '1' }), shape, undefined),
      barColumn(table({ who: 'a', n: '-1' }, { who: 'b', n: '1' }), shape, 'n'),
      barColumn(table({ who: 'a', n: 'x' }, { who: 'b', n: 'y' }), shape, undefined),
    ]).toEqual([-1, -1, -1, -1, -1]);
  });
});
