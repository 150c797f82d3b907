// What can be written at a place of a query.
import { tokenise, type Token } from './lexer';

export interface Entry {
  kind: 'command' | 'function' | 'aggregate' | 'operator' | 'keyword' | 'field';
  name: string;
  syntax: string;
  help: string;
  /** A whole query that uses it; commands and functions have one. */
  example?: string;
}

export interface Choice {
  name: string;
  kind: Entry['kind'];
  syntax: string;
  help: string;
  /** Higher comes first. */
  rank: number;
}

export interface Choices {
  /** Where the word that is being written begins. */
  from: number;
  choices: Choice[];
}

const noCompletion = new Set(['string', 'regex', 'comment', 'number']);
const keywordsOf: Record<string, string[]> = {
  fields: ['as'],
  display: ['as'],
  filter: ['and', 'or', 'not', 'in', 'like', '=~', 'true', 'false'],
  where: ['and', 'or', 'not', 'in', 'like', '=~', 'true', 'false'],
  stats: ['as', 'by', 'offset'],
  sort: ['asc', 'desc'],
  parse: ['as', 'multi', 'logfmt', 'csv'],
  relevantfields: ['and', 'or', 'not', 'in', 'like', '=~'],
  sessionize: ['as'],
  accum: ['as'],
  autoregress: ['as'],
  json: ['as'],
};
/** Commands that name fields and compute nothing. */
const onlyFields = new Set(['dedup', 'expand', 'unmask', 'filldown', 'outlier', 'addtotals', 'countfrequent', 'count_frequent', 'accum', 'autoregress', 'sessionize', 'json']);

/** null where nothing is to be completed: inside a text, behind a number. */
export function choicesAt(text: string, pos: number, reference: readonly Entry[], fields: readonly string[]): Choices | null {
  const tokens = tokenise(text);
  const inside = tokens.find((t) => t.start < pos && (pos < t.end || (pos === t.end && !closed(t))));
  if (inside && noCompletion.has(inside.kind)) return null;
  const word = inside && ['command', 'word', 'call', 'keyword'].includes(inside.kind) ? inside : undefined;
  const from = word?.start ?? pos;
  const before = tokens.filter((t) => t.end <= from && t.kind !== 'comment');
  const previous = before.at(-1);
  if (!previous || previous.kind === 'pipe' || previous.kind === 'subpipe') return { from, choices: entries(reference, ['command'], 2) };
  const command = before.findLast((t) => t.kind === 'command')?.text.toLowerCase() ?? '';
  if (command === 'limit' || command === 'source' || (previous.kind === 'keyword' && previous.text.toLowerCase() === 'as')) return null;
  const grouping = command === 'stats' && before.slice(before.findLastIndex((t) => t.kind === 'command')).some((t) => t.kind === 'keyword' && t.text.toLowerCase() === 'by');
  const known = new Set(fields);
  const choices: Choice[] = [
    ...fields.map((name): Choice => ({ ...(reference.find((e) => e.kind === 'field' && e.name === name) ?? { name, kind: 'field', syntax: name, help: '' }), rank: 4 })),
    ...entries(reference, ['field'], 3).filter((c) => !known.has(c.name)),
    ...(command === 'stats' && !grouping ? entries(reference, ['aggregate'], 5) : []),
    ...(onlyFields.has(command) ? [] : entries(reference, ['function'], 1).map((c) => (grouping && c.name === 'bin' ? { ...c, rank: 6 } : c))),
    ...entries(reference, ['keyword', 'operator'], expectsOperator(previous) ? 7 : 0).filter((c) => (keywordsOf[command] ?? []).includes(c.name)),
  ];
  return { from, choices };
}

function expectsOperator(previous: Token): boolean {
  return previous.kind === 'word' || previous.text === ')' || previous.kind === 'string' || previous.kind === 'number';
}

/** A closed string ends; behind its quote something new begins. */
function closed(t: Token): boolean {
  if (t.kind === 'string') return t.text.length > 1 && t.text.endsWith(t.text[0] as string);
  if (t.kind === 'regex') return t.text.length > 1 && t.text.endsWith('/');
  return !['comment', 'number', 'command', 'word', 'call', 'keyword'].includes(t.kind);
}

function entries(reference: readonly Entry[], kinds: readonly Entry['kind'][], rank: number): Choice[] {
  return reference.filter((e) => kinds.includes(e.kind)).map((e) => ({ ...e, rank }));
}

/** What is known of the word at a place, for hover help. */
export function helpAt(text: string, pos: number, reference: readonly Entry[]): { entry: Entry; start: number; end: number } | null {
  const token = tokenise(text).find((t) => t.start <= pos && pos < t.end);
  if (!token || !['command', 'word', 'call', 'keyword', 'operator'].includes(token.kind)) return null;
  const kinds: Record<string, Entry['kind'][]> = { command: ['command'], call: ['function', 'aggregate'], word: ['field'], keyword: ['keyword', 'operator'], operator: ['operator'] };
  const entry = reference.find((e) => e.name.toLowerCase() === token.text.toLowerCase() && kinds[token.kind]?.includes(e.kind));
  return entry ? { entry, start: token.start, end: token.end } : null;
}
