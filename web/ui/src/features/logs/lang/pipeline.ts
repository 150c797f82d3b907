// A query as its commands, and the edits that a click makes to its text: only
// the line concerned changes, whatever else was written stays as it was.
import { tokenise, type Token } from './lexer';

export interface Command {
  /** Lower-case name; "" for an empty one. */
  name: string;
  /** Of the text between the pipes, without the blanks around it. */
  start: number;
  end: number;
  text: string;
  tokens: Token[];
}

/** The commands of a query, in order. Comments belong to no command. */
export function commandsOf(text: string): Command[] {
  const commands: Command[] = [];
  let tokens: Token[] = [];
  const close = () => {
    const first = tokens[0];
    const last = tokens.at(-1);
    if (first && last) commands.push({ name: first.text.toLowerCase(), start: first.start, end: last.end, text: text.slice(first.start, last.end), tokens });
    tokens = [];
  };
  for (const token of tokenise(text)) {
    if (token.kind === 'pipe') close();
    else if (token.kind !== 'comment') tokens.push(token);
  }
  close();
  return commands;
}

const normal = (text: string) => text.replace(/\s+/g, ' ').trim();

/** Puts a command before the command at index `at`, or at the end. */
export function insertCommand(text: string, at: number, command: string): string {
  const commands = commandsOf(text);
  if (commands.length === 0) return text.trim() === '' ? command : `${text.trimEnd()}\n${command}`;
  const before = commands[at];
  if (before) return `${text.slice(0, before.start)}${command}\n| ${text.slice(before.start)}`;
  const last = commands.at(-1) as Command;
  return `${text.slice(0, last.end)}\n| ${command}${text.slice(last.end)}`;
}

/** Takes out the command at index `at` with one of the pipes beside it. */
export function removeCommand(text: string, at: number): string {
  const commands = commandsOf(text);
  const gone = commands[at];
  if (!gone) return text;
  const next = commands[at + 1];
  if (next) return text.slice(0, gone.start) + text.slice(next.start);
  const pipe = tokenise(text).findLast((t) => t.kind === 'pipe' && t.start < gone.start);
  const head = text.slice(0, pipe?.start ?? gone.start);
  return ((pipe ? head.replace(/\s+$/, '') : head) + text.slice(gone.end)).trim();
}

/** Writes another command in the place of the one at index `at`. */
export function replaceCommand(text: string, at: number, command: string): string {
  const gone = commandsOf(text)[at];
  return gone ? text.slice(0, gone.start) + command + text.slice(gone.end) : insertCommand(text, at, command);
}

/** The index of a command with the same words, else -1. */
export function findCommand(text: string, command: string): number {
  return commandsOf(text).findIndex((c) => normal(c.text) === normal(command));
}

/** A filter on events stands after the filters and parses at the query's head, before all that shapes the result. */
export function filterPlace(text: string): number {
  const commands = commandsOf(text);
  const shaping = commands.findIndex((c) => ['stats', 'sort', 'limit', 'dedup', 'display'].includes(c.name));
  return shaping < 0 ? commands.length : shaping;
}

/** Adds a filter on events unless it is there. */
export function addFilter(text: string, condition: string): string {
  const command = `filter ${condition}`;
  return findCommand(text, command) >= 0 ? text : insertCommand(text, filterPlace(text), command);
}

/** A filter on what stats gave stands behind the last stats. */
export function addResultFilter(text: string, condition: string): string {
  const command = `filter ${condition}`;
  if (findCommand(text, command) >= 0) return text;
  const last = commandsOf(text).findLastIndex((c) => c.name === 'stats');
  return insertCommand(text, last + 1, command);
}

/** Adds the filter, or takes it out where it is. */
export function toggleFilter(text: string, condition: string): string {
  const at = findCommand(text, `filter ${condition}`);
  return at >= 0 ? removeCommand(text, at) : addFilter(text, condition);
}

export function hasFilter(text: string, condition: string): boolean {
  return findCommand(text, `filter ${condition}`) >= 0;
}

/** A text as the language quotes it. */
export function quoted(value: string): string {
  const escapes: Record<string, string> = { '\n': '\\n', '\t': '\\t', '\r': '\\r' };
  return `"${value.replace(/[\\"]/g, '\\$&').replace(/[\n\t\r]/g, (c) => escapes[c] ?? c)}"`;
}

/** A field's path as the language writes it: parts with other characters in backticks. */
export function fieldText(path: readonly string[]): string {
  const plain = (part: string) => /^[\p{L}\p{M}\p{N}_@]+$/u.test(part) && !(path.length === 1 && reserved.has(part.toLowerCase()));
  return path.map((part) => (plain(part) ? part : `\`${part}\``)).join('.');
}
const reserved = new Set(['and', 'or', 'not', 'in', 'like', 'as', 'by', 'asc', 'desc', 'true', 'false']);

/** field = value or field != value; numbers stay numbers. */
export function equals(field: string, value: string, not: boolean): string {
  const literal = /^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(value) ? value : quoted(value);
  return `${field} ${not ? '!=' : '='} ${literal}`;
}

const contains = /^filter\s+@message\s+like\s+("(?:[^"\\]|\\.)*")$/;

/** What the quick box holds: the text of the first filter of the form @message like "text". */
export function containedText(text: string): string {
  for (const c of commandsOf(text)) {
    const found = contains.exec(normalOutsideQuotes(c));
    if (found) return unquoted(found[1] ?? '""');
  }
  return '';
}

/** Writes the quick box's text into the query; "" takes the filter out. */
export function setContainedText(text: string, value: string): string {
  const at = commandsOf(text).findIndex((c) => contains.test(normalOutsideQuotes(c)));
  if (value === '') return at < 0 ? text : removeCommand(text, at);
  const command = `filter @message like ${quoted(value)}`;
  return at < 0 ? insertCommand(text, filterPlace(text), command) : replaceCommand(text, at, command);
}

function normalOutsideQuotes(c: Command): string {
  return c.tokens.map((t) => t.text).join(' ');
}

function unquoted(literal: string): string {
  const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', '"': '"', "'": "'", '\\': '\\' };
  return literal.slice(1, -1).replace(/\\(.)/gs, (whole, c: string) => escapes[c] ?? whole);
}

export interface Source {
  /** Index of the command. */
  at: number;
  prefixes: string[];
}

/** The SOURCE command of a query, if it has one. */
export function sourceOf(text: string): Source | null {
  const commands = commandsOf(text);
  const at = commands.findIndex((c) => c.name === 'source');
  if (at < 0) return null;
  const tokens = (commands[at] as Command).tokens;
  const from = tokens.findIndex((t) => /^nameprefix(es)?$/i.test(t.text));
  const prefixes: string[] = [];
  if (from >= 0) {
    for (const t of tokens.slice(from + 1)) {
      if (t.text === ']' || t.text === ')') break;
      if (t.kind === 'string') prefixes.push(unquoted(t.text));
    }
  }
  return { at, prefixes };
}

/** Chooses log groups by name prefix inside the query; null takes SOURCE out. */
export function setSource(text: string, prefixes: readonly string[] | null): string {
  const source = sourceOf(text);
  if (prefixes === null) return source ? removeCommand(text, source.at) : text;
  const command = `SOURCE logGroups(namePrefix: [${prefixes.map((p) => quoted(p)).join(', ')}])`;
  return source ? replaceCommand(text, source.at, command) : insertCommand(text, 0, command);
}
