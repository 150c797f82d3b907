// Pure shaping of the metric graph: which periods are asked, how points become
// chart columns, which unit a series has, and how it is called.
import type { MetricPoints, MetricQuery } from '@/api/metrics';
import type { MetricsTree } from '@/api/types';
import type { GraphSeries } from '@/lib/metricUrl';
import { choosePeriod, type Interval } from '@/lib/timerange';

export const standardStats = ['Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount', 'p50', 'p90', 'p95', 'p99'] as const;
export const defaultStat = 'Average';
/** Seconds. */
export const periods = [60, 300, 900, 3600, 21_600, 86_400] as const;
export const gapChoices = ['show', 'connect', 'zero'] as const;
export type Gaps = (typeof gapChoices)[number];
export const styles = ['line', 'area', 'stacked', 'bars'] as const;
export type Style = (typeof styles)[number];

/** Most series of one graph: more lines than anybody tells apart, and one call's worth. */
export const maxSeries = 100;
const autoPoints = 240;
const maxPoints = 300_000; // of all series together: what a browser draws and keeps without trouble

/** A whole page period of the URL, null for automatic. CloudWatch takes 1, 5, 10, 30 and multiples of 60. */
export function readPeriod(text: string): number | null {
  const n = Number(text);
  return /^\d{1,7}$/.test(text) && ([1, 5, 10, 30].includes(n) || (n > 0 && n % 60 === 0)) ? n : null;
}

export interface Plan {
  queries: MetricQuery[];
  /** Seconds, for each series. */
  periods: number[];
  /** Series whose period had to be longer than chosen, as there would be too many points. */
  coarsened: number[];
  /** What is asked: the start lies on every period's grid. Milliseconds. */
  start: number;
  end: number;
  /** Milliseconds of the shared grid. */
  step: number;
}

export interface PlanInput {
  series: readonly GraphSeries[];
  stat: string;
  period: number | null;
  interval: Interval;
  now: number;
}

