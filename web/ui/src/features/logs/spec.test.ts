import { describe, expect, it } from 'vitest';
import { previousQuery, readHistory, remember } from './history';
import { defaultText, type QuerySpec, readSpec, runnable, sameSpec, specParams } from './spec';

const search = (spec: QuerySpec) => {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(specParams(spec))) if (value) params.set(name, value);
  return `?${params}`;
};

describe('a query in the URL', () => {
  it.each<QuerySpec>([
    { groups: ['/aws/lambda/a', 'API-Gateway-Execution-Logs_x/prod'], text: 'fields a\n| filter b like /x,y|z/ # ?&=+' },
    { groups: [], text: 'SOURCE logGroups(namePrefix: ["/aws/"]) | limit 5' },
    { groups: ['/a'], text: defaultText },
  ])('reads back %#', (spec) => {
    expect(readSpec(search(spec))).toEqual(spec);
  });
  it('is short where it says nothing new', () => {
    expect(specParams({ groups: ['/a/b'], text: defaultText })).toEqual({ group: '/a/b', q: null });
  });
  it('asks nothing without groups and text', () => {
    expect(readSpec('?range=1h')).toBeNull();
  });
  it('takes groups once and at most fifty', () => {
    expect(readSpec(`?group=a,a,${Array.from({ length: 80 }, (_, i) => `g${i}`).join(',')}`)?.groups).toHaveLength(50);
    expect(readSpec('?group=%25E0%25A4')?.groups).toEqual(['%E0%A4']);
  });
  it('drops groups where SOURCE chooses them', () => {
    expect(runnable({ groups: ['/a'], text: 'source logGroups() | limit 1' }).groups).toEqual([]);
    expect(runnable({ groups: ['/a'], text: 'limit 1' }).groups).toEqual(['/a']);
  });
});

describe('history', () => {
  const a = { groups: ['/x', '/y'], text: 'fields a' };
  const b = { groups: ['/x'], text: 'fields b' };
  it('keeps each query once, the newest first', () => {
    const list = remember(remember(remember([], a, 1), b, 2), { groups: ['/y', '/x'], text: 'fields a ' }, 3);
    expect(list.map((q) => [q.text.trim(), q.at])).toEqual([['fields a', 3], ['fields b', 2]]);
  });
  it('is bounded', () => {
    let list = readHistory(null);
    for (let i = 0; i < 120; i++) list = remember(list, { groups: [], text: `q${i}` }, i);
    expect(list).toHaveLength(50);
    expect(list[0]?.text).toBe('q119');
  });
  it('goes back one by one to its end', () => {
    const list = remember(remember([], a, 1), b, 2);
    expect(previousQuery(list, null)?.text).toBe('fields b');
    expect(previousQuery(list, b)?.text).toBe('fields a');
    expect(previousQuery(list, a)).toBeUndefined();
  });
  it('survives what else may be stored', () => {
    expect(['', '{', '{}', '[1,null,{"text":1}]', JSON.stringify([{ text: 'x', groups: [1], at: 1 }])].map((s) => readHistory(s))).toEqual([[], [], [], [], []]);
    expect(readHistory(JSON.stringify([{ ...a, at: 5, more: true }]))[0]?.text).toBe('fields a');
  });
  it('sameSpec ignores the order of groups and blanks at the ends', () => {
    expect(sameSpec(a, { groups: ['/y', '/x'], text: ' fields a\n' })).toBe(true);
    expect(sameSpec(a, b)).toBe(false);
  });
});
