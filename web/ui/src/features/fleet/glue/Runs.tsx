// The runs of a job in the time range: when, how long, how they ended and why,
// each with its log.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ApiError } from '@/api/client';
import { useApi } from '@/api/hooks';
import { AppLink } from '@/components/AppLink';
import { EmptyState } from '@/components/EmptyState';
import { ErrorBox } from '@/components/ErrorBox';
import { StatusBadge } from '@/components/StatusBadge';
import { serverNow } from '@/lib/clock';
import { useFormat, useT } from '@/lib/i18n';
import { useTimeRange } from '@/lib/rangeState';
import { fetchLogPage } from '../shared/log/fetch';
import { runStateText, runStatus } from '../shared/runState';
import { type JobRun, runLogs, runsGroup, runsOf } from './runs';
import './Runs.css';

const most = 200;

export function Runs({ job }: { job: string }) {
  const t = useT();
  const { scope } = useApi();
  const { text, resolve } = useTimeRange();
  const query = useQuery({
    queryKey: ['jobRuns', scope, job, text],
    queryFn: async ({ signal }) => {
      const page = await fetchLogPage({ group: runsGroup, pattern: `{ $.JobName = ${JSON.stringify(job)} }`, interval: resolve(), limit: most }, { signal, scope });
      return { runs: runsOf(job, page.events), more: page.next !== undefined && page.events.length >= most };
    },
    placeholderData: keepPreviousData,
  });
  const missing = query.error instanceof ApiError && query.error.code === 'ResourceNotFoundException';
  const runs = query.data?.runs ?? [];
  return (
    <section className="sw-panel" aria-labelledby="sw-runs">
      <h2 id="sw-runs">{t('runs.title')}</h2>
      {query.isError && !missing ? <ErrorBox error={query.error} onRetry={() => void query.refetch()} /> : null}
      {missing || (query.data && runs.length === 0) ? <EmptyState reason={t('runs.none')}>{t('runs.noneHow', { group: runsGroup })}</EmptyState> : null}
      {runs.length > 0 ? (
        <div className="sw-runs-scroll">
          <table className="sw-runs">
            <thead>
              <tr>
                <th scope="col">{t('col.status')}</th>
                <th scope="col">{t('runs.started')}</th>
                <th scope="col" className="sw-runs-number">
                  {t('col.duration')}
                </th>
                <th scope="col" className="sw-runs-number sw-runs-wide">
                  {t('col.dpuHours')}
                </th>
                <th scope="col" className="sw-runs-wide">
                  {t('runs.error')}
                </th>
                <th scope="col">
                  <span className="sw-visually-hidden">{t('log.title')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {runs.map((run) => (
                <RunRow key={run.id} run={run} />
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {query.data?.more ? <p className="sw-secondary">{t('runs.more', { n: runs.length })}</p> : null}
    </section>
  );
}

function RunRow({ run }: { run: JobRun }) {
  const t = useT();
  const format = useFormat();
  return (
    <tr title={run.id}>
      <td className="sw-nowrap">
        <StatusBadge status={runStatus(run.state)} text={runStateText(run.state, t)} />
      </td>
      <td className="sw-nowrap" title={run.trigger ?? undefined}>
        {format.time(run.started, { seconds: true })}
      </td>
      <td className="sw-runs-number sw-nowrap">{format.duration(run.durationMs)}</td>
      <td className="sw-runs-number sw-runs-wide">{format.count(run.dpuHours)}</td>
      <td className="sw-runs-wide sw-runs-error">{run.error}</td>
      <td className="sw-nowrap">
        <AppLink to="/logs" params={runLogs(run, serverNow())}>
          {t('log.title')}
        </AppLink>
      </td>
    </tr>
  );
}
