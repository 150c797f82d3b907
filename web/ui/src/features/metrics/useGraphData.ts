// The graph's datapoints: one GetMetricData call for all series. Old points stay
// while new ones load.
import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useApi } from '@/api/hooks';
import { getMetricData, type MetricPoints } from '@/api/metrics';
import type { MetricsTree } from '@/api/types';
import { serverNow } from '@/lib/clock';
import { type GraphSeries, seriesText } from '@/lib/metricUrl';
import { useTimeRange } from '@/lib/rangeState';
import type { Interval } from '@/lib/timerange';
import { type Plan, planGraph } from './graph';
import type { Graph } from './useGraph';

export interface GraphData {
  /** The series that were asked, in order: not yet those chosen since. */
  series: GraphSeries[];
  points: (MetricPoints | undefined)[];
  plan: Plan;
  interval: Interval;
  /** The server's now when it answered. */
  now: number;
  messages: string[];
}

/** A series as it is asked for: without its looks. */
function asked({ namespace, metric, dimensions, stat, period }: GraphSeries): GraphSeries {
  return { namespace, metric, dimensions, stat, period };
}

export function useGraphData(graph: Graph): UseQueryResult<GraphData> {
  const { scope } = useApi();
  const { text, resolve } = useTimeRange();
  const series = graph.series.map(asked);
  return useQuery({
    queryKey: ['graph', scope, text, graph.stat, graph.period, seriesText(series)],
    enabled: series.length > 0,
    queryFn: async ({ signal }): Promise<GraphData> => {
      const interval = resolve();
      const plan = planGraph({ series, stat: graph.stat, period: graph.period, interval, now: serverNow() });
      const data = await getMetricData(plan.queries, plan.start, plan.end, { scope, signal });
      const byId = new Map(data.results.map((r) => [r.id, r]));
      return { series, points: plan.queries.map((q) => byId.get(q.id)), plan, interval, now: serverNow(), messages: [...new Set(data.messages)] };
    },
    placeholderData: keepPreviousData,
  });
}

/** Namespaces, metrics and units. */
export function useMetricsTree(): UseQueryResult<MetricsTree> {
  const { ui, scope } = useApi();
  return useQuery({
    queryKey: ['metrics-tree', scope],
    queryFn: ({ signal }) => ui<MetricsTree>('metrics/tree', { signal }),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}
