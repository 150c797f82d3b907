// What the table of APIs, its cards and its summary show.
import type { Fleet, Resource } from '@/api/types';
import { Stat } from '@/components/Stat';
import type { Column } from '@/components/table/column';
import type { Formatter } from '@/lib/format';
import type { Translate } from '@/lib/i18n';
import { CardValue, NameCell, ResourceCard, SparkCell, StatusCell } from '../shared/cells';
import { num, statusOf, statusWeight, total } from '../shared/values';

const path = '/apis';

export function apiColumns(t: Translate, format: Formatter): Column<Resource>[] {
  const value = (name: string) => (r: Resource) => num(r, name);
  const duration = (id: 'p50' | 'p99', name: string, priority: number): Column<Resource> => ({
    id, label: t(`col.${id}`), title: t(`col.${id}.title`), value: value(name), width: 90, align: 'end', priority, render: (r) => format.duration(num(r, name)),
  });
  return [
    {
      id: 'status', label: t('col.status'), value: (r) => statusWeight(statusOf(r, 'count')), width: 140, priority: 0,
      render: (r) => <StatusCell resource={r} kind="apigateway" />,
    },
    {
      id: 'name', label: t('col.name'), value: (r) => r.name, first: 'asc', width: 180, grow: true, priority: 0,
      render: (r, tabIndex) => <NameCell resource={r} kind="apigateway" path={path} tabIndex={tabIndex} />,
    },
    {
      id: 'count', label: t('col.requests'), value: value('count'), width: 136, align: 'end', priority: 1,
      render: (r) => <SparkCell text={format.count(num(r, 'count'))} label={t('col.requests')} values={r.spark['count']} kind="bars" />,
    },
    { id: 'rate4xx', label: t('col.rate4xx'), value: value('rate4xx'), width: 80, align: 'end', priority: 2, render: (r) => format.percent(num(r, 'rate4xx')) },
    {
      id: 'errors5xx', label: t('stat.errors5xx'), value: value('errors5xx'), width: 116, align: 'end', priority: 4,
      render: (r) => <SparkCell text={format.count(num(r, 'errors5xx'))} label={t('stat.errors5xx')} values={r.spark['errors5xx']} kind="bars" color="chart-red" />,
    },
    { id: 'rate5xx', label: t('col.rate5xx'), value: value('rate5xx'), width: 80, align: 'end', priority: 1, render: (r) => format.percent(num(r, 'rate5xx')) },
    duration('p50', 'latencyP50', 5),
    {
      id: 'p95', label: t('col.p95'), title: t('col.p95.title'), value: value('latencyP95'), width: 136, align: 'end', priority: 3,
      render: (r) => <SparkCell text={format.duration(num(r, 'latencyP95'))} label={t('col.p95')} values={r.spark['latencyP95']} color="chart-4" />,
    },
    duration('p99', 'latencyP99', 3),
    {
      id: 'integration', label: t('col.integration'), title: t('col.integration.title'), value: value('integrationLatencyP95'), width: 110, align: 'end', priority: 6,
      render: (r) => format.duration(num(r, 'integrationLatencyP95')),
    },
  ];
}

export function apiCard(t: Translate, format: Formatter) {
  return function card(r: Resource, tabIndex: 0 | -1) {
    return (
      <ResourceCard resource={r} kind="apigateway" path={path} tabIndex={tabIndex}>
        <CardValue label={t('col.requests')} value={format.count(num(r, 'count'))} />
        <CardValue label={t('col.rate4xx')} value={format.percent(num(r, 'rate4xx'))} />
        <CardValue label={t('col.rate5xx')} value={format.percent(num(r, 'rate5xx'))} />
        <CardValue label={t('col.p95')} value={format.duration(num(r, 'latencyP95'))} />
      </ResourceCard>
    );
  };
}

export function apiStats(fleet: Fleet, t: Translate, format: Formatter) {
  const totals = fleet.totals;
  return (
    <>
      <Stat label={t('stat.apis')} value={format.count(fleet.resources.length)} />
      <Stat label={t('stat.requests')} value={format.count(total(totals['count']))} />
      <Stat label={t('stat.errors4xx')} value={format.percent(total(totals['rate4xx']))} note={format.count(total(totals['errors4xx']))} />
      <Stat label={t('stat.errors5xx')} value={format.percent(total(totals['rate5xx']))} note={format.count(total(totals['errors5xx']))} />
    </>
  );
}
