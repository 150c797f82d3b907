// The charts of a bucket: what is stored (once a day) and what is asked of it
// (each minute, where request metrics are switched on).
import { type MetricId, type MetricQuery, wholeOf } from '@/api/metrics';
import type { Translate } from '@/lib/i18n';
import type { ChartSpec } from '../shared/ChartGrid';
import { type ChartData, type Column, columnOf, hasValues } from '../shared/useCharts';
import { storageClass } from './classes';

const namespace = 'AWS/S3';

/** One query for each storage type the bucket has, and its objects. */
export function storageQueries(period: number, metrics: MetricId[]): MetricQuery[] {
  const sizes = metrics.filter((m) => m.namespace === namespace && m.metric === 'BucketSizeBytes');
  const objects = wholeOf(metrics, namespace, 'NumberOfObjects');
  return [
    ...sizes.map((m, i) => ({ id: `size${i}`, label: storageType(m), namespace, metric: m.metric, stat: 'Average', period, dimensions: m.dimensions })),
    ...(objects ? [{ id: 'objects', namespace, metric: 'NumberOfObjects', stat: 'Average', period, dimensions: objects }] : []),
  ];
}

function storageType(metric: MetricId): string {
  return metric.dimensions.find((d) => d.name === 'StorageType')?.value ?? '';
}

export function storageCharts(data: ChartData, t: Translate): ChartSpec[] {
  const byClass = new Map<string, { color: ChartSpec['series'][number]['color']; order: number; values: Column }>();
  for (const [id, values] of data.columns) {
    if (!id.startsWith('size')) continue;
    const of = storageClass(data.labels.get(id) ?? '');
    const before = byClass.get(of.name);
    byClass.set(of.name, { ...of, values: before ? addColumns(before.values, values) : values });
  }
  const classes = [...byClass].sort((a, b) => a[1].order - b[1].order);
  return [
    {
      id: 'size', title: t('chart.size'), unit: 'Bytes', stacked: true, note: t('chart.daily'),
      series: classes.map(([name, c]) => ({ id: name, label: name, values: c.values, color: c.color })),
    },
    {
      id: 'objects', title: t('chart.objects'), unit: 'Count',
      series: [{ id: 'objects', label: t('series.objects'), values: columnOf(data, 'objects'), color: 'chart-3', kind: 'area' }],
    },
  ];
}

/** Sums, a gap only where both are gaps. */
export function addColumns(a: Column, b: Column): Column {
  return a.map((v, i) => (v === null && (b[i] ?? null) === null ? null : (v ?? 0) + (b[i] ?? 0)));
}

const requests: [id: string, metric: string, stat: string][] = [
  ['requests', 'AllRequests', 'Sum'],
  ['errors4xx', '4xxErrors', 'Sum'],
  ['errors5xx', '5xxErrors', 'Sum'],
  ['download', 'BytesDownloaded', 'Sum'],
  ['upload', 'BytesUploaded', 'Sum'],
  ['firstByte', 'FirstByteLatency', 'p95'],
  ['total', 'TotalRequestLatency', 'p95'],
];

export function requestQueries(period: number, metrics: MetricId[]): MetricQuery[] {
  return requests.flatMap(([id, metric, stat]) => {
    const dimensions = wholeOf(metrics, namespace, metric);
    return dimensions ? [{ id, namespace, metric, stat, period, dimensions }] : [];
  });
}

export function requestCharts(data: ChartData, t: Translate): ChartSpec[] {
  const column = (id: string) => columnOf(data, id);
  if (!hasValues(column('requests'))) return [];
  return [
    {
      id: 'requests', title: t('chart.requests'), unit: 'Count',
      series: [
        { id: 'requests', label: t('series.requests'), values: column('requests'), color: 'chart-1', kind: 'area' },
        { id: 'errors4xx', label: t('series.errors4xx'), values: column('errors4xx'), color: 'chart-5' },
        { id: 'errors5xx', label: t('series.errors5xx'), values: column('errors5xx'), color: 'chart-red' },
      ],
    },
    {
      id: 'traffic', title: t('chart.traffic'), unit: 'Bytes',
      series: [
        { id: 'download', label: t('series.download'), values: column('download'), color: 'chart-1' },
        { id: 'upload', label: t('series.upload'), values: column('upload'), color: 'chart-5' },
      ],
    },
    {
      id: 'latency', title: t('chart.latency'), unit: 'Milliseconds',
      series: [
        { id: 'firstByte', label: t('series.firstByte'), values: column('firstByte'), color: 'chart-3' },
        { id: 'total', label: t('series.totalLatency'), values: column('total'), color: 'chart-4' },
      ],
    },
  ];
}
