// What an empty graph page offers: for each namespace its most telling metrics,
// with the statistic that fits what they count.
import type { MetricSeriesInfo, MetricsTree } from '@/api/types';
import type { GraphSeries } from '@/lib/metricUrl';

export interface Start {
  metric: string;
  stat: string;
  /** The dimensions of its series; none for a metric that has a series for everything together. */
  by: readonly string[];
}

export interface StartGroup {
  namespace: string;
  starts: Start[];
}

const mostNamespaces = 8;
const mostMetrics = 5;
/** Series of one metric that are drawn at first. */
export const mostDrawn = 10;

/** Asked for more often than others, in this order. */
const telling = [
  'Invocations', 'Errors', 'Duration', 'Throttles', 'ConcurrentExecutions',
  'Count', '5XXError', '4XXError', 'Latency',
  'AllRequests', '5xxErrors', 'BucketSizeBytes', 'FirstByteLatency',
  'Runs', 'Failures', 'ExecutionTime', 'MemoryUtilization', 'Timeouts', 'OutOfMemory', 'ColdStarts',
];

export function startGroups(tree: MetricsTree): StartGroup[] {
  const rank = (name: string) => (telling.includes(name) ? telling.indexOf(name) : telling.length);
  return tree.namespaces.slice(0, mostNamespaces).map((n) => ({
    namespace: n.name,
    starts: [...n.metrics]
      .sort((a, b) => rank(a.name) - rank(b.name)) // others stay in the order of their names
      .slice(0, mostMetrics)
      .map((m) => ({ metric: m.name, stat: statFor(m.unit, m.name), by: [...m.dimensionSets].sort((a, b) => a.length - b.length)[0] ?? [] })),
  }));
}

/** Counts add up, durations are looked at from their slow end, the rest is levels. */
function statFor(unit: string, metric: string): string {
  if (/^Concurrent/.test(metric)) return 'Maximum';
  if (unit === 'Count') return 'Sum';
  if (/^(Micro|Milli)?seconds$/i.test(unit)) return 'p95';
  return unit === 'Percent' ? 'Maximum' : 'Average';
}

/** The series to draw of those that the server knows: with just these dimensions, those with the newest data. */
export function startSeries(start: Start, known: readonly MetricSeriesInfo[]): GraphSeries[] {
  return known
    .filter((s) => s.dimensions.length === start.by.length && s.dimensions.every((d) => start.by.includes(d.name)))
    .sort((a, b) => (b.lastData ?? 0) - (a.lastData ?? 0))
    .slice(0, mostDrawn)
    .map((s) => ({ namespace: s.namespace, metric: s.metric, dimensions: s.dimensions, stat: start.stat }));
}
