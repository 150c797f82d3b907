import { describe, expect, it } from 'vitest';
import { type GraphSeries, readSeries, seriesIdentity, seriesText } from './metricUrl';

const duration = (name: string, more: Partial<GraphSeries> = {}): GraphSeries => ({
  namespace: 'AWS/Lambda',
  metric: 'Duration',
  dimensions: [{ name: 'FunctionName', value: name }],
  ...more,
});

describe('series in the URL', () => {
  it('is legible for one and short for many', () => {
    expect(seriesText([duration('orders')])).toBe(',AWS/Lambda,Duration,FunctionName,orders');
    expect(seriesText([duration('a', { stat: 'p95', period: 300 }), duration('b', { stat: 'p95', period: 300 }), duration('c')])).toBe(
      'p95/300,AWS/Lambda,Duration,FunctionName,a*.,.,.,.,b*,.,.,.,c',
    );
  });
  it.each<[string, GraphSeries[]]>([
    ['nothing', []],
    ['no dimensions', [{ namespace: 'N', metric: 'M', dimensions: [] }]],
    ['awkward names', [{ namespace: 'a,b*c%d', metric: '.', dimensions: [{ name: '한글', value: '1,000*%2C/…' }, { name: '.', value: '.' }] }]],
    ['every option', [duration('x', { stat: 'PR(:300)', period: 60, hidden: true, color: 7 }), duration('x', { stat: 'TM(10%:90%)' }), duration('x', { stat: 'a/b' })]],
    ['options alone differ', [duration('x'), duration('x', { hidden: true }), duration('x', { color: 0 })]],
    ['an empty dimension value', [duration(''), duration('')]],
  ])('reads back %s', (_name, series) => {
    expect(readSeries(seriesText(series))).toEqual({ series, bad: 0 });
  });
  it('survives a URL', () => {
    const series = [duration('a b&c=d#e?f', { stat: 'tm90' })];
    const params = new URLSearchParams();
    params.set('m', seriesText(series));
    expect(readSeries(new URLSearchParams(params.toString()).get('m') ?? '').series).toEqual(series);
  });
  it('counts what it cannot read and keeps the rest', () => {
    const { series, bad } = readSeries('only,two*p9/x,N,M*,N,M,dim*,N,%E0%A4%A,a,b*,N,M');
    expect(bad).toBe(4);
    expect(series).toEqual([{ namespace: 'N', metric: 'M', dimensions: [] }]);
  });
});

describe('seriesIdentity', () => {
  it('looks at names and dimensions in any order', () => {
    const a = { namespace: 'N', metric: 'M', dimensions: [{ name: 'a', value: '1' }, { name: 'b', value: '2' }] };
    const b = { ...a, dimensions: [...a.dimensions].reverse(), stat: 'Sum' };
    expect(seriesIdentity(a)).toBe(seriesIdentity(b));
    expect(seriesIdentity(a)).not.toBe(seriesIdentity({ ...a, metric: 'm' }));
  });
});
