import { describe, expect, it } from 'vitest';
import { choicesAt, type Entry, helpAt } from './complete';

const entry = (kind: Entry['kind'], name: string): Entry => ({ kind, name, syntax: name, help: `about ${name}` });
const reference = [
  entry('command', 'fields'), entry('command', 'filter'), entry('command', 'stats'), entry('function', 'abs'), entry('function', 'bin'), entry('aggregate', 'count'),
  entry('operator', 'like'), entry('operator', 'and'), entry('keyword', 'as'), entry('keyword', 'by'), entry('keyword', 'desc'), entry('field', '@message'),
];
/** The names offered at ‸, best first. */
const at = (marked: string, fields: string[] = []) => {
  const pos = marked.indexOf('‸');
  const found = choicesAt(marked.replace('‸', ''), pos, reference, fields);
  return found && { from: found.from, names: found.choices.sort((a, b) => b.rank - a.rank).map((c) => c.name) };
};

describe('choicesAt', () => {
  it.each(['‸', 'fi‸', 'fields a | ‸', 'fields a\n| st‸'])('offers commands at %s', (text) => {
    expect(at(text)?.names).toEqual(['fields', 'filter', 'stats']);
  });
  it('begins at the word that is being written', () => {
    expect(at('fields a | st‸')?.from).toBe(11);
    expect(at('filter @mes‸')?.from).toBe(7);
    expect(at('filter ‸')?.from).toBe(7);
  });
  it('offers fields first where a value begins, operators behind one', () => {
    expect(at('filter ‸', ['level', '@message'])?.names.slice(0, 2)).toEqual(['level', '@message']);
    expect(at('filter level ‸', ['level'])?.names.slice(0, 2)).toEqual(['like', 'and']);
    expect(at('sort a ‸')?.names[0]).toBe('desc');
  });
  it('offers aggregates in stats, and bin behind by', () => {
    expect(at('stats ‸', ['x'])?.names[0]).toBe('count');
    expect(at('stats count(*) by ‸', ['x'])?.names[0]).toBe('bin');
    expect(at('stats count(*) by ‸', ['x'])?.names).not.toContain('count');
  });
  it.each(['filter a = "te‸', 'filter a like /re‸', '# note ‸', 'limit ‸', 'fields a as ‸', 'filter a > 12‸', 'SOURCE ‸'])('offers nothing at %s', (text) => {
    expect(at(text)).toBeNull();
  });
  it('offers again behind a closed string', () => {
    expect(at('filter a = "x" ‸')?.names.slice(0, 2)).toContain('and');
  });
  it('names each field once', () => {
    expect(at('fields ‸', ['@message'])?.names.filter((n) => n === '@message')).toHaveLength(1);
  });
});

describe('helpAt', () => {
  it('knows words by what they are', () => {
    expect(helpAt('stats COUNT(*) by bin(5m)', 8, reference)?.entry.name).toBe('count');
    expect(helpAt('filter count = 1', 9, reference)).toBeNull();
    expect(helpAt('filter "stats"', 9, reference)).toBeNull();
  });
});
