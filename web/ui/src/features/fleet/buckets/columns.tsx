// What the table of buckets, its cards and its summary show.
import type { Fleet, Resource } from '@/api/types';
import { Stat } from '@/components/Stat';
import type { Column } from '@/components/table/column';
import type { Formatter } from '@/lib/format';
import type { Translate } from '@/lib/i18n';
import { CardValue, NameCell, ResourceCard, SparkCell, StatusCell } from '../shared/cells';
import { num, statusOf, statusWeight, total } from '../shared/values';
import { classSizes } from './classes';

const path = '/buckets';

/** "+1.2 GB", as growth is read. */
export function signedBytes(value: number | null, format: Formatter): string {
  return value !== null && value > 0 ? `+${format.bytes(value)}` : format.bytes(value);
}

/** The shares of the storage classes as one bar. */
function ClassBar({ resource, format }: { resource: Resource; format: Formatter }) {
  const classes = classSizes(resource.values['sizeByClass']);
  const words = classes.map((c) => `${c.name} ${format.bytes(c.bytes)}`).join(', ');
  return (
    <span className="sw-class-bar" role="img" aria-label={words} title={words}>
      {classes.map((c) => (
        <span key={c.name} style={{ flexGrow: c.bytes, background: `var(--sw-${c.color})` }} />
      ))}
    </span>
  );
}

export function bucketColumns(t: Translate, format: Formatter): Column<Resource>[] {
  const value = (name: string) => (r: Resource) => num(r, name);
  return [
    {
      id: 'status', label: t('col.status'), value: (r) => statusWeight(statusOf(r, 'sizeBytes')), width: 140, priority: 0,
      render: (r) => <StatusCell resource={r} kind="s3" />,
    },
    {
      id: 'name', label: t('col.name'), value: (r) => r.name, first: 'asc', width: 200, grow: true, priority: 0,
      render: (r, tabIndex) => <NameCell resource={r} kind="s3" path={path} tabIndex={tabIndex} />,
    },
    {
      id: 'size', label: t('col.size'), value: value('sizeBytes'), width: 138, align: 'end', priority: 1,
      render: (r) => <SparkCell text={format.bytes(num(r, 'sizeBytes'))} label={t('col.size')} values={r.spark['sizeBytes']} />,
    },
    { id: 'classes', label: t('col.classes'), width: 130, priority: 3, render: (r) => <ClassBar resource={r} format={format} /> },
    { id: 'objects', label: t('col.objects'), value: value('objects'), width: 84, align: 'end', priority: 2, render: (r) => format.count(num(r, 'objects')) },
    {
      id: 'growth', label: t('col.growth'), title: t('col.growth.title'), value: value('growth7dBytes'), width: 140, align: 'end', priority: 1,
      render: (r) => `${signedBytes(num(r, 'growth7dBytes'), format)} (${format.percent(num(r, 'growthPct7d'))})`,
    },
    {
      id: 'requests', label: t('col.requests'), value: value('requests'), width: 124, align: 'end', priority: 2,
      render: (r) => <SparkCell text={format.count(num(r, 'requests'))} label={t('col.requests')} values={r.spark['requests']} kind="bars" />,
    },
    { id: 'errors4xx', label: t('stat.errors4xx'), value: value('errors4xx'), width: 68, align: 'end', priority: 5, render: (r) => format.count(num(r, 'errors4xx')) },
    { id: 'errors5xx', label: t('stat.errors5xx'), value: value('errors5xx'), width: 68, align: 'end', priority: 5, render: (r) => format.count(num(r, 'errors5xx')) },
    { id: 'download', label: t('col.download'), value: value('bytesDownloaded'), width: 100, align: 'end', priority: 6, render: (r) => format.bytes(num(r, 'bytesDownloaded')) },
    { id: 'cost', label: t('col.costMonth'), value: value('costUSD'), width: 108, align: 'end', priority: 3, render: (r) => format.money(num(r, 'costUSD')) },
  ];
}

export function bucketCard(t: Translate, format: Formatter) {
  return function card(r: Resource, tabIndex: 0 | -1) {
    return (
      <ResourceCard resource={r} kind="s3" path={path} tabIndex={tabIndex}>
        <CardValue label={t('col.size')} value={format.bytes(num(r, 'sizeBytes'))} />
        <CardValue label={t('col.objects')} value={format.count(num(r, 'objects'))} />
        <CardValue label={t('col.growth')} value={format.percent(num(r, 'growthPct7d'))} />
        <CardValue label={t('col.costMonth')} value={format.money(num(r, 'costUSD'))} />
      </ResourceCard>
    );
  };
}

export function bucketStats(fleet: Fleet, t: Translate, format: Formatter) {
  const totals = fleet.totals;
  return (
    <>
      <Stat label={t('stat.buckets')} value={format.count(fleet.resources.length)} />
      <Stat label={t('stat.size')} value={format.bytes(total(totals['sizeBytes']))} />
      <Stat label={t('stat.growth7d')} value={signedBytes(total(totals['growth7dBytes']), format)} />
      <Stat label={t('stat.objects')} value={format.count(total(totals['objects']))} />
      <Stat label={t('stat.requests')} value={format.count(total(totals['requests']))} />
      <Stat label={t('stat.costMonth')} value={format.money(total(totals['costUSD']))} note={t('stat.costNote')} />
    </>
  );
}
