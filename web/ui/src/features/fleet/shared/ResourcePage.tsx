// The frame of one resource's page: title, what is known of it, what is wrong
// with it; its charts and logs come in as children.
import { type ReactNode } from 'react';
import type { Fleet, FleetKind, Resource } from '@/api/types';
import { AppLink } from '@/components/AppLink';
import { EmptyState } from '@/components/EmptyState';
import { ErrorBox } from '@/components/ErrorBox';
import { PageTitle } from '@/components/PageTitle';
import { StatusBadge } from '@/components/StatusBadge';
import { useFormat, useT } from '@/lib/i18n';
import { trafficValue } from './cells';
import { problemRange } from './problems';
import { sinceText, warningWords } from './rules';
import { findResource, useFleet } from './useFleet';
import { statusOf } from './values';
import './FleetPage.css';
import './ResourcePage.css';

export interface Fact {
  label: string;
  value: string | null;
}

interface ResourcePageProps {
  kind: FleetKind;
  path: string;
  name: string;
  facts: (resource: Resource) => Fact[];
  /** resource is undefined until the fleet has answered. */
  children: (resource: Resource | undefined, fleet: Fleet | undefined) => ReactNode;
}

export function ResourcePage({ kind, path, name, facts, children }: ResourcePageProps) {
  const t = useT();
  const query = useFleet(kind);
  const resource = findResource(query.data, name);
  const above = (
    <AppLink to={path} className="sw-back">
      ‹ {t('fleet.back', { what: t(`fleet.${kind}.title`) })}
    </AppLink>
  );
  return (
    <div className="sw-stack">
      <PageTitle title={name} above={above} extra={resource ? <StatusBadge status={statusOf(resource, trafficValue[kind])} /> : null} />
      {query.isError ? <ErrorBox error={query.error} onRetry={() => void query.refetch()} /> : null}
      {resource === null ? (
        <EmptyState reason={t('page.notFound', { name })} actions={above}>
          {t('page.notFoundHint')}
        </EmptyState>
      ) : (
        <>
          {resource && query.data ? <Facts facts={facts(resource)} resource={resource} /> : null}
          {resource && query.data ? <WarningList resource={resource} fleet={query.data} /> : null}
          {children(resource, query.data)}
        </>
      )}
    </div>
  );
}

function Facts({ facts, resource }: { facts: Fact[]; resource: Resource }) {
  const t = useT();
  const format = useFormat();
  const all: Fact[] = [...facts, { label: t('attr.lastSeen'), value: resource.lastSeen === null ? null : format.time(resource.lastSeen) }];
  return (
    <dl className="sw-facts">
      {all
        .filter((fact) => fact.value !== null)
        .map((fact) => (
          <div key={fact.label}>
            <dt>{fact.label}</dt>
            <dd>{fact.value}</dd>
          </div>
        ))}
    </dl>
  );
}

function WarningList({ resource, fleet }: { resource: Resource; fleet: Fleet }) {
  const t = useT();
  const format = useFormat();
  if (resource.warnings.length === 0) return null;
  return (
    <section className="sw-panel" aria-labelledby="sw-warnings">
      <h2 id="sw-warnings">{t('page.warnings')}</h2>
      <ul className="sw-warnings">
        {resource.warnings.map((warning) => {
          const words = warningWords(fleet.kind, warning, t, format);
          const range = problemRange(warning, fleet);
          const since = sinceText(warning, fleet, t, format);
          return (
            <li key={warning.rule}>
              <StatusBadge status={warning.severity} text={words.name} />
              <div>
                {words.text} {since ? range ? <RangeLink range={range}>{since}</RangeLink> : <span className="sw-secondary">{since}</span> : null}
                <div className="sw-secondary">{words.advice}</div>
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function RangeLink({ range, children }: { range: string; children: ReactNode }) {
  return (
    <AppLink to={window.location.pathname} params={{ range }}>
      {children}
    </AppLink>
  );
}