/** What to ask for a graph: one query for each series, ids m0, m1, … */
export function planGraph({ series, stat, period, interval, now }: PlanInput): Plan {
  const auto = choosePeriod(interval, now, autoPoints);
  const seconds = (interval.end - interval.start) / 1000;
  const least = choosePeriod(interval, now, maxPoints / Math.max(1, series.length), 1);
  const coarsened: number[] = [];
  const chosen = series.map((s, i) => {
    const wanted = s.period ?? period ?? auto;
    if ((seconds / wanted) * series.length <= maxPoints || wanted >= least) return wanted;
    coarsened.push(i);
    return Math.ceil(least / wanted) * wanted;
  });
  const longest = Math.max(60, ...chosen) * 1000;
  return {
    queries: series.map((s, i) => ({ id: `m${i}`, namespace: s.namespace, metric: s.metric, dimensions: s.dimensions, stat: s.stat ?? stat, period: chosen[i] ?? auto })),
    periods: chosen,
    coarsened,
    start: Math.floor(interval.start / longest) * longest,
    end: interval.end,
    step: chosen.reduce(gcd, chosen[0] ?? 60) * 1000,
  };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/**
 * One series on the shared grid. null is a gap that breaks the line; undefined
 * is a grid time that is not the series' own (its period is longer, or gaps are
 * connected): the plot draws on over it. With hold the value stays until the
 * next one, as stacked areas need it.
 */
export function column(points: MetricPoints | undefined, grid: { times: readonly number[]; step: number }, period: number, gaps: Gaps, until: number, hold: boolean): (number | null)[] {
  const { times, step } = grid;
  const first = times[0] ?? 0;
  const own = Math.max(1, Math.round((period * 1000) / step));
  const out = new Array<number | null | undefined>(times.length).fill(null);
  const phase = Math.round((Math.ceil(first / (period * 1000)) * period * 1000 - first) / step);
  if (gaps === 'zero' && points && points.times.length > 0) for (let i = phase; i < out.length && (times[i] ?? 0) < until; i += own) out[i] = 0;
  points?.times.forEach((t, i) => {
    const at = Math.round((t - first) / step);
    if (at >= 0 && at < out.length) out[at] = points.values[i] ?? null;
  });
  let before = -1;
  for (let i = 0; i < out.length; i++) {
    if (out[i] === null) continue;
    if (before >= 0 && i - before > 1 && (i - before <= own || gaps === 'connect')) out.fill(hold ? out[before] : undefined, before + 1, i);
    before = i;
  }
  // TimeChart takes null and numbers; undefined passes through it to the plot as it is.
  return out as (number | null)[];
}

/** Grid times that cover [start, end). */
export function gridTimes(start: number, end: number, step: number): number[] {
  const first = Math.floor(start / step) * step;
  return Array.from({ length: Math.max(0, Math.ceil((end - first) / step)) }, (_, i) => first + i * step);
}

export interface Summary {
  count: number;
  min: number | null;
  avg: number | null;
  max: number | null;
  sum: number | null;
  last: number | null;
  lastTime: number | null;
}

/** What the datapoints of [start, end) say; avg is the mean of the datapoints. */
export function summarise(points: MetricPoints | undefined, interval: Interval): Summary {
  let count = 0;
  let sum = 0;
  let min = Infinity;
  let max = -Infinity;
  let last: number | null = null;
  let lastTime: number | null = null;
  points?.times.forEach((t, i) => {
    const v = points.values[i];
    if (v === undefined || t >= interval.end) return;
    count++;
    sum += v;
    min = Math.min(min, v);
    max = Math.max(max, v);
    last = v;
    lastTime = t;
  });
  if (count === 0) return { count, min: null, avg: null, max: null, sum: null, last, lastTime };
  return { count, min, avg: sum / count, max, sum, last, lastTime };
}

/** The unit of a statistic of a metric. */
export function statUnit(stat: string, metricUnit: string): string {
  if (/^(SampleCount|tc[\d(]|TC\()/.test(stat)) return 'Count';
  if (/^PR\(/.test(stat)) return 'Percent';
  return metricUnit;
}

/** Units by namespace and metric. */
export function unitsOf(tree: MetricsTree | undefined): (s: Pick<GraphSeries, 'namespace' | 'metric'>) => string {
  const units = new Map((tree?.namespaces ?? []).flatMap((n) => n.metrics.map((m) => [`${n.name}\0${m.name}`, m.unit] as const)));
  return (s) => units.get(`${s.namespace}\0${s.metric}`) || 'None';
}

/** Charts take two units, left and right: series by chart, in order of the units' first use. */
export function chartsByUnit(units: readonly string[]): { left: string; right: string | null; indexes: number[] }[] {
  const order = [...new Set(units)];
  const charts = [];
  for (let i = 0; i < order.length; i += 2) {
    const pair = order.slice(i, i + 2);
    charts.push({ left: pair[0] ?? 'None', right: pair[1] ?? null, indexes: units.flatMap((u, at) => (pair.includes(u) ? [at] : [])) });
  }
  return charts;
}

/** Short names: what all series have in common is left out, as long as something stays. */
export function labels(series: readonly GraphSeries[], stat: string, periodText: (seconds: number) => string): string[] {
  const differs = (of: (s: GraphSeries) => string) => new Set(series.map(of)).size > 1;
  const one = series.length === 1;
  const byNamespace = differs((s) => s.namespace);
  const byMetric = one || differs((s) => s.metric);
  const byStat = differs((s) => s.stat ?? stat);
  const byPeriod = differs((s) => String(s.period ?? ''));
  const byDimension = differs((s) => JSON.stringify(s.dimensions));
  const common = (name: string, value: string) => series.every((s) => s.dimensions.some((d) => d.name === name && d.value === value));
  return series.map((s) => {
    const own = byDimension ? s.dimensions.filter((d) => !common(d.name, d.value)) : one ? s.dimensions : [];
    const parts = [
      byNamespace ? s.namespace : '',
      byMetric ? s.metric : '',
      own.map((d) => d.value).join(' / '),
      byStat || one ? (s.stat ?? stat) : '',
      byPeriod && s.period ? periodText(s.period) : '',
    ].filter(Boolean);
    return parts.join(' · ') || [s.metric, ...s.dimensions.map((d) => d.value)].join(' · ');
  });
}

/** All of a series, for tooltips. */
export function fullName(s: GraphSeries, stat: string): string {
  return [s.namespace, s.metric, ...s.dimensions.map((d) => `${d.name}=${d.value}`), s.stat ?? stat].join(' · ');
}

/** Statistics that every datapoint tells, however it was sent. */
export function isBasicStat(stat: string): boolean {
  return ['Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount'].includes(stat);
}

/** Counts of things that happen are summed; an average of them is nearly always 1. Levels are not counted up. */
export function fittingStat(s: Pick<GraphSeries, 'metric'>, unit: string): string | undefined {
  return unit === 'Count' && !/concurrent|number|objects|size|length|depth|age\b|active|running|pending|messages|connections|workers|executors/i.test(s.metric) ? 'Sum' : undefined;
}

/** The chart colour of each series: its own, else its place's. */
export function colorOf(s: GraphSeries, at: number): number {
  return s.color ?? at;
}

/** The colour least used so far. */
export function freeColor(series: readonly GraphSeries[], colors: number): number {
  const used = new Array<number>(colors).fill(0);
  series.forEach((s, i) => {
    const c = colorOf(s, i) % colors;
    used[c] = (used[c] ?? 0) + 1;
  });
  return used.indexOf(Math.min(...used));
}

/** Writes a colour down only where the place does not say it already. */
export function withColor(s: GraphSeries, at: number, color: number): GraphSeries {
  const { color: _old, ...rest } = s;
  return color === at ? rest : { ...rest, color };
}

/** Rows of a CSV of the graph: a time and one column for each series. */
export function* csvRows(series: readonly { label: string; points: MetricPoints | undefined }[], timeHeading: string): Generator<(string | number | null)[]> {
  yield [timeHeading, ...series.map((s) => s.label)];
  const rows = new Map<number, (number | null)[]>();
  series.forEach((s, at) =>
    s.points?.times.forEach((t, i) => {
      const row = rows.get(t) ?? new Array<number | null>(series.length).fill(null);
      row[at] = s.points?.values[i] ?? null;
      rows.set(t, row);
    }),
  );
  for (const t of [...rows.keys()].sort((a, b) => a - b)) yield [new Date(t).toISOString(), ...(rows.get(t) ?? [])];
}
