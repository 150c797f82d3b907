// The charts of a function: which metrics they need and what is drawn of them.
import type { MetricQuery } from '@/api/metrics';
import type { Resource } from '@/api/types';
import type { Formatter } from '@/lib/format';
import type { Translate } from '@/lib/i18n';
import type { ChartSpec } from '../shared/ChartGrid';
import { type ChartData, columnOf, firstFilled, happened, hasValues, percentOf } from '../shared/useCharts';
import { num } from '../shared/values';

const aws = 'AWS/Lambda';
const derived = 'Skywatch/Lambda'; // from REPORT lines

const wanted: [id: string, namespace: string, metric: string, stat: string][] = [
  ['invocations', aws, 'Invocations', 'Sum'],
  ['errors', aws, 'Errors', 'Sum'],
  ['throttles', aws, 'Throttles', 'Sum'],
  ['concurrency', aws, 'ConcurrentExecutions', 'Maximum'],
  ...(['p50', 'p95', 'p99', 'Maximum'] as const).flatMap((stat): [string, string, string, string][] => [
    [`duration${stat}`, aws, 'Duration', stat],
    [`report${stat}`, derived, 'Duration', stat],
  ]),
  ['reports', derived, 'Duration', 'SampleCount'],
  ['memoryMax', derived, 'MemoryUsed', 'Maximum'],
  ['memoryAvg', derived, 'MemoryUsed', 'Average'],
  ['memorySize', derived, 'MemorySize', 'Maximum'],
  ['coldStarts', derived, 'ColdStarts', 'Sum'],
  ['init', derived, 'InitDuration', 'p95'],
  ['timeouts', derived, 'Timeouts', 'Sum'],
  ['outOfMemory', derived, 'OutOfMemory', 'Sum'],
  ['gbSeconds', derived, 'BilledGBSeconds', 'Sum'],
];

/** All queries of the page, at most 500 in one call by far. */
export function lambdaQueries(name: string, period: number): MetricQuery[] {
  return wanted.map(([id, namespace, metric, stat]) => ({ id, namespace, metric, stat, period, dimensions: [{ name: 'FunctionName', value: name }] }));
}

export function lambdaCharts(data: ChartData, resource: Resource | undefined, t: Translate, format: Formatter): ChartSpec[] {
  const column = (id: string) => columnOf(data, id);
  const invocations = firstFilled(data, 'invocations', 'reports');
  const errors = column('errors');
  const duration = (stat: string) => firstFilled(data, `duration${stat}`, `report${stat}`);
  const timeout = resource ? num(resource, 'timeoutMs') : null;
  const cost = resource ? num(resource, 'costUSD') : null;
  const failures: ChartSpec['series'] = [
    { id: 'errors', label: t('series.errors'), values: errors, color: 'chart-red', kind: 'area' },
    { id: 'throttles', label: t('series.throttles'), values: column('throttles'), color: 'chart-5' },
  ];
  if (happened(column('timeouts'))) failures.push({ id: 'timeouts', label: t('series.timeouts'), values: column('timeouts'), color: 'chart-4' });
  if (happened(column('outOfMemory'))) failures.push({ id: 'outOfMemory', label: t('series.outOfMemory'), values: column('outOfMemory'), color: 'chart-7' });
  if (hasValues(errors)) {
    failures.push({ id: 'errorRate', label: t('series.errorRate'), values: percentOf(errors, invocations), unit: 'Percent', color: 'chart-1', dash: [4, 3] });
  }
  return [
    {
      id: 'invocations', title: t('chart.invocations'), unit: 'Count',
      series: [
        { id: 'invocations', label: t('series.invocations'), values: invocations, color: 'chart-1', kind: 'area' },
        { id: 'errors', label: t('series.errors'), values: errors, color: 'chart-red' },
        { id: 'throttles', label: t('series.throttles'), values: column('throttles'), color: 'chart-5' },
      ],
    },
    { id: 'failures', title: t('chart.failures'), unit: 'Count', series: failures },
    {
      id: 'duration', title: t('chart.duration'), unit: 'Milliseconds',
      series: [
        { id: 'p50', label: t('col.p50'), values: duration('p50'), color: 'chart-3' },
        { id: 'p95', label: t('col.p95'), values: duration('p95'), color: 'chart-4' },
        { id: 'p99', label: t('col.p99'), values: duration('p99'), color: 'chart-5' },
        { id: 'max', label: t('series.max'), values: duration('Maximum'), color: 'chart-2', dash: [2, 3] },
      ],
      thresholds: timeout ? [{ value: timeout, label: t('series.timeout', { timeout: format.duration(timeout) }) }] : [],
      note: timeout ? t('series.timeout', { timeout: format.duration(timeout) }) : undefined,
    },
    {
      id: 'memory', title: t('chart.memory'), unit: 'Megabytes',
      series: [
        { id: 'max', label: t('series.usedMax'), values: column('memoryMax'), color: 'chart-1', kind: 'area' },
        { id: 'avg', label: t('series.usedAvg'), values: column('memoryAvg'), color: 'chart-3' },
        { id: 'size', label: t('series.configured'), values: column('memorySize'), color: 'chart-threshold', dash: [6, 4] },
      ],
    },
    {
      id: 'cold', title: t('chart.cold'), unit: 'Count',
      series: [
        { id: 'coldStarts', label: t('series.coldStarts'), values: column('coldStarts'), color: 'chart-1', kind: 'bars' },
        { id: 'init', label: t('series.init'), values: column('init'), unit: 'Milliseconds', color: 'chart-5' },
      ],
    },
    {
      id: 'billed', title: t('chart.billed'), unit: 'GB-s', note: cost === null ? undefined : t('chart.costNote', { cost: format.money(cost) }),
      series: [{ id: 'gbSeconds', label: t('series.gbSeconds'), values: column('gbSeconds'), color: 'chart-6', kind: 'bars' }],
    },
    {
      id: 'concurrency', title: t('chart.concurrency'), unit: 'Count',
      series: [{ id: 'concurrency', label: t('series.concurrency'), values: column('concurrency'), color: 'chart-3', kind: 'area' }],
    },
  ];
}
