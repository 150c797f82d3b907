// A query as boxes (what, where, grouped by, order, limit) and back. The boxes
// read the text, and each change of a box changes only its command in the text;
// commands that no box shows stay as they are.
import { commandsOf, filterPlace, insertCommand, quoted, removeCommand, replaceCommand, type Command } from '../lang/pipeline';
import { statsItems, type StatsItem } from '../lang/stats';

export const comparisons = ['=', '!=', '>', '>=', '<', '<=', 'like', 'not like', 'ispresent'] as const;
export type Comparison = (typeof comparisons)[number];

export interface Condition {
  field: string;
  comparison: Comparison;
  /** Unquoted; "" for ispresent. */
  value: string;
}

export const aggregateFunctions = ['count', 'count_distinct', 'sum', 'avg', 'min', 'max', 'p50', 'p90', 'p95', 'p99'] as const;
export type AggregateFunction = (typeof aggregateFunctions)[number];

export interface Boxes {
  /** Filters on events: their command, and the condition where it is a simple one. */
  where: { at: number; text: string; condition: Condition | null }[];
  aggregates: StatsItem[];
  keys: StatsItem[];
  /** null: none; text: what the boxes cannot show. */
  order: { field: string; descending: boolean } | null;
  orderText: string;
  limit: number | null;
}

/** null when the text says more than boxes can: several stats, sorts or limits. */
export function readBoxes(text: string): Boxes | null {
  const commands = commandsOf(text);
  const all = (name: string) => commands.filter((c) => c.name === name);
  if (all('stats').length > 1 || all('sort').length > 1 || all('limit').length > 1) return null;
  const stats = all('stats')[0];
  const firstShaping = commands.findIndex((c) => c.name === 'stats');
  const where = commands.flatMap((c, at) =>
    (c.name === 'filter' || c.name === 'where') && (firstShaping < 0 || at < firstShaping) ? [{ at, text: c.text.slice(c.name.length).trim(), condition: readCondition(c) }] : [],
  );
  const sort = all('sort')[0];
  const limit = all('limit')[0];
  const parts = stats ? statsItems(stats) : { aggregates: [], keys: [] };
  return { where, ...parts, order: sort ? readOrder(sort) : null, orderText: sort ? sort.text.slice(4).trim() : '', limit: limit ? Number(limit.tokens.at(-1)?.text) || null : null };
}

function readCondition(command: Command): Condition | null {
  const tokens = command.tokens.slice(1);
  const texts = tokens.map((t) => t.text);
  if (tokens.length === 4 && texts[0]?.toLowerCase() === 'ispresent' && texts[1] === '(' && texts[3] === ')') return { field: texts[2] ?? '', comparison: 'ispresent', value: '' };
  const [field, ...rest] = tokens;
  const value = rest.at(-1);
  const operator = rest.slice(0, -1).map((t) => t.text.toLowerCase()).join(' ');
  const comparison = comparisons.find((c) => c === operator);
  if (field?.kind !== 'word' || !value || !comparison || !['string', 'number'].includes(value.kind)) return null;
  return { field: field.text, comparison, value: value.kind === 'string' ? unquote(value.text) : value.text };
}

function unquote(literal: string): string {
  const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r', '"': '"', "'": "'", '\\': '\\' };
  return literal.slice(1, -1).replace(/\\(.)/gs, (whole, c: string) => escapes[c] ?? whole);
}

export function conditionText({ field, comparison, value }: Condition): string {
  if (comparison === 'ispresent') return `ispresent(${field})`;
  const number = /^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(value) && !comparison.endsWith('like');
  return `${field} ${comparison} ${number ? value : quoted(value)}`;
}

/** Adds a condition (at null), changes the one of a command, or takes it out (condition null). */
export function setCondition(text: string, at: number | null, condition: Condition | null): string {
  if (!condition) return at === null ? text : removeCommand(text, at);
  const command = `filter ${conditionText(condition)}`;
  return at === null ? insertCommand(text, filterPlace(text), command) : replaceCommand(text, at, command);
}

function readOrder(sort: Command): Boxes['order'] {
  const [, field, direction, ...more] = sort.tokens;
  if (!field || more.length > 0 || field.kind !== 'word' || (direction && direction.kind !== 'keyword')) return null;
  return { field: field.text, descending: direction?.text.toLowerCase() === 'desc' };
}

