// How many events there were over time, and how many of them the query's
// filters keep, as queries of their own.
import type { Interval } from '@/lib/timerange';
import type { QuerySpec } from '../spec';
import { commandsOf } from './pipeline';

const s = 1000;
const m = 60 * s;
const h = 60 * m;
/** Bins as the language takes them: at most 60 seconds, 60 minutes, 24 hours. */
const bins: [ms: number, text: string][] = [
  [s, '1s'], [2 * s, '2s'], [5 * s, '5s'], [10 * s, '10s'], [15 * s, '15s'], [30 * s, '30s'],
  [m, '1m'], [2 * m, '2m'], [5 * m, '5m'], [10 * m, '10m'], [15 * m, '15m'], [30 * m, '30m'],
  [h, '1h'], [2 * h, '2h'], [3 * h, '3h'], [6 * h, '6h'], [12 * h, '12h'], [24 * h, '24h'],
];
const mostBins = 150;

export interface Bin {
  ms: number;
  text: string;
}

/** The finest bin that gives no more bars than can be told apart. */
export function binFor({ start, end }: Interval): Bin {
  const [ms, text] = bins.find(([size]) => (end - start) / size <= mostBins) ?? (bins.at(-1) as [number, string]);
  return { ms, text };
}

const heads = new Set(['source', 'fields', 'filter', 'where', 'parse', 'filterindex']);

export interface CountQueries {
  all: QuerySpec;
  /** null for a query that keeps all events. */
  kept: QuerySpec | null;
}

/** Both count by bins in the column t. Filters behind commands that make other rows keep no events and do not count. */
export function countQueries(spec: QuerySpec, bin: Bin): CountQueries {
  const commands = commandsOf(spec.text);
  const count = `stats count(*) as n by bin(${bin.text}) as t`;
  const source = commands.find((c) => c.name === 'source');
  const end = commands.findIndex((c) => !heads.has(c.name));
  const head = commands.slice(0, end < 0 ? undefined : end);
  const text = (parts: string[]) => [...parts, count].join('\n| ');
  return {
    all: { groups: spec.groups, text: text(source ? [source.text] : []) },
    kept: head.some((c) => c.name === 'filter' || c.name === 'where' || c.name === 'filterindex') ? { groups: spec.groups, text: text(head.map((c) => c.text)) } : null,
  };
}

export interface Counts {
  /** Starts of all bins that touch the interval. */
  times: number[];
  counts: number[];
  total: number;
}

/** Counts of a query's rows, 0 where a bin has none. */
export function countsOf(rows: readonly { t: number | null; n: number }[], { start, end }: Interval, bin: Bin): Counts {
  const first = Math.floor(start / bin.ms) * bin.ms;
  const times = Array.from({ length: Math.max(1, Math.ceil((end - first) / bin.ms)) }, (_, i) => first + i * bin.ms);
  const counts = times.map(() => 0);
  let total = 0;
  for (const { t, n } of rows) {
    total += n;
    const at = t === null ? -1 : (t - first) / bin.ms;
    if (Number.isInteger(at) && at >= 0 && at < counts.length) counts[at] = (counts[at] ?? 0) + n;
  }
  return { times, counts, total };
}
