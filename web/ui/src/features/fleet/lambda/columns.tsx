// What the Lambda table, its cards and its summary show.
import type { Fleet, Resource } from '@/api/types';
import { Stat } from '@/components/Stat';
import type { Column } from '@/components/table/column';
import type { Formatter } from '@/lib/format';
import type { Translate } from '@/lib/i18n';
import { CardValue, NameCell, PercentBar, ResourceCard, SparkCell, StatusCell } from '../shared/cells';
import { num, statusOf, statusWeight, total } from '../shared/values';

const path = '/lambda';
const memoryMark = 95; // the bar changes its looks where the default rule warns

export function lambdaColumns(t: Translate, format: Formatter): Column<Resource>[] {
  const value = (name: string) => (r: Resource) => num(r, name);
  const memoryTitle = (r: Resource) =>
    t('memory.of', { used: format.value(num(r, 'memoryUsedMaxMB'), 'Megabytes'), size: format.value(num(r, 'memoryMB'), 'Megabytes') });
  const duration = (id: 'p50' | 'p99', name: string, priority: number): Column<Resource> => ({
    id, label: t(`col.${id}`), title: t(`col.${id}.title`), value: value(name), width: 72, align: 'end', priority,
    render: (r) => format.duration(num(r, name)),
  });
  return [
    {
      id: 'status', label: t('col.status'), value: (r) => statusWeight(statusOf(r, 'invocations')), width: 140, priority: 0,
      render: (r) => <StatusCell resource={r} kind="lambda" />,
    },
    {
      id: 'name', label: t('col.name'), value: (r) => r.name, first: 'asc', width: 152, grow: true, priority: 0,
      render: (r, tabIndex) => <NameCell resource={r} kind="lambda" path={path} tabIndex={tabIndex} />,
    },
    {
      id: 'invocations', label: t('col.invocations'), value: value('invocations'), width: 122, align: 'end', priority: 1,
      render: (r) => <SparkCell text={format.count(num(r, 'invocations'))} label={t('col.invocations')} values={r.spark['invocations']} kind="bars" />,
    },
    {
      id: 'errors', label: t('col.errors'), value: value('errors'), width: 112, align: 'end', priority: 4,
      render: (r) => <SparkCell text={format.count(num(r, 'errors'))} label={t('col.errors')} values={r.spark['errors']} kind="bars" color="chart-red" />,
    },
    {
      id: 'errorRate', label: t('col.errorRate'), value: value('errorRate'), width: 70, align: 'end', priority: 1,
      render: (r) => format.percent(num(r, 'errorRate')),
    },
    {
      id: 'throttles', label: t('col.throttles'), value: value('throttles'), width: 78, align: 'end', priority: 6,
      render: (r) => format.count(num(r, 'throttles')),
    },
    duration('p50', 'durationP50', 5),
    {
      id: 'p95', label: t('col.p95'), title: t('col.p95.title'), value: value('durationP95'), width: 124, align: 'end', priority: 2,
      render: (r) => <SparkCell text={format.duration(num(r, 'durationP95'))} label={t('col.p95')} values={r.spark['durationP95']} color="chart-4" />,
    },
    duration('p99', 'durationP99', 7),
    {
      id: 'memory', label: t('col.memory'), title: t('col.memory.title'), value: value('memoryUsedMaxPct'), width: 104, align: 'end', priority: 3,
      render: (r) => <PercentBar percent={num(r, 'memoryUsedMaxPct')} high={memoryMark} title={memoryTitle(r)} />,
    },
    {
      id: 'cold', label: t('col.cold'), title: t('col.cold.title'), value: value('coldStartRate'), width: 62, align: 'end', priority: 6,
      render: (r) => format.percent(num(r, 'coldStartRate')),
    },
    {
      id: 'cost', label: t('col.cost'), title: t('col.cost.title'), value: value('costUSD'), width: 82, align: 'end', priority: 4,
      render: (r) => format.money(num(r, 'costUSD')),
    },
  ];
}

export function lambdaCard(t: Translate, format: Formatter) {
  return function card(r: Resource, tabIndex: 0 | -1) {
    return (
      <ResourceCard resource={r} kind="lambda" path={path} tabIndex={tabIndex}>
        <CardValue label={t('col.invocations')} value={format.count(num(r, 'invocations'))} />
        <CardValue label={t('col.errorRate')} value={format.percent(num(r, 'errorRate'))} />
        <CardValue label={t('col.p95')} value={format.duration(num(r, 'durationP95'))} />
        <CardValue label={t('col.memory')} value={format.percent(num(r, 'memoryUsedMaxPct'))} />
      </ResourceCard>
    );
  };
}

export function lambdaStats(fleet: Fleet, t: Translate, format: Formatter) {
  const totals = fleet.totals;
  const rate = total(totals['errorRate']);
  const critical = fleet.thresholds['errorRateCritical'] ?? Infinity;
  const warn = fleet.thresholds['errorRateWarn'] ?? Infinity;
  const status = rate === null ? undefined : rate > critical ? 'critical' : rate > warn ? 'warning' : undefined;
  return (
    <>
      <Stat label={t('stat.functions')} value={format.count(fleet.resources.length)} />
      <Stat label={t('stat.invocations')} value={format.count(total(totals['invocations']))} title={format.exact(total(totals['invocations']))} />
      <Stat label={t('stat.errorRate')} value={format.percent(rate)} status={status} note={t('stat.ofWhich', { n: format.count(total(totals['errors'])) })} />
      <Stat label={t('stat.throttles')} value={format.count(total(totals['throttles']))} />
      <Stat label={t('stat.cost')} value={format.money(total(totals['costUSD']))} note={t('stat.costNote')} />
    </>
  );
}
