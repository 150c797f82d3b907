// The errors in a log group, those alike put together, newest first.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '@/api/hooks';
import { ApiError } from '@/api/client';
import { EmptyState } from '@/components/EmptyState';
import { ErrorBox } from '@/components/ErrorBox';
import { StatusIcon } from '@/components/StatusBadge';
import { serverNow } from '@/lib/clock';
import { useFormat, useT } from '@/lib/i18n';
import { useTimeRange } from '@/lib/rangeState';
import { fetchLogPage } from './fetch';
import { type ErrorGroup, groupErrors } from './groups';
import { whole } from './message';

const pattern = '?ERROR ?Error ?Exception ?"Task timed out" ?"Status: error" ?"Status: timeout"';
const wanted = 400;
const shownAtFirst = 8;
const aroundMs = 60_000;

export function LastErrors({ group }: { group: string }) {
  const t = useT();
  const { scope } = useApi();
  const { text, resolve } = useTimeRange();
  const query = useQuery({
    queryKey: ['lastErrors', scope, group, text],
    queryFn: ({ signal }) => fetchLogPage({ group, pattern, interval: resolve(), limit: wanted }, { signal, scope }),
    placeholderData: keepPreviousData,
  });
  const [all, setAll] = useState(false);
  const groups = groupErrors(query.data?.events ?? []);
  const missing = query.error instanceof ApiError && query.error.code === 'ResourceNotFoundException';
  return (
    <section className="sw-panel" aria-labelledby="sw-last-errors">
      <h2 id="sw-last-errors">{t('errors.title')}</h2>
      {query.isError && !missing ? <ErrorBox error={query.error} onRetry={() => void query.refetch()} /> : null}
      {missing ? <EmptyState reason={t('errors.noGroup', { group })} /> : null}
      {query.isPending ? <p className="sw-secondary">{t('errors.searching')}</p> : null}
      {query.data && groups.length === 0 ? <EmptyState reason={t('errors.none')}>{t('errors.looked', { pattern })}</EmptyState> : null}
      <ul className="sw-errors">
        {(all ? groups : groups.slice(0, shownAtFirst)).map((g) => (
          <ErrorGroupRow key={g.key} group={g} />
        ))}
      </ul>
      {groups.length > shownAtFirst && !all ? (
        <button type="button" className="sw-plain-button" onClick={() => setAll(true)}>
          {t('errors.more', { n: groups.length })}
        </button>
      ) : null}
      {query.data?.next ? <p className="sw-secondary">{t('errors.partial', { n: query.data.events.length })}</p> : null}
    </section>
  );
}

function ErrorGroupRow({ group }: { group: ErrorGroup }) {
  const t = useT();
  const format = useFormat();
  const { zoom } = useTimeRange();
  const now = serverNow();
  return (
    <li>
      <details>
        <summary>
          <StatusIcon status="critical" />
          <span className="sw-error-title sw-mono">{group.title}</span>
          <span className="sw-nowrap">{t('errors.times', { n: format.exact(group.count) })}</span>
          <span className="sw-secondary sw-nowrap" title={`${format.time(group.last, { seconds: true })} / ${format.time(group.first, { seconds: true })}`}>
            {t('errors.seen', { last: format.ago(group.last, now), first: format.ago(group.first, now) })}
          </span>
        </summary>
        <pre className="sw-error-text">{whole(group.newest.message)}</pre>
        <div className="sw-row">
          <span className="sw-secondary">{format.time(group.newest.timestamp, { ms: true })}</span>
          <button type="button" className="sw-plain-button" onClick={() => zoom(group.last - aroundMs, group.last + aroundMs)}>
            {t('errors.atThatTime')}
          </button>
        </div>
      </details>
    </li>
  );
}
