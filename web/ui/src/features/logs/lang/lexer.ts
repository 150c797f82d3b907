// Cuts query text into tokens, for colours, completion and editing. It never
// fails: half-typed text is the usual case. Spaces are left out.

export type TokenKind = 'command' | 'word' | 'call' | 'keyword' | 'number' | 'string' | 'regex' | 'comment' | 'pipe' | 'subpipe' | 'operator' | 'punctuation' | 'unknown';

/** A subpipe stands between the commands of a subquery. */
export interface Token {
  kind: TokenKind;
  start: number;
  end: number;
  text: string;
}

const keywords = new Set(['and', 'or', 'not', 'in', 'like', 'as', 'by', 'asc', 'desc', 'true', 'false']);
/** Keywords of parse alone: elsewhere they may name fields. */
const parseKeywords = new Set(['multi', 'logfmt', 'csv']);
/** Commands whose parenthesis holds a subquery; elsewhere it is one when it begins with SOURCE. */
const withSubquery = new Set(['join', 'appendcols']);
const wordStart = /[\p{L}\p{M}\p{N}_@`]/u;
const number = /^(\d+(\.\d+)?([eE][+-]?\d+)?)[A-Za-z]*$/;
const operators = ['==', '!=', '<=', '>=', '=~', '=', '<', '>', '+', '-', '*', '/', '%', '^', '!'];

/** All tokens of the text in order. */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let before: Token | undefined; // the last one that is no comment
  let atCommand = true; // a command's name is expected
  let command = '';
  const opened: { command: string; query: boolean }[] = []; // parentheses
  let at = 0;
  const push = (kind: TokenKind, end: number) => {
    const token = { kind, start: at, end, text: text.slice(at, end) };
    tokens.push(token);
    if (kind !== 'comment') before = token;
    at = end;
  };
  while (at < text.length) {
    const c = text[at] as string;
    if (/\s/.test(c)) {
      at++;
    } else if (c === '#') {
      const end = text.indexOf('\n', at);
      push('comment', end < 0 ? text.length : end);
    } else if (c === '"' || c === "'") {
      push('string', stringEnd(text, at));
    } else if (c === '|') {
      const inside = opened.some((o) => o.query);
      if (!inside) opened.length = 0; // one that was left open ends with its command
      push(inside ? 'subpipe' : 'pipe', at + 1);
      atCommand = true;
    } else if (c === '/' && regexStarts(before, command)) {
      push('regex', regexEnd(text, at));
    } else if (wordStart.test(String.fromCodePoint(text.codePointAt(at) ?? 0))) {
      const end = wordEnd(text, at);
      const word = text.slice(at, end);
      const lower = word.toLowerCase();
      if (atCommand) {
        command = lower;
        atCommand = false;
        push('command', end);
      } else if (keywords.has(lower) || (command === 'parse' && parseKeywords.has(lower))) push('keyword', end);
      else if (number.test(word)) push('number', end);
      else push(/^\s*\(/.test(text.slice(end, end + 8)) ? 'call' : 'word', end);
    } else if ('(),[]:'.includes(c)) {
      if (c === '(') {
        const query = (withSubquery.has(command) && before?.kind !== 'call') || /^\s*source\b/i.test(text.slice(at + 1, at + 40));
        opened.push({ command, query });
        atCommand = query;
      } else if (c === ')') {
        command = opened.pop()?.command ?? command;
        atCommand = false;
      }
      push('punctuation', at + 1);
    } else {
      const op = operators.find((o) => text.startsWith(o, at));
      push(op ? 'operator' : 'unknown', at + (op?.length ?? 1));
    }
  }
  return tokens;
}

/** A slash begins a regular expression where a value or a pattern is expected, else it divides. */
function regexStarts(before: Token | undefined, command: string): boolean {
  if (!before) return false;
  if (before.kind === 'operator') return before.text === '=~';
  return (before.kind === 'keyword' && before.text.toLowerCase() === 'like') || command === 'parse';
}

function stringEnd(text: string, start: number): number {
  const quote = text[start];
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === quote) return i + 1;
  }
  return text.length;
}

function regexEnd(text: string, start: number): number {
  let inClass = false;
  for (let i = start + 1; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (c === '\n') return i; // not closed yet
    else if (c === '[') inClass = true;
    else if (c === ']') inClass = false;
    else if (c === '/' && !inClass) return i + 1;
  }
  return text.length;
}

/** A word with its dots, back-ticked parts and indexes: a.`b c`[0].d */
function wordEnd(text: string, start: number): number {
  let i = start;
  for (;;) {
    if (text[i] === '`') {
      const close = text.indexOf('`', i + 1);
      i = close < 0 ? text.length : close + 1;
    } else {
      for (;;) {
        const c = String.fromCodePoint(text.codePointAt(i) ?? 32);
        if (i >= text.length || c === '`' || !wordStart.test(c)) break;
        i += c.length;
      }
    }
    const index = /^\[\d+\]/.exec(text.slice(i, i + 12));
    if (index) i += index[0].length;
    const next = text[i + 1];
    if (text[i] !== '.' || next === undefined || !wordStart.test(String.fromCodePoint(text.codePointAt(i + 1) ?? 32))) return i;
    i++;
  }
}
