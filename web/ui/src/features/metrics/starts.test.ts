import { describe, expect, it } from 'vitest';
import { startGroups, startSeries } from './starts';

const metric = (name: string, unit: string, ...dimensionSets: string[][]) => ({ name, unit, series: 3, dimensionSets });

describe('startGroups', () => {
  it('puts telling metrics first, with fitting statistics and the fewest dimensions', () => {
    const [lambda, own] = startGroups({
      namespaces: [
        { name: 'AWS/Lambda', series: 9, metrics: [metric('ConcurrentExecutions', 'Count', []), metric('Duration', 'Milliseconds', ['FunctionName'], []), metric('Errors', 'Count', ['FunctionName', 'Resource'], ['FunctionName']), metric('Url5xx', 'Count', [])] },
        { name: 'Mine', series: 2, metrics: [metric('Alpha', 'Percent', ['A']), metric('Beta', 'None', ['A'])] },
      ],
    });
    expect(lambda?.starts.map((s) => `${s.metric} ${s.stat} ${s.by.join()}`)).toEqual(['Errors Sum FunctionName', 'Duration p95 ', 'ConcurrentExecutions Maximum ', 'Url5xx Sum ']);
    expect(own?.starts.map((s) => `${s.metric} ${s.stat}`)).toEqual(['Alpha Maximum', 'Beta Average']);
  });
});

describe('startSeries', () => {
  const known = (value: string, lastData: number | null, ...names: string[]) => ({ namespace: 'N', metric: 'M', unit: 'Count', lastData, dimensions: names.map((name) => ({ name, value })) });
  it('draws those of the dimensions with the newest data', () => {
    const start = { metric: 'M', stat: 'Sum', by: ['A'] };
    const drawn = startSeries(start, [known('old', 1, 'A'), known('new', 5, 'A'), known('other', 9, 'B'), known('more', 9, 'A', 'B'), known('never', null, 'A')]);
    expect(drawn.map((s) => s.dimensions[0]?.value)).toEqual(['new', 'old', 'never']);
    expect(drawn[0]?.stat).toBe('Sum');
    expect(startSeries(start, Array.from({ length: 40 }, (_, i) => known(String(i), i, 'A')))).toHaveLength(10);
    expect(startSeries({ ...start, by: [] }, [known('x', 1, 'A'), known('', 1)])).toEqual([{ namespace: 'N', metric: 'M', dimensions: [], stat: 'Sum' }]);
  });
});
