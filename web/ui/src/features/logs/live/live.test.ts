import { describe, expect, it } from 'vitest';
import { cleared, extended, groupOf, maxRows, noTail, rateOf } from './rows';
import { marked, termsOf } from './terms';

const events = (n: number) => Array.from({ length: n }, (_, i) => ({ logGroupIdentifier: 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/f', logStreamName: 's', timestamp: i, message: `m ${i}` }));

describe('rows of a live tail', () => {
  it('keeps the newest, numbered without gaps', () => {
    let tail = extended(noTail, { events: events(3), sampled: false });
    expect(tail.rows.map((r) => [r.n, r.group])).toEqual([[0, '/aws/lambda/f'], [1, '/aws/lambda/f'], [2, '/aws/lambda/f']]);
    for (let i = 0; i < 12; i++) tail = extended(tail, { events: events(500), sampled: true });
    expect(tail.rows.length).toBe(maxRows);
    expect(tail.rows[0]?.n).toBe(6003 - maxRows);
    expect(tail.rows.at(-1)?.n).toBe(6002);
    expect(tail.total).toBe(6003);
    expect(tail.sampled).toBe(true);
    const after = cleared(tail);
    expect(after.rows).toEqual([]);
    expect(extended(after, { events: events(1), sampled: false }).rows[0]?.n).toBe(6003);
  });
  it('tells the rate of the last seconds', () => {
    let tail = noTail;
    expect(rateOf(tail)).toBe(0);
    for (const n of [900, 10, 20, 0, 0, 20]) tail = extended(tail, { events: events(n), sampled: false });
    expect(rateOf(tail)).toBe(10);
  });
  it('keeps the rows themselves while nothing comes', () => {
    const tail = extended(noTail, { events: events(1), sampled: false });
    expect(extended(tail, { events: [], sampled: false }).rows).toBe(tail.rows);
  });
  it('names the group of an identifier', () => {
    expect(groupOf('arn:aws:logs:us-east-1:000000000000:log-group:a/b')).toBe('a/b');
    expect(groupOf('arn:aws-cn:logs:cn-north-1:1:log-group:g:*')).toBe('g');
    expect(groupOf('plain')).toBe('plain');
  });
});

describe('marked terms', () => {
  const show = (pattern: string, text: string) => marked(text, termsOf(pattern)).map((part, i) => (i % 2 ? `[${part}]` : part)).join('');
  it('marks what the pattern wants to see', () => {
    expect(show('', 'ERROR')).toBe('ERROR');
    expect(show('ERROR', 'an ERROR, another ERROR')).toBe('an [ERROR], another [ERROR]');
    expect(show('?ERROR ?"Task timed out"', 'Task timed out after 3 s')).toBe('[Task timed out] after 3 s');
    expect(show('ERROR -noise', 'ERROR noise')).toBe('[ERROR] noise');
    expect(show('"a.b*"', 'a.b* axb')).toBe('[a.b*] axb');
    expect(show('%4[0-9]{2}%', 'status 404')).toBe('status [404]');
  });
  it('marks the texts that a structured pattern compares with', () => {
    expect(show('{ $.level = "ERROR" && $.n != "no" }', '{"level":"ERROR","x":"no"}')).toBe('{"level":"[ERROR]","x":"no"}');
    expect(show('{ $.path = "*users*" }', '/api/users/1')).toBe('/api/[users]/1');
    expect(show('[ip, user = bob, ...]', '1.2.3.4 bob')).toBe('1.2.3.4 [bob]');
    expect(show('{ $.n > 3 }', '{"n":4}')).toBe('{"n":4}');
  });
  it('marks nothing where it cannot', () => {
    expect(show('%(%', '(')).toBe('(');
    expect(show('%a*%', 'aaa')).toBe('aaa');
  });
});
