// Time ranges as the URL carries them: relative ("3h", "7d") or absolute
// ("2026-11-21T10:00:00Z..2026-11-21T12:00:00Z"). Pure functions only; the
// hooks are in rangeState.ts.

export interface RelativeRange {
  kind: 'relative';
  /** As written: a whole number and m, h, d or w. */
  text: string;
  ms: number;
}

export interface AbsoluteRange {
  kind: 'absolute';
  start: number;
  end: number;
}

export type TimeRange = RelativeRange | AbsoluteRange;

export interface Interval {
  start: number;
  end: number;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const unitMs: Record<string, number> = { m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };

/** The ranges offered with one click. */
export const quickRanges = ['15m', '1h', '3h', '12h', '24h', '3d', '7d'] as const;
export const defaultRange = '24h';

const longestMs = 460 * DAY; // metrics are kept 455 days
const shortestMs = MINUTE;

/** Reads a URL value; null when it is not a range. */
export function parseRange(text: string | null | undefined): TimeRange | null {
  if (!text) return null;
  const relative = /^(\d{1,6})([mhdw])$/.exec(text);
  if (relative) {
    const ms = Number(relative[1]) * (unitMs[relative[2] ?? ''] ?? 0);
    return ms >= shortestMs && ms <= longestMs ? { kind: 'relative', text, ms } : null;
  }
  const [from, to, more] = text.split('..');
  if (from === undefined || to === undefined || more !== undefined) return null;
  const start = parseInstant(from);
  const end = parseInstant(to);
  if (start === null || end === null || end <= start || end - start > longestMs) return null;
  return { kind: 'absolute', start, end };
}

function parseInstant(text: string): number | null {
  if (/^\d{12,14}$/.test(text)) return Number(text);
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z$/.test(text)) return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}

/** Writes a range as parseRange reads it. */
export function rangeText(range: TimeRange): string {
  if (range.kind === 'relative') return range.text;
  return `${instantText(range.start)}..${instantText(range.end)}`;
}

function instantText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.000Z$/, 'Z');
}

/** The interval a range means at the instant now. */
export function resolveRange(range: TimeRange, now: number): Interval {
  if (range.kind === 'absolute') return { start: range.start, end: range.end };
  return { start: now - range.ms, end: now };
}

/** An absolute range of whole seconds, at least one minute long. */
export function absoluteRange(start: number, end: number): AbsoluteRange {
  const from = Math.floor(start / 1000) * 1000;
  return { kind: 'absolute', start: from, end: Math.max(Math.ceil(end / 1000) * 1000, from + shortestMs) };
}

/** Moves a range by half its length, backwards (-1) or forwards (1), never past now. */
export function shiftRange(range: TimeRange, direction: -1 | 1, now: number): TimeRange {
  const { start, end } = resolveRange(range, now);
  const step = ((end - start) / 2) * direction;
  const ahead = Math.max(0, end + step - now);
  if (direction === 1 && ahead >= step) return range;
  return absoluteRange(start + step - ahead, end + step - ahead);
}

const periods = [1, 5, 10, 30, 60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400];

/**
 * The metric period, in seconds, that gives about `points` points over an
 * interval. Old data is kept in coarser steps (15 days: 5 minutes, 63 days: 1
 * hour), so the start's age raises it. min is the finest step the data has.
 */
export function choosePeriod(interval: Interval, now: number, points = 180, min = 60): number {
  const age = now - interval.start;
  const kept = age > 63 * DAY ? 3600 : age > 15 * DAY ? 300 : min;
  const wanted = (interval.end - interval.start) / 1000 / points;
  return periods.find((p) => p >= wanted && p >= kept && p >= min) ?? 86400;
}
