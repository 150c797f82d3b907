// The charts of one resource's page: all its metrics in one GetMetricData call,
// on one grid of periods.
import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { CallOptions } from '@/api/client';
import { useApi } from '@/api/hooks';
import { getMetricData, type Grid, listMetrics, type MetricId, type MetricQuery, toGrid } from '@/api/metrics';
import type { Dimension } from '@/api/types';
import { serverNow } from '@/lib/clock';
import { useTimeRange } from '@/lib/rangeState';
import { choosePeriod } from '@/lib/timerange';

export interface ChartData extends Grid {
  start: number;
  end: number;
  /** seconds */
  period: number;
  /** Labels by query id, as the server gives them. */
  labels: Map<string, string>;
  messages: string[];
}

export interface ChartsInput {
  /** Part of the query key: kind and name. */
  key: readonly string[];
  /** Where dimensions must be looked up first: the first of these that any metric has. */
  index?: readonly Dimension[];
  /** The queries for a period in seconds, of the metrics the index found; an empty list asks nothing. */
  queries: (period: number, metrics: MetricId[]) => MetricQuery[];
  /** Finest period of the data, seconds. */
  minPeriod?: number;
  /** Looks back at least this far, milliseconds: daily data needs days. */
  minSpan?: number;
  enabled?: boolean;
}

export function useCharts({ key, queries, index = [], minPeriod = 60, minSpan = 0, enabled = true }: ChartsInput): UseQueryResult<ChartData> {
  const { scope } = useApi();
  const { text, resolve } = useTimeRange();
  return useQuery({
    queryKey: ['charts', scope, ...key, text],
    enabled,
    queryFn: async ({ signal }): Promise<ChartData> => {
      const asked = resolve();
      const interval = { start: Math.min(asked.start, asked.end - minSpan), end: asked.end };
      const period = choosePeriod(interval, serverNow(), 180, minPeriod);
      const start = Math.floor(interval.start / 1000 / period) * period * 1000;
      const metrics = await findMetrics(index, { scope, signal });
      const data = await getMetricData(queries(period, metrics), start, interval.end, { scope, signal });
      return { ...toGrid(data.results, start, interval.end, period * 1000), start: interval.start, end: interval.end, period, labels: new Map(data.results.map((r) => [r.id, r.label])), messages: data.messages };
    },
    placeholderData: keepPreviousData,
  });
}

async function findMetrics(index: readonly Dimension[], options: CallOptions): Promise<MetricId[]> {
  for (const dimension of index) {
    const found = await listMetrics(dimension, options);
    if (found.length > 0) return found;
  }
  return [];
}

export type Column = readonly (number | null)[];

/** The column of a query id; all gaps when the server knows no such metric. */
export function columnOf(data: ChartData, id: string): Column {
  return data.columns.get(id) ?? new Array<null>(data.times.length).fill(null);
}

/** The first of the columns that has any value. */
export function firstFilled(data: ChartData, ...ids: string[]): Column {
  const found = ids.find((id) => columnOf(data, id).some((v) => v !== null));
  return columnOf(data, found ?? ids[0] ?? '');
}

/** part of whole in percent, a gap where whole is absent or nothing. */
export function percentOf(part: Column, whole: Column): Column {
  return whole.map((w, i) => (w === null || w <= 0 ? null : (100 * (part[i] ?? 0)) / w));
}

export function hasValues(column: Column): boolean {
  return column.some((v) => v !== null);
}

/** Like hasValues, for counts that are worth a line only when something happened. */
export function happened(column: Column): boolean {
  return column.some((v) => v !== null && v > 0);
}

export function scaled(column: Column, factor: number): Column {
  return column.map((v) => (v === null ? null : v * factor));
}
