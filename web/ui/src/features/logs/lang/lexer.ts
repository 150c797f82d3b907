// Cuts query text into tokens, for colours, completion and editing. It never
// fails: half-typed text is the usual case. Spaces are left out.

export type TokenKind = 'command' | 'word' | 'call' | 'keyword' | 'number' | 'string' | 'regex' | 'comment' | 'pipe' | 'operator' | 'punctuation' | 'unknown';

export interface Token {
  kind: TokenKind;
  start: number;
  end: number;
  text: string;
}

const keywords = new Set(['and', 'or', 'not', 'in', 'like', 'as', 'by', 'asc', 'desc', 'true', 'false']);
const wordStart = /[\p{L}\p{M}\p{N}_@`]/u;
const number = /^(\d+(\.\d+)?([eE][+-]?\d+)?)[A-Za-z]*$/;
const operators = ['==', '!=', '<=', '>=', '=~', '=', '<', '>', '+', '-', '*', '/', '%', '^', '!'];

/** All tokens of the text in order. */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let before: Token | undefined; // the last one that is no comment
  let atCommand = true; // a command's name is expected
  let command = '';
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
      push('pipe', at + 1);
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
      } else if (keywords.has(lower)) push('keyword', end);
      else if (number.test(word)) push('number', end);
      else push(/^\s*\(/.test(text.slice(end, end + 8)) ? 'call' : 'word', end);
    } else if ('(),[]:'.includes(c)) {
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
