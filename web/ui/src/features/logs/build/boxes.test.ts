import { describe, expect, it } from 'vitest';
import { aggregate, conditionText, key, readAggregate, readBoxes, setCondition, setLimit, setOrder, setStats, type Condition } from './boxes';

const events = 'fields @timestamp, @message\n| filter level = "ERROR"\n| sort @timestamp desc\n| limit 1000';

describe('readBoxes', () => {
  it('reads what the boxes show', () => {
    const boxes = readBoxes('SOURCE logGroups()\n| filter a.b >= 5 | filter @message not like "x \\"y\\"" | filter c like /z/ | where ispresent(d)\n| stats count(*) as n, pct(e, 95) by bin(5m), f as g | filter n > 2 | sort n desc | limit 20');
    expect(boxes?.where.map((w) => w.condition)).toEqual([
      { field: 'a.b', comparison: '>=', value: '5' }, { field: '@message', comparison: 'not like', value: 'x "y"' }, null, { field: 'd', comparison: 'ispresent', value: '' },
    ]);
    expect(boxes?.where[2]?.text).toBe('c like /z/');
    expect(boxes?.aggregates.map((a) => a.name)).toEqual(['n', 'pct(e, 95)']);
    expect(boxes?.keys.map((k) => [k.expression, k.alias])).toEqual([['bin(5m)', null], ['f', 'g']]);
    expect([boxes?.order, boxes?.limit]).toEqual([{ field: 'n', descending: true }, 20]);
  });
  it('says when a text is beyond them', () => {
    expect(readBoxes('stats count(*) by a | stats count(*)')).toBeNull();
    expect(readBoxes('sort a, b')).toMatchObject({ order: null, orderText: 'a, b' });
    expect(readBoxes('')).toMatchObject({ where: [], limit: null, order: null });
  });
});

describe('conditions', () => {
  it.each<Condition>([
    { field: 'a', comparison: '=', value: '5' }, { field: 'a', comparison: '!=', value: 'x "y" \\' }, { field: '`a b`', comparison: 'like', value: '5' }, { field: 'a', comparison: 'ispresent', value: '' }, { field: 'a', comparison: '<', value: '' },
  ])('are read as they are written: %o', (condition) => {
    const text = setCondition(events, null, condition);
    const read = readBoxes(text)?.where.at(-1);
    expect(read?.condition).toEqual(condition);
    expect(setCondition(text, read?.at ?? null, null)).toBe(events);
  });
  it('change in their place', () => {
    expect(setCondition(events, 1, { field: 'level', comparison: '=', value: 'WARN' })).toBe(events.replace('ERROR', 'WARN'));
    expect(conditionText({ field: 'a', comparison: 'like', value: '12' })).toBe('a like "12"');
  });
});

describe('setStats', () => {
  it('groups events, ordered by their count', () => {
    expect(setStats(events, [], [key('@log')])).toBe('fields @timestamp, @message\n| filter level = "ERROR"\n| stats count(*) as events by @log\n| sort events desc\n| limit 1000');
  });
  it('leaves times in their order', () => {
    expect(setStats(events, [aggregate('p95', '@duration')], [key('bin(5m)')])).toBe('fields @timestamp, @message\n| filter level = "ERROR"\n| stats pct(@duration, 95) as p95_duration by bin(5m)\n| limit 1000');
  });
  it('keeps an order that still means something', () => {
    const text = 'stats count(*) as events, avg(x) as avg_x by a\n| sort avg_x asc';
    expect(setStats(text, [aggregate('avg', 'x')], [key('a'), key('b')])).toBe('stats avg(x) as avg_x by a, b\n| sort avg_x asc');
  });
  it('goes back to events', () => {
    const grouped = setStats(events, [], [key('@log')]);
    expect(setStats(grouped, [], [])).toBe(events);
    expect(setStats(events, [], [])).toBe(events);
  });
});

describe('aggregates', () => {
  it.each([
    [aggregate('count', ''), 'count', ''], [aggregate('count', 'a'), 'count', 'a'], [aggregate('count_distinct', 'user.id'), 'count_distinct', 'user.id'], [aggregate('p99', '@duration'), 'p99', '@duration'],
  ])('are read as they are written %#', (item, fn, field) => {
    expect(readAggregate(item)).toEqual({ fn, field });
  });
  it('other expressions stay texts', () => {
    expect(['sum(a) / count(*)', 'latest(a)', 'pct(a, 42)', 'p95(a)'].map((expression) => readAggregate({ name: '', alias: null, expression }))).toEqual([null, null, null, null]);
  });
});

it('order and limit are added, changed and taken out', () => {
  expect(setOrder('fields a\n| limit 5', { field: 'a', descending: false })).toBe('fields a\n| sort a asc\n| limit 5');
  expect(setOrder(events, null)).toBe('fields @timestamp, @message\n| filter level = "ERROR"\n| limit 1000');
  expect(setLimit(events, 5)).toContain('| limit 5');
  expect(setLimit('fields a', 5)).toBe('fields a\n| limit 5');
  expect(setLimit(events, null)).not.toContain('limit');
});
