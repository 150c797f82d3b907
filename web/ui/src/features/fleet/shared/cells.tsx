// Cells that the tables of several kinds share.
import type { FleetKind, Resource } from '@/api/types';
import { AppLink } from '@/components/AppLink';
import { Sparkline, type SparklineProps } from '@/components/Sparkline';
import { StatusBadge } from '@/components/StatusBadge';
import { serverNow } from '@/lib/clock';
import { useFormat, useT } from '@/lib/i18n';
import { num, statusOf } from './values';
import { ruleName } from './rules';

interface OfResource {
  resource: Resource;
}

/** The number that says whether a resource of this kind did anything. */
export const trafficValue: Record<FleetKind, string> = { lambda: 'invocations', glue: 'runs', apigateway: 'count', s3: 'sizeBytes' };

/** Worst severity with the rule's name. */
export function StatusCell({ resource, kind }: OfResource & { kind: FleetKind }) {
  const t = useT();
  const status = statusOf(resource, trafficValue[kind]);
  const [worst, ...others] = resource.warnings;
  if (!worst) {
    return (
      <span className="sw-status-cell">
        <StatusBadge status={status} text={status === 'none' ? t('chart.noData') : undefined} />
      </span>
    );
  }
  const names = resource.warnings.map((w) => ruleName(kind, w.rule, t)).join(', ');
  return (
    <span className="sw-status-cell" title={`${t(`severity.${worst.severity}`)}: ${names}`}>
      <StatusBadge status={status} text={ruleName(kind, worst.rule, t)} />
      {others.length > 0 ? <span className="sw-secondary">{t('fleet.more', { n: others.length })}</span> : null}
    </span>
  );
}

/** The name as link to the resource's page. */
export function NameCell({ resource, kind, path, tabIndex }: OfResource & { kind: FleetKind; path: string; tabIndex: 0 | -1 }) {
  const t = useT();
  const format = useFormat();
  const idle = num(resource, trafficValue[kind]) === null && resource.lastSeen !== null;
  return (
    <>
      <AppLink to={`${path}/${encodeURIComponent(resource.name)}`} tabIndex={tabIndex} title={resource.name}>
        {resource.name}
      </AppLink>
      {idle ? <span className="sw-secondary"> {t('fleet.noDataSince', { ago: format.ago(resource.lastSeen, serverNow()) })}</span> : null}
    </>
  );
}

/** A sparkline before its number. */
export function SparkCell({ text, label, values, ...spark }: { text: string; label: string } & Omit<SparklineProps, 'label'>) {
  const t = useT();
  return (
    <span className="sw-cell-spark">
      <Sparkline {...spark} values={values} width={48} height={20} label={t('fleet.spark', { metric: label })} />
      <span>{text}</span>
    </span>
  );
}

/** How full something is: a bar with its percentage. */
export function PercentBar({ percent, high, title }: { percent: number | null; high: number | undefined; title?: string }) {
  const format = useFormat();
  if (percent === null) return <span title={title}>{format.percent(null)}</span>;
  const over = high !== undefined && percent > high;
  return (
    <span className="sw-bar" title={title}>
      <span className={over ? 'sw-bar-track sw-bar-over' : 'sw-bar-track'} aria-hidden="true">
        <span style={{ width: `${Math.min(100, percent)}%` }} />
      </span>
      <span>{format.percent(percent)}</span>
    </span>
  );
}

/** One labelled number of a card on narrow screens. */
export function CardValue({ label, value }: { label: string; value: string }) {
  return (
    <span className="sw-card-value">
      <small>{label}</small>
      {value}
    </span>
  );
}

/** The card of a resource on narrow screens: name, status, four numbers. */
export function ResourceCard({ resource, kind, path, tabIndex, children }: OfResource & { kind: FleetKind; path: string; tabIndex: 0 | -1; children: React.ReactNode }) {
  return (
    <div className="sw-resource-card">
      <div className="sw-card-head">
        <AppLink to={`${path}/${encodeURIComponent(resource.name)}`} tabIndex={tabIndex}>
          {resource.name}
        </AppLink>
        <StatusCell resource={resource} kind={kind} />
      </div>
      <div className="sw-card-values">{children}</div>
    </div>
  );
}
