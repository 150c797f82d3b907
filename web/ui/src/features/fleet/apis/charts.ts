// The charts of an API. REST and HTTP APIs name their errors differently; an
// API has one kind or the other.
import { type MetricId, type MetricQuery, wholeOf } from '@/api/metrics';
import type { Translate } from '@/lib/i18n';
import type { ChartSpec } from '../shared/ChartGrid';
import { type ChartData, columnOf, firstFilled, percentOf } from '../shared/useCharts';

const namespace = 'AWS/ApiGateway';

const wanted: [id: string, metric: string, stat: string][] = [
  ['count', 'Count', 'Sum'],
  ['rest4xx', '4XXError', 'Sum'],
  ['rest5xx', '5XXError', 'Sum'],
  ['http4xx', '4xx', 'Sum'],
  ['http5xx', '5xx', 'Sum'],
  ['p50', 'Latency', 'p50'],
  ['p95', 'Latency', 'p95'],
  ['p99', 'Latency', 'p99'],
  ['integration', 'IntegrationLatency', 'p95'],
];

export function apiQueries(period: number, metrics: MetricId[]): MetricQuery[] {
  return wanted.flatMap(([id, metric, stat]) => {
    const dimensions = wholeOf(metrics, namespace, metric);
    return dimensions ? [{ id, namespace, metric, stat, period, dimensions }] : [];
  });
}

export function apiCharts(data: ChartData, t: Translate): ChartSpec[] {
  const count = columnOf(data, 'count');
  const errors4xx = firstFilled(data, 'rest4xx', 'http4xx');
  const errors5xx = firstFilled(data, 'rest5xx', 'http5xx');
  return [
    {
      id: 'requests', title: t('chart.requests'), unit: 'Count',
      series: [
        { id: 'count', label: t('series.requests'), values: count, color: 'chart-1', kind: 'area' },
        { id: 'errors4xx', label: t('series.errors4xx'), values: errors4xx, color: 'chart-5' },
        { id: 'errors5xx', label: t('series.errors5xx'), values: errors5xx, color: 'chart-red' },
      ],
    },
    {
      id: 'errors', title: t('chart.errors'), unit: 'Percent',
      series: [
        { id: 'errors4xx', label: t('col.rate4xx'), values: percentOf(errors4xx, count), color: 'chart-5' },
        { id: 'errors5xx', label: t('col.rate5xx'), values: percentOf(errors5xx, count), color: 'chart-red', kind: 'area' },
      ],
    },
    {
      id: 'latency', title: t('chart.latency'), unit: 'Milliseconds',
      series: [
        { id: 'p50', label: t('col.p50'), values: columnOf(data, 'p50'), color: 'chart-3' },
        { id: 'p95', label: t('col.p95'), values: columnOf(data, 'p95'), color: 'chart-4' },
        { id: 'p99', label: t('col.p99'), values: columnOf(data, 'p99'), color: 'chart-5' },
        { id: 'integration', label: t('series.integration'), values: columnOf(data, 'integration'), color: 'chart-1', dash: [4, 3] },
      ],
    },
  ];
}
