// The rows that a live tail holds: the newest, numbered as they came.
import type { LiveTailEvent, LiveTailUpdate } from '@/api/logs';

export interface TailRow extends LiveTailEvent {
  /** Ever rising by one; the rows held are without gaps. */
  n: number;
  /** The name in logGroupIdentifier. */
  group: string;
}

/** The most rows held; older ones go. */
export const maxRows = 5000;
const rateUpdates = 5;

export interface Tail {
  rows: readonly TailRow[];
  /** Events that came since the start. */
  total: number;
  /** Counts of the last updates, the newest last. */
  counts: readonly number[];
  /** The newest update was a sample. */
  sampled: boolean;
}

export const noTail: Tail = { rows: [], total: 0, counts: [], sampled: false };

/** The tail after one more update. */
export function extended(tail: Tail, update: LiveTailUpdate): Tail {
  const fresh = update.events.map((e, i): TailRow => ({ ...e, n: tail.total + i, group: groupOf(e.logGroupIdentifier) }));
  return {
    rows: fresh.length === 0 ? tail.rows : [...tail.rows, ...fresh].slice(-maxRows),
    total: tail.total + fresh.length,
    counts: [...tail.counts, fresh.length].slice(-rateUpdates),
    sampled: update.sampled,
  };
}

/** No rows, and the rest goes on. */
export function cleared(tail: Tail): Tail {
  return { ...tail, rows: [] };
}

/** Events a second over the last updates, which come every second. */
export function rateOf(tail: Tail): number {
  return tail.counts.length === 0 ? 0 : tail.counts.reduce((sum, n) => sum + n, 0) / tail.counts.length;
}

/** The name in a log group's ARN; what is no ARN is the name. */
export function groupOf(identifier: string): string {
  const found = /^arn:[^:]*:logs:[^:]*:[^:]*:log-group:([^:]+)/.exec(identifier);
  return found?.[1] ?? identifier;
}
