// What a query's last stats command gives: the names of its keys and aggregates
// as the result's columns have them.
import { commandsOf, type Command } from './pipeline';
import type { Token } from './lexer';

export interface StatsShape {
  keys: string[];
  aggregates: { name: string; expression: string }[];
  /** The key that is a time bin, if any. */
  bin: string | null;
}

export interface StatsItem {
  /** As the result's column is called: the alias, or the expression's own text. */
  name: string;
  expression: string;
  alias: string | null;
}

/** The parts of one stats command. */
export function statsItems(stats: Command): { aggregates: StatsItem[]; keys: StatsItem[] } {
  const by = topLevel(stats.tokens).findIndex(({ token, depth }) => depth === 0 && token.kind === 'keyword' && token.text.toLowerCase() === 'by');
  return {
    aggregates: items(stats, stats.tokens.slice(1, by < 0 ? undefined : by)),
    keys: by < 0 ? [] : items(stats, stats.tokens.slice(by + 1)),
  };
}

/** Commands whose rows are no longer events. */
const makesRows = new Set(['stats', 'pattern', 'diff', 'logcompare', 'anomaly', 'relevantfields', 'countfrequent', 'count_frequent', 'estimate']);

/** Plain fields that a query without stats asks to show, as columns are called: those of display, else of all fields commands. */
export function shownFields(text: string): string[] {
  const commands = commandsOf(text);
  if (commands.some((c) => makesRows.has(c.name))) return [];
  const display = commands.filter((c) => c.name === 'display').slice(-1);
  const from = display.length > 0 ? display : commands.filter((c) => c.name === 'fields');
  return from.flatMap((c) => items(c, c.tokens.slice(1)).filter((i) => i.alias === null && /^[@\w.]+$/.test(i.expression)).map((i) => i.name));
}

/** null for a query without stats. */
export function statsShape(text: string): StatsShape | null {
  const stats = commandsOf(text).findLast((c) => c.name === 'stats');
  if (!stats) return null;
  const { aggregates, keys } = statsItems(stats);
  return {
    keys: keys.map((k) => k.name),
    aggregates: aggregates.map(({ name, expression }) => ({ name, expression })),
    bin: keys.find((k) => /^(bin|datefloor|dateceil)\s*\(/i.test(k.expression))?.name ?? null,
  };
}

function topLevel(tokens: readonly Token[]): { token: Token; depth: number }[] {
  let depth = 0;
  return tokens.map((token) => {
    if (token.text === ')' || token.text === ']') depth--;
    const here = depth;
    if (token.text === '(' || token.text === '[') depth++;
    return { token, depth: here };
  });
}

/** Expressions parted by commas; the name is the alias or the expression's own text. */
function items(command: Command, tokens: readonly Token[]): StatsItem[] {
  const lists: Token[][] = [[]];
  for (const { token, depth } of topLevel(tokens)) {
    if (depth === 0 && token.text === ',') lists.push([]);
    else lists.at(-1)?.push(token);
  }
  return lists
    .filter((list) => list.length > 0)
    .map((list) => {
      const as = list.findIndex((t) => t.kind === 'keyword' && t.text.toLowerCase() === 'as');
      const expression = (as < 0 ? list : list.slice(0, as)) as Token[];
      const text = between(command, expression);
      const alias = as < 0 ? undefined : list[as + 1]?.text;
      return { name: alias ? alias.replace(/^`|`$/g, '') : text, expression: text, alias: alias ?? null };
    });
}

function between(command: Command, tokens: readonly Token[]): string {
  const from = (tokens[0]?.start ?? command.start) - command.start;
  const to = (tokens.at(-1)?.end ?? command.start) - command.start;
  return command.text.slice(from, to);
}

/** Column names compare without blanks and letter case: the server may print an expression its own way. */
export function sameColumn(a: string, b: string): boolean {
  const key = (s: string) => s.replace(/\s+/g, '').toLowerCase();
  return key(a) === key(b);
}
