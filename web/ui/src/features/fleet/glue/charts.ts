// The charts of a Glue job.
import { type MetricId, type MetricQuery, wholeOf } from '@/api/metrics';
import type { Resource } from '@/api/types';
import type { Formatter } from '@/lib/format';
import type { Translate } from '@/lib/i18n';
import type { ChartSpec } from '../shared/ChartGrid';
import { type ChartData, columnOf, hasValues, scaled } from '../shared/useCharts';
import { num } from '../shared/values';

const runs = 'Skywatch/Glue'; // from collected job runs
const own = 'Glue'; // what a job sends with --enable-metrics

const wanted: [id: string, namespace: string, metric: string, stat: string][] = [
  ['runs', runs, 'Runs', 'Sum'],
  ['failures', runs, 'Failures', 'Sum'],
  ['average', runs, 'ExecutionTime', 'Average'],
  ['longest', runs, 'ExecutionTime', 'Maximum'],
  ['dpuHours', runs, 'DPUHours', 'Sum'],
  ['heapDriver', own, 'glue.driver.jvm.heap.usage', 'Maximum'],
  ['heapAll', own, 'glue.ALL.jvm.heap.usage', 'Maximum'],
  ['cpu', own, 'glue.ALL.system.cpuSystemLoad', 'Average'],
  ['bytesRead', own, 'glue.driver.aggregate.bytesRead', 'Sum'],
  ['records', own, 'glue.driver.aggregate.recordsRead', 'Sum'],
];

export function glueQueries(period: number, metrics: MetricId[]): MetricQuery[] {
  return wanted.flatMap(([id, namespace, metric, stat]) => {
    const dimensions = wholeOf(metrics, namespace, metric);
    return dimensions ? [{ id, namespace, metric, stat, period, dimensions }] : [];
  });
}

export function glueCharts(data: ChartData, resource: Resource | undefined, t: Translate, format: Formatter): ChartSpec[] {
  const column = (id: string) => columnOf(data, id);
  const cost = resource ? num(resource, 'costUSD') : null;
  const sent = ['heapDriver', 'heapAll', 'cpu', 'bytesRead'].some((id) => hasValues(column(id)));
  const silent = sent ? undefined : t('chart.noGlueMetrics');
  return [
    {
      id: 'runs', title: t('chart.runs'), unit: 'Count',
      series: [
        { id: 'runs', label: t('series.runs'), values: column('runs'), color: 'chart-1', kind: 'bars' },
        { id: 'failures', label: t('series.failures'), values: column('failures'), color: 'chart-red', kind: 'bars' },
      ],
    },
    {
      id: 'duration', title: t('chart.duration'), unit: 'Seconds',
      series: [
        { id: 'average', label: t('series.average'), values: column('average'), color: 'chart-3', kind: 'bars' },
        { id: 'longest', label: t('series.longest'), values: column('longest'), color: 'chart-2' },
      ],
    },
    {
      id: 'dpu', title: t('chart.dpu'), unit: 'None', note: cost === null ? undefined : t('chart.costNote', { cost: format.money(cost) }),
      series: [{ id: 'dpuHours', label: t('series.dpuHours'), values: column('dpuHours'), color: 'chart-6', kind: 'bars' }],
    },
    {
      id: 'heap', title: t('chart.heap'), unit: 'Percent', minTop: 100, note: silent,
      series: [
        { id: 'heapDriver', label: t('series.heapDriver'), values: scaled(column('heapDriver'), 100), color: 'chart-1' },
        { id: 'heapAll', label: t('series.heapAll'), values: scaled(column('heapAll'), 100), color: 'chart-4' },
        { id: 'cpu', label: t('series.cpu'), values: scaled(column('cpu'), 100), color: 'chart-3', dash: [4, 3] },
      ],
    },
    {
      id: 'io', title: t('chart.io'), unit: 'Bytes', note: silent,
      series: [
        { id: 'bytesRead', label: t('series.bytesRead'), values: column('bytesRead'), color: 'chart-1', kind: 'bars' },
        { id: 'records', label: t('series.records'), values: column('records'), color: 'chart-5', unit: 'Count' },
      ],
    },
  ];
}
