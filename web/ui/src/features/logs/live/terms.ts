// What a filter pattern looks for, to be marked in the messages that it let
// through. The server alone decides what matches; here a pattern is only read
// as far as marking needs.

/** The texts and expressions that a pattern wants to see; none for an empty one. */
export function termsOf(pattern: string): RegExp | null {
  const text = pattern.trim();
  const wanted = /^[{[]/.test(text) ? comparedTexts(text) : plainTerms(text);
  const usable = wanted.filter(compiles);
  return usable.length === 0 ? null : new RegExp(usable.join('|'), 'g');
}

/** Terms of the unstructured form: word, "words", ?any, -none, %expression%. */
function plainTerms(text: string): string[] {
  const found: string[] = [];
  for (const m of text.matchAll(/([-?]?)(?:"((?:\\.|[^"\\])*)"|%([^%]+)%|(\S+))/g)) {
    const [, sign, quoted, expression, word] = m;
    if (sign === '-') continue;
    if (expression !== undefined) found.push(`(?:${expression})`);
    else found.push(escaped(quoted === undefined ? (word ?? '') : quoted.replace(/\\(.)/g, '$1')));
  }
  return found;
}

/** Texts that a JSON or column pattern compares with: = "text", = *text*, = %expression%. */
function comparedTexts(text: string): string[] {
  const found: string[] = [];
  for (const m of text.matchAll(/(?<!!)=\s*(?:"((?:\\.|[^"\\])*)"|%([^%]+)%|([^\s&|,)\]}"%]+))/g)) {
    const [, quoted, expression, word] = m;
    if (expression !== undefined) found.push(`(?:${expression})`);
    else found.push(...(quoted === undefined ? (word ?? '') : quoted.replace(/\\(.)/g, '$1')).split('*').filter(Boolean).map(escaped));
  }
  return found;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function compiles(source: string): boolean {
  try {
    return source !== '' && !new RegExp(source).test('');
  } catch {
    return false; // an expression of the server's dialect
  }
}

/** The text cut at what is marked: [plain, marked, plain, …]. */
export function marked(text: string, terms: RegExp | null): string[] {
  if (terms === null) return [text];
  const parts: string[] = [];
  let from = 0;
  for (const m of text.matchAll(terms)) {
    if (m[0] === '') continue;
    parts.push(text.slice(from, m.index), m[0]);
    from = m.index + m[0].length;
  }
  parts.push(text.slice(from));
  return parts;
}