export function setOrder(text: string, order: Boxes['order']): string {
  const commands = commandsOf(text);
  const at = commands.findIndex((c) => c.name === 'sort');
  if (!order) return at < 0 ? text : removeCommand(text, at);
  const command = `sort ${order.field} ${order.descending ? 'desc' : 'asc'}`;
  if (at >= 0) return replaceCommand(text, at, command);
  const limit = commands.findIndex((c) => c.name === 'limit');
  return insertCommand(text, limit < 0 ? commands.length : limit, command);
}

export function setLimit(text: string, limit: number | null): string {
  const commands = commandsOf(text);
  const at = commands.findIndex((c) => c.name === 'limit');
  if (limit === null) return at < 0 ? text : removeCommand(text, at);
  return at < 0 ? insertCommand(text, commands.length, `limit ${limit}`) : replaceCommand(text, at, `limit ${limit}`);
}

/** An aggregate with a name that later commands can use. */
export function aggregate(fn: AggregateFunction, field: string): StatsItem {
  const percentile = /^p(\d+)$/.exec(fn)?.[1];
  const of = field.trim() || '*';
  const expression = percentile ? `pct(${of}, ${percentile})` : fn === 'count' ? `count(${of})` : `${fn}(${of})`;
  const plain = of.replace(/[^\p{L}\p{N}_]+/gu, '_').replace(/^_+|_+$/g, '');
  const alias = fn === 'count' && of === '*' ? 'events' : [fn, plain].filter(Boolean).join('_');
  return { name: alias, expression, alias };
}

/** The function and field of an aggregate; null for any other expression. */
export function readAggregate(item: StatsItem): { fn: AggregateFunction; field: string } | null {
  const percentile = /^pct\s*\(\s*(\S+)\s*,\s*(\d+)\s*\)$/i.exec(item.expression);
  const pFn = aggregateFunctions.find((f) => f === `p${percentile?.[2]}`);
  if (percentile && pFn) return { fn: pFn, field: percentile[1] ?? '' };
  const call = /^(\w+)\s*\(\s*([^\s(),]*)\s*\)$/.exec(item.expression);
  const fn = aggregateFunctions.find((f) => f === call?.[1]?.toLowerCase());
  return fn && !/^p\d/.test(fn) ? { fn, field: call?.[2] === '*' ? '' : (call?.[2] ?? '') } : null;
}

/** A grouping key. */
export function key(expression: string): StatsItem {
  return { name: expression, expression, alias: null };
}

/**
 * Writes what is computed and by what it is grouped. The order follows where it
 * would no longer mean anything: groups by their first aggregate, times and
 * events by time.
 */
export function setStats(text: string, aggregates: readonly StatsItem[], keys: readonly StatsItem[]): string {
  const commands = commandsOf(text);
  const at = commands.findIndex((c) => c.name === 'stats');
  const item = (i: StatsItem) => (i.alias ? `${i.expression} as ${i.alias}` : i.expression);
  if (aggregates.length === 0 && keys.length === 0) {
    return at < 0 ? text : orderAgain(removeCommand(text, at), ['@timestamp'], '@timestamp');
  }
  // Groups alone are counted.
  const computed = aggregates.length > 0 ? aggregates : [aggregate('count', '')];
  const command = `stats ${computed.map(item).join(', ')}${keys.length > 0 ? ` by ${keys.map(item).join(', ')}` : ''}`;
  const next = at < 0 ? insertCommand(text, filterPlace(text), command) : replaceCommand(text, at, command);
  const timed = keys.some((k) => /^bin\s*\(/i.test(k.expression));
  return orderAgain(next, [...computed, ...keys].map((i) => i.name), timed || keys.length === 0 ? null : (computed[0]?.alias ?? null));
}

/** Keeps the order while its field is there, else orders by another field or not at all. */
function orderAgain(text: string, columns: readonly string[], otherwise: string | null): string {
  const sort = commandsOf(text).find((c) => c.name === 'sort');
  const order = sort ? readOrder(sort) : null;
  if (order && columns.includes(order.field)) return text;
  if (sort && !order) return text; // written by hand
  return setOrder(text, otherwise ? { field: otherwise, descending: true } : null);
}
