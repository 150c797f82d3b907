import { describe, expect, it } from 'vitest';
import {
  addFilter, addResultFilter, commandsOf, containedText, equals, fieldText, hasFilter, quoted, removeCommand, setContainedText, setSource, sourceOf, toggleFilter,
} from './pipeline';

const query = 'fields @timestamp, @message\n| filter @message like /a|b/\n| sort @timestamp desc\n| limit 20';

describe('commandsOf', () => {
  it('parts at pipes that are none of strings, regexes and comments', () => {
    expect(commandsOf('fields a # x | y\n| filter b like "|" | | parse c /|/').map((c) => c.text)).toEqual(['fields a', 'filter b like "|"', 'parse c /|/']);
    expect(commandsOf('  ')).toEqual([]);
  });
});

describe('filters', () => {
  it('go behind the filters at the head and before what shapes the result', () => {
    expect(addFilter(query, 'x = 1')).toBe('fields @timestamp, @message\n| filter @message like /a|b/\n| filter x = 1\n| sort @timestamp desc\n| limit 20');
    expect(addFilter('stats count(*)', 'x = 1')).toBe('filter x = 1\n| stats count(*)');
    expect(addFilter('fields a', 'x = 1')).toBe('fields a\n| filter x = 1');
    expect(addFilter('', 'x = 1')).toBe('filter x = 1');
    expect(addFilter('# only a note', 'x = 1')).toBe('# only a note\nfilter x = 1');
  });
  it('are added once and taken out again', () => {
    const once = addFilter(query, 'x = "a  b"');
    expect(addFilter(once, 'x = "a  b"')).toBe(once);
    expect(hasFilter(once, 'x  =  "a  b"')).toBe(true);
    expect(toggleFilter(once, 'x = "a  b"')).toBe(query);
    expect(toggleFilter(query, 'x = 1')).toBe(addFilter(query, 'x = 1'));
  });
  it('keep comments and spacing elsewhere', () => {
    const text = '# mine\nfields a # here\n  | limit 5 # end';
    expect(removeCommand(addFilter(text, 'b = 1'), 1)).toBe(text);
  });
  it('on results stand behind the last stats', () => {
    expect(addResultFilter('stats count(*) as n by a | sort n desc', 'n > 5')).toBe('stats count(*) as n by a | filter n > 5\n| sort n desc');
    expect(addResultFilter('stats count(*) as n by a', 'n > 5')).toBe('stats count(*) as n by a\n| filter n > 5');
  });
  it('remove the first and the only command', () => {
    expect(removeCommand('filter a = 1\n| stats count(*)', 0)).toBe('stats count(*)');
    expect(removeCommand('filter a = 1', 0)).toBe('');
  });
});

describe('literals', () => {
  it('are quoted as the language reads them', () => {
    expect(quoted('say "hi"\\\n\t')).toBe('"say \\"hi\\"\\\\\\n\\t"');
    expect([equals('a', '5', false), equals('a', '05', false), equals('a', '-1.5', true), equals('a', '1e5', false), equals('a', '', true), equals('a', '12345678901234567890', false)]).toEqual([
      'a = 5', 'a = "05"', 'a != -1.5', 'a = "1e5"', 'a != ""', 'a = "12345678901234567890"',
    ]);
  });
  it('name fields with backticks where needed', () => {
    expect([fieldText(['@message']), fieldText(['a', 'user.id', 'b-c']), fieldText(['in']), fieldText(['a', 'in']), fieldText(['이름'])]).toEqual(['@message', 'a.`user.id`.`b-c`', '`in`', 'a.in', '이름']);
  });
});

describe('the quick text box', () => {
  it('writes, reads, changes and removes one filter', () => {
    const one = setContainedText(query, 'time "out" \\ 5');
    expect(one).toContain('| filter @message like "time \\"out\\" \\\\ 5"\n| sort');
    expect(containedText(one)).toBe('time "out" \\ 5');
    const two = setContainedText(one, 'x');
    expect(containedText(two)).toBe('x');
    expect(commandsOf(two)).toHaveLength(5);
    expect(setContainedText(two, '')).toBe(query);
    expect(setContainedText(query, '')).toBe(query);
  });
  it('leaves regexes and longer conditions to their writer', () => {
    expect(containedText('filter @message like /x/ | filter @message like "a" and b = 1')).toBe('');
  });
});

describe('SOURCE', () => {
  it('is written first, read and taken out', () => {
    const text = setSource(query, ['/aws/lambda/']);
    expect(text).toBe(`SOURCE logGroups(namePrefix: ["/aws/lambda/"])\n| ${query}`);
    expect(sourceOf(text)).toEqual({ at: 0, prefixes: ['/aws/lambda/'] });
    expect(sourceOf(setSource(text, ['a', 'b']))?.prefixes).toEqual(['a', 'b']);
    expect(setSource(text, null)).toBe(query);
    expect(sourceOf(query)).toBeNull();
    expect(sourceOf("source logGroups(namePrefixes: ['x'], class: ['STANDARD']) | limit 1")?.prefixes).toEqual(['x']);
    expect(sourceOf("SOURCE logGroups(class: ['STANDARD'])")?.prefixes).toEqual([]);
  });
});
