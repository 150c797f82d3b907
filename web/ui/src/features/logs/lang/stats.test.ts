import { describe, expect, it } from 'vitest';
import { sameColumn, shownFields, statsShape } from './stats';

describe('statsShape', () => {
  it('names keys and aggregates as the result does', () => {
    expect(statsShape('filter a = 1 | stats count(*), pct(@duration, 95) as p95 by bin(5m), `a b` as who | sort who')).toEqual({
      keys: ['bin(5m)', 'who'],
      aggregates: [{ name: 'count(*)', expression: 'count(*)' }, { name: 'p95', expression: 'pct(@duration, 95)' }],
      bin: 'bin(5m)',
    });
  });
  it('looks at the last stats and knows aliases of bins', () => {
    expect(statsShape('stats sum(n) as s by bin(5m) as @t | stats max(s) by dateceil(@t, 10m) as t')).toMatchObject({ keys: ['t'], bin: 't' });
    expect(statsShape('stats count(*)')).toMatchObject({ keys: [], bin: null });
    expect(statsShape('fields a')).toBeNull();
    expect(statsShape('stats')).toEqual({ keys: [], aggregates: [], bin: null });
  });
});

it('shownFields are the plain ones that a query asks to show', () => {
  expect(shownFields('fields @timestamp, level, a.b, x * 2, strlen(y) as n | fields more | limit 5')).toEqual(['@timestamp', 'level', 'a.b', 'more']);
  expect(shownFields('fields a | display b, c')).toEqual(['b', 'c']);
  expect([shownFields('fields a | stats count(*) by a'), shownFields('filter a = 1')]).toEqual([[], []]);
});

it('sameColumn ignores blanks and case', () => {
  expect(sameColumn('COUNT( * )', 'count(*)')).toBe(true);
});
