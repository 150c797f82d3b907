// What the Glue table, its cards and its summary show.
import type { Fleet, Resource } from '@/api/types';
import { Stat } from '@/components/Stat';
import { StatusBadge } from '@/components/StatusBadge';
import type { Column } from '@/components/table/column';
import type { Formatter } from '@/lib/format';
import type { Translate } from '@/lib/i18n';
import { serverNow } from '@/lib/clock';
import { CardValue, NameCell, PercentBar, ResourceCard, SparkCell, StatusCell } from '../shared/cells';
import { runStateText, runStatus } from '../shared/runState';
import { num, statusOf, statusWeight, text, total } from '../shared/values';

const path = '/glue';
const heapMark = 90;

export function glueColumns(t: Translate, format: Formatter): Column<Resource>[] {
  const value = (name: string) => (r: Resource) => num(r, name);
  return [
    {
      id: 'status', label: t('col.status'), value: (r) => statusWeight(statusOf(r, 'runs')), width: 140, priority: 0,
      render: (r) => <StatusCell resource={r} kind="glue" />,
    },
    {
      id: 'name', label: t('col.name'), value: (r) => r.name, first: 'asc', width: 200, grow: true, priority: 0,
      render: (r, tabIndex) => <NameCell resource={r} kind="glue" path={path} tabIndex={tabIndex} />,
    },
    {
      id: 'lastRun', label: t('col.lastRun'), value: value('lastRunAt'), width: 190, priority: 2,
      render: (r) => {
        const state = text(r, 'lastRunState');
        return (
          <span className="sw-status-cell" title={format.time(num(r, 'lastRunAt'))}>
            <StatusBadge status={runStatus(state)} text={state ? runStateText(state, t) : undefined} />
            <span className="sw-secondary">{format.ago(num(r, 'lastRunAt'), serverNow())}</span>
          </span>
        );
      },
    },
    {
      id: 'runs', label: t('col.runs'), value: value('runs'), width: 112, align: 'end', priority: 1,
      render: (r) => <SparkCell text={format.count(num(r, 'runs'))} label={t('col.runs')} values={r.spark['runs']} kind="bars" />,
    },
    {
      id: 'failures', label: t('col.failures'), value: value('failures'), width: 112, align: 'end', priority: 1,
      render: (r) => <SparkCell text={format.count(num(r, 'failures'))} label={t('col.failures')} values={r.spark['failures']} kind="bars" color="chart-red" />,
    },
    {
      id: 'duration', label: t('col.duration'), value: value('durationAvg'), width: 148, align: 'end', priority: 3,
      render: (r) => <SparkCell text={format.duration(num(r, 'durationAvg'))} label={t('col.duration')} values={r.spark['duration']} color="chart-4" />,
    },
    { id: 'durationMax', label: t('col.durationMax'), value: value('durationMax'), width: 90, align: 'end', priority: 6, render: (r) => format.duration(num(r, 'durationMax')) },
    { id: 'dpuHours', label: t('col.dpuHours'), value: value('dpuHours'), width: 84, align: 'end', priority: 4, render: (r) => format.count(num(r, 'dpuHours')) },
    {
      id: 'heap', label: t('col.heap'), title: t('col.heap.title'), value: value('heapMaxPct'), width: 104, align: 'end', priority: 5,
      render: (r) => <PercentBar percent={num(r, 'heapMaxPct')} high={heapMark} />,
    },
    { id: 'read', label: t('col.read'), value: value('bytesRead'), width: 80, align: 'end', priority: 7, render: (r) => format.bytes(num(r, 'bytesRead')) },
    { id: 'cost', label: t('col.cost'), value: value('costUSD'), width: 74, align: 'end', priority: 4, render: (r) => format.money(num(r, 'costUSD')) },
  ];
}

export function glueCard(t: Translate, format: Formatter) {
  return function card(r: Resource, tabIndex: 0 | -1) {
    return (
      <ResourceCard resource={r} kind="glue" path={path} tabIndex={tabIndex}>
        <CardValue label={t('col.runs')} value={format.count(num(r, 'runs'))} />
        <CardValue label={t('col.failures')} value={format.count(num(r, 'failures'))} />
        <CardValue label={t('col.duration')} value={format.duration(num(r, 'durationAvg'))} />
        <CardValue label={t('col.lastRun')} value={format.ago(num(r, 'lastRunAt'), serverNow())} />
      </ResourceCard>
    );
  };
}

export function glueStats(fleet: Fleet, t: Translate, format: Formatter) {
  const totals = fleet.totals;
  const failures = total(totals['failures']);
  return (
    <>
      <Stat label={t('stat.jobs')} value={format.count(fleet.resources.length)} />
      <Stat label={t('stat.runs')} value={format.count(total(totals['runs']))} />
      <Stat label={t('stat.failures')} value={format.count(failures)} note={format.percent(total(totals['failureRate']))} status={failures ? 'warning' : undefined} />
      <Stat label={t('stat.running')} value={format.count(total(totals['running']))} />
      <Stat label={t('stat.dpuHours')} value={format.count(total(totals['dpuHours']))} />
      <Stat label={t('stat.cost')} value={format.money(total(totals['costUSD']))} note={t('stat.costNote')} />
    </>
  );
}
