import { describe, expect, it } from 'vitest';
import { around, eventsBehind, withId } from './drill';

const columns = (...names: string[]) => ({ columns: names.map((name) => ({ name, kind: 'text' as const })) });
const source = 'SOURCE logGroups(namePrefix: ["/aws/lambda/"])';

describe('eventsBehind', () => {
  it('makes conditions of the keys and keeps what stands before stats', () => {
    const drill = eventsBehind({ groups: ['/a', '/b'], text: 'filter x = 1\n| stats count(*) as n by level, `a b` as who\n| filter n > 5\n| sort n desc' }, columns('level', 'who', 'n'), ['ERROR', '7', '12']);
    expect(drill).toEqual({ spec: { groups: ['/a', '/b'], text: 'filter x = 1\n| filter level = "ERROR"\n| filter `a b` = 7\n| fields @timestamp, @log, @message\n| sort @timestamp desc\n| limit 1000' } });
  });
  it('goes to the one group where the group is a key', () => {
    const drill = eventsBehind({ groups: [], text: `${source}\n| filter @message like /ERROR/\n| stats count(*) by @log` }, columns('@log', 'count(*)'), ['000000000000:/aws/lambda/a', '3']);
    expect(drill?.spec).toEqual({ groups: ['/aws/lambda/a'], text: 'filter @message like /ERROR/\n| fields @timestamp, @message\n| sort @timestamp desc\n| limit 1000' });
  });
  it('takes a time bin as the range', () => {
    const drill = eventsBehind({ groups: ['/a'], text: 'stats count(*) by bin(15m) as t' }, columns('t', 'count(*)'), ['2026-11-22 10:30:00.000', '3']);
    expect(drill?.interval).toEqual({ start: Date.UTC(2026, 10, 22, 10, 30), end: Date.UTC(2026, 10, 22, 10, 45) });
    expect(drill?.spec.text).toBe('fields @timestamp, @message\n| sort @timestamp desc\n| limit 1000');
  });
  it('asks for absence where a key has no value', () => {
    expect(eventsBehind({ groups: ['/a'], text: 'stats count(*) by level' }, columns('level', 'count(*)'), [undefined, '3'])?.spec.text).toContain('filter not ispresent(level)');
  });
  it('shows columns anew behind parse', () => {
    expect(eventsBehind({ groups: ['/a'], text: 'parse @message "took * ms" as ms | stats count(*) by ms' }, columns('ms', 'count(*)'), ['5', '3'])?.spec.text).toBe('parse @message "took * ms" as ms\n| filter ms = 5\n| display @timestamp, @message\n| sort @timestamp desc\n| limit 1000');
  });
  it('is silent where the row does not name its events', () => {
    const none = (text: string) => eventsBehind({ groups: ['/a'], text }, columns('a', 'n'), ['1', '2']);
    expect([none('fields a, n'), none('stats count(*) as n'), none('stats count(*) as n by a | stats max(n) by a'), none('pattern @message | stats count(*) as n by a'), none('limit 5 | stats count(*) as n by a'), none('stats count(*) as n by datefloor(@timestamp, 1h) as a')]).toEqual([null, null, null, null, null, null]);
  });
});

it('around and withId stay in the group, near the time, oldest first', () => {
  expect(around('/a', '2026/[$LATEST]"x', 100_000_000)).toEqual({ spec: { groups: ['/a'], text: 'fields @timestamp, @message\n| filter @logStream = "2026/[$LATEST]\\"x"\n| sort @timestamp asc\n| limit 1000' }, interval: { start: 99_940_000, end: 100_060_000 } });
  expect(withId('/a', 'id-1', 100_000_000).spec.text).toContain('filter @message like "id-1"\n| sort @timestamp asc');
});
