import { describe, expect, it } from 'vitest';
import { tokenise } from './lexer';

const cut = (text: string) => tokenise(text).map((t) => `${t.kind}:${t.text}`).join(' ');

describe('tokenise', () => {
  it.each<[string, string]>([
    ['fields @timestamp, @message | sort @timestamp desc', 'command:fields word:@timestamp punctuation:, word:@message pipe:| command:sort word:@timestamp keyword:desc'],
    ['filter a / b > 2', 'command:filter word:a operator:/ word:b operator:> number:2'],
    ['filter a like /x|y\\/[/]z/ and b =~ /|/', 'command:filter word:a keyword:like regex:/x|y\\/[/]z/ keyword:and word:b operator:=~ regex:/|/'],
    ['parse @message /(?<a>\\d+)/ | limit 5', 'command:parse word:@message regex:/(?<a>\\d+)/ pipe:| command:limit number:5'],
    ["parse 'a * | b' as x", "command:parse string:'a * | b' keyword:as word:x"],
    ['stats count (*) as `n x` by bin(5m)', 'command:stats call:count punctuation:( operator:* punctuation:) keyword:as word:`n x` keyword:by call:bin punctuation:( number:5m punctuation:)'],
    ['fields a.`b c`[0].d # note | x\n| limit 1', 'command:fields word:a.`b c`[0].d comment:# note | x pipe:| command:limit number:1'],
    ['filter m = "say \\"hi\\" | now"', 'command:filter word:m operator:= string:"say \\"hi\\" | now"'],
    ['filter 이름 like "오류', 'command:filter word:이름 keyword:like string:"오류'],
    ['filter m like /half', 'command:filter word:m keyword:like regex:/half'],
    ['parse m /(\\d+)/ as n multi', 'command:parse word:m regex:/(\\d+)/ keyword:as word:n keyword:multi'],
    ['filter csv = 1', 'command:filter word:csv operator:= number:1'],
    ['appendcols (filter a | stats count(*) as n) | limit 1', 'command:appendcols punctuation:( command:filter word:a subpipe:| command:stats call:count punctuation:( operator:* punctuation:) keyword:as word:n punctuation:) pipe:| command:limit number:1'],
    ['filter a in (SOURCE "x" | fields b) and c', 'command:filter word:a keyword:in punctuation:( command:SOURCE string:"x" subpipe:| command:fields word:b punctuation:) keyword:and word:c'],
    ['stats max(a | sort b', 'command:stats call:max punctuation:( word:a pipe:| command:sort word:b'],
    ['~', 'unknown:~'],
    ['', ''],
  ])('%s', (text, want) => {
    expect(cut(text)).toBe(want);
  });
  it('never fails and covers every character that is no blank', () => {
    const alphabet = ['a', '@', '"', "'", '/', '|', '`', '\\', '#', '\n', ' ', '(', '[', '0', '.', '=', '~', 'ä', '𝒳', 'like ', 'parse '];
    let seed = 7;
    const random = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
    for (let round = 0; round < 3000; round++) {
      const text = Array.from({ length: Math.floor(random() * 24) }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
      let at = 0;
      for (const token of tokenise(text)) {
        expect(text.slice(at, token.start).trim()).toBe('');
        expect(token.end).toBeGreaterThan(token.start);
        at = token.end;
      }
      expect(text.slice(at).trim()).toBe('');
    }
  });
});
