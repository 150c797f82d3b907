// GetMetricData as pages need it: many named series over one time range, on one
// shared grid of times.
import { aws, METRICS, type CallOptions } from './client';
import type { Dimension } from './types';

export interface MetricQuery {
  /** Unique in the call: a lower-case letter, then letters, digits, underscores. */
  id: string;
  namespace: string;
  metric: string;
  dimensions: Dimension[];
  stat: string;
  /** seconds */
  period: number;
  label?: string;
  unit?: string;
}

interface RawResult {
  Id: string;
  Label?: string;
  Timestamps?: (number | string)[];
  Values?: number[];
  StatusCode?: string;
  Messages?: { Code?: string; Value?: string }[];
}

interface RawPage {
  MetricDataResults?: RawResult[];
  Messages?: { Code?: string; Value?: string }[];
  NextToken?: string;
}

export interface MetricPoints {
  id: string;
  label: string;
  /** milliseconds, ascending */
  times: number[];
  values: number[];
}

export interface MetricData {
  start: number;
  end: number;
  results: MetricPoints[];
  /** Notes of the server about the whole call or one series. */
  messages: string[];
}

/** Most queries that CloudWatch takes in one GetMetricData call. */
export const MAX_QUERIES = 500;
const MAX_PAGES = 50; // a page holds 100,800 points: more would not fit a screen or memory

/** Runs all queries (at most MAX_QUERIES) over [start, end) and follows every page. */
export async function getMetricData(queries: MetricQuery[], start: number, end: number, options: CallOptions = {}): Promise<MetricData> {
  if (queries.length === 0) return { start, end, results: [], messages: [] };
  const points = new Map<string, MetricPoints>();
  const messages: string[] = [];
  let token: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const raw: RawPage = await aws(
      `${METRICS}.GetMetricData`,
      {
        StartTime: start / 1000,
        EndTime: end / 1000,
        ScanBy: 'TimestampAscending',
        MetricDataQueries: queries.map(toQuery),
        ...(token ? { NextToken: token } : {}),
      },
      options,
    );
    for (const m of raw.Messages ?? []) messages.push(m.Value ?? m.Code ?? '');
    for (const r of raw.MetricDataResults ?? []) {
      addResult(points, r);
      for (const m of r.Messages ?? []) messages.push(m.Value ?? m.Code ?? '');
    }
    token = raw.NextToken || undefined;
    if (!token) return { start, end, results: [...points.values()], messages };
  }
  messages.push(`GetMetricData gave more than ${MAX_PAGES} pages; the rest is left out.`);
  return { start, end, results: [...points.values()], messages };
}

function toQuery(q: MetricQuery): unknown {
  return {
    Id: q.id,
    ...(q.label ? { Label: q.label } : {}),
    MetricStat: {
      Metric: {
        Namespace: q.namespace,
        MetricName: q.metric,
        Dimensions: q.dimensions.map((d) => ({ Name: d.name, Value: d.value })),
      },
      Period: q.period,
      Stat: q.stat,
      ...(q.unit ? { Unit: q.unit } : {}),
    },
  };
}

function addResult(points: Map<string, MetricPoints>, raw: RawResult): void {
  const key = `${raw.Id}\u0000${raw.Label ?? ''}`;
  const entry = points.get(key) ?? { id: raw.Id, label: raw.Label ?? raw.Id, times: [], values: [] };
  points.set(key, entry);
  raw.Timestamps?.forEach((t, i) => {
    const value = raw.Values?.[i];
    if (value === undefined) return;
    entry.times.push(typeof t === 'number' ? t * 1000 : Date.parse(t));
    entry.values.push(value);
  });
}

/** Columns for a chart: one shared axis of times, null where a series has no point. */
export interface Grid {
  times: number[];
  columns: Map<string, (number | null)[]>;
}

/** Lays points onto the grid of periods that covers [start, end). period is in milliseconds. */
export function toGrid(points: MetricPoints[], start: number, end: number, period: number): Grid {
  const first = Math.floor(start / period) * period;
  const n = Math.max(0, Math.ceil((end - first) / period));
  const times = Array.from({ length: n }, (_, i) => first + i * period);
  const columns = new Map<string, (number | null)[]>();
  for (const p of points) {
    const column = new Array<number | null>(n).fill(null);
    p.times.forEach((t, i) => {
      const at = Math.floor((t - first) / period);
      if (at >= 0 && at < n) column[at] = p.values[i] ?? null;
    });
    columns.set(p.id, column);
  }
  return { times, columns };
}

/** A metric that exists: its name and exact dimensions. */
export interface MetricId {
  namespace: string;
  metric: string;
  dimensions: Dimension[];
}

interface RawMetrics {
  Metrics?: { Namespace: string; MetricName: string; Dimensions?: { Name: string; Value: string }[] }[];
  NextToken?: string;
}

/** ListMetrics: every metric that has the dimension, in all namespaces or one. */
export async function listMetrics(dimension: Dimension, options: CallOptions & { namespace?: string } = {}): Promise<MetricId[]> {
  const found: MetricId[] = [];
  let token: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const raw: RawMetrics = await aws(
      `${METRICS}.ListMetrics`,
      {
        ...(options.namespace ? { Namespace: options.namespace } : {}),
        Dimensions: [{ Name: dimension.name, Value: dimension.value }],
        ...(token ? { NextToken: token } : {}),
      },
      options,
    );
    for (const m of raw.Metrics ?? []) {
      found.push({ namespace: m.Namespace, metric: m.MetricName, dimensions: (m.Dimensions ?? []).map((d) => ({ name: d.Name, value: d.Value })) });
    }
    token = raw.NextToken || undefined;
    if (!token) break;
  }
  return found;
}

/** Dimension values that stand for the whole resource. */
const wholes: Record<string, string> = { JobRunId: 'ALL', FilterId: 'EntireBucket' };

/**
 * The dimensions of a metric that stand for the whole resource: those with the
 * fewest parts, with ALL or EntireBucket where there is such a choice. Null when
 * the metric does not exist.
 */
export function wholeOf(metrics: readonly MetricId[], namespace: string, metric: string): Dimension[] | null {
  const weight = (m: MetricId) => m.dimensions.reduce((sum, d) => sum + (d.name in wholes && wholes[d.name] !== d.value ? 100 : 1), 0);
  let best: MetricId | null = null;
  for (const m of metrics) {
    if (m.namespace === namespace && m.metric === metric && (!best || weight(m) < weight(best))) best = m;
  }
  return best?.dimensions ?? null;
}
