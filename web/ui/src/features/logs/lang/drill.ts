// From a row of a result to the events behind it: the query that shows them.
// stats made the row of events with the same keys, so its commands before
// stats stay and the keys become conditions.
import type { Interval } from '@/lib/timerange';
import type { QuerySpec } from '../spec';
import type { Cells } from '../run/query';
import { type ResultTable, timeOf } from '../results/table';
import { commandsOf, equals, quoted, removeCommand, sourceOf } from './pipeline';
import { sameColumn, statsItems } from './stats';

export interface Drill {
  spec: QuerySpec;
  /** The row's time bin; absent where it has none. */
  interval?: Interval;
}

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const shown = 1000; // rows of the events

/** Commands that leave events what they are. */
const keepsEvents = new Set(['source', 'fields', 'filter', 'where', 'parse', 'filterindex']);

/** null where the row does not name its events: several stats, or commands that make other rows. */
export function eventsBehind(spec: QuerySpec, table: Pick<ResultTable, 'columns'>, cells: Cells): Drill | null {
  const commands = commandsOf(spec.text);
  const at = commands.findIndex((c) => c.name === 'stats');
  const stats = commands[at];
  if (!stats || commands.findLastIndex((c) => c.name === 'stats') !== at) return null;
  if (!commands.slice(0, at).every((c) => keepsEvents.has(c.name))) return null;
  const { keys } = statsItems(stats);
  if (keys.length === 0) return null;
  const conditions: string[] = [];
  let interval: Interval | undefined;
  let group: string | undefined;
  for (const key of keys) {
    const column = table.columns.findIndex((c) => sameColumn(c.name, key.name));
    const value = column < 0 ? undefined : cells[column];
    const bin = /^bin\s*\(\s*(?:@timestamp\s*,\s*)?(\d+)\s*(ms|s|m|h|d|w)[a-z]*\s*\)$/i.exec(key.expression);
    if (bin) {
      const start = timeOf(value);
      if (start === null) return null;
      interval = { start, end: start + Number(bin[1]) * (unitMs[(bin[2] ?? '').toLowerCase()] ?? 0) };
    } else if (key.expression === '@log' && value !== undefined) group = value.replace(/^\d{12}:/, '');
    else if (/^(datefloor|dateceil|bin)\s*\(/i.test(key.expression)) return null;
    else conditions.push(value === undefined ? `not ispresent(${key.expression})` : equals(key.expression, value, false));
  }
  const before = spec.text.slice(0, stats.start).replace(/\|\s*$/, '').trimEnd();
  // fields and parse choose what is shown; display says it anew.
  const shaped = commands.slice(0, at).some((c) => c.name === 'fields' || c.name === 'parse');
  const many = group === undefined && (spec.groups.length > 1 || sourceOf(spec.text) !== null);
  const columns = ['@timestamp', ...(many ? ['@log'] : []), '@message'].join(', ');
  let text = [before, ...conditions.map((c) => `filter ${c}`), `${shaped ? 'display' : 'fields'} ${columns}`, 'sort @timestamp desc', `limit ${shown}`].filter(Boolean).join('\n| ');
  const source = sourceOf(text);
  if (group !== undefined && source) text = removeCommand(text, source.at);
  return { spec: { groups: group !== undefined ? [group] : spec.groups, text }, ...(interval ? { interval } : {}) };
}

/** What is around an event in its stream. */
export function around(group: string, stream: string, at: number): Drill {
  const reach = 60_000;
  return {
    spec: { groups: [group], text: `fields @timestamp, @message\n| filter @logStream = ${quoted(stream)}\n| sort @timestamp asc\n| limit ${shown}` },
    interval: { start: at - reach, end: at + reach },
  };
}

/** All that was logged with an id, in its order: a request from START to REPORT. */
export function withId(group: string, id: string, at: number): Drill {
  const longest = 15 * 60_000; // a Lambda invocation's
  return {
    spec: { groups: [group], text: `fields @timestamp, @message\n| filter @message like ${quoted(id)}\n| sort @timestamp asc\n| limit ${shown}` },
    interval: { start: at - longest, end: at + longest },
  };
}
