// Events over the range: those that the query's filters keep, or all of the
// chosen groups where it keeps all. Dragging chooses the range.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { TimeChart } from '@/components/chart/TimeChart';
import { useFormat, useT } from '@/lib/i18n';
import { useScope } from '@/lib/scope';
import type { Interval } from '@/lib/timerange';
import { type Bin, binFor, countQueries, countsOf } from './lang/counts';
import { timeOf } from './results/table';
import { runQuery } from './run/query';
import type { Run } from './run/useRun';
import { type QuerySpec, runnable } from './spec';

// Counting what filters keep costs about what the query costs; that of a slow one is not asked again.
const slowMs = 3000;

/** The counts of one query over an interval; null asks nothing. */
function useCounts(spec: QuerySpec | null, interval: Interval, bin: Bin) {
  const scope = useScope();
  return useQuery({
    queryKey: ['log-counts', scope, interval, spec?.groups, spec?.text],
    enabled: spec !== null,
    queryFn: async ({ signal }) => {
      if (spec === null) throw new Error('no query to count');
      const { rows, statistics } = await runQuery({ ...runnable(spec), start: interval.start, end: interval.end }, { scope, signal, onProgress: () => undefined });
      const cells = rows.map((row) => ({ t: timeOf(row.find((c) => c.field === 't')?.value), n: Number(row.find((c) => c.field === 'n')?.value ?? 0) }));
      return { ...countsOf(cells, interval, bin), groups: statistics.logGroupsScanned };
    },
    staleTime: Infinity, // the interval names its instants
    placeholderData: spec === null ? undefined : keepPreviousData,
    retry: false,
  }).data;
}

/** Of the run that is shown or on its way. */
export function Histogram({ run }: { run: Run }) {
  return run.spec && run.interval ? <HistogramOf spec={run.spec} interval={run.interval} ready={run.status === 'done' && run.elapsedMs < slowMs} /> : null;
}

function HistogramOf({ spec, interval, ready }: { spec: QuerySpec; interval: Interval; ready: boolean }) {
  const t = useT();
  const format = useFormat();
  const bin = useMemo(() => binFor(interval), [interval]);
  const queries = useMemo(() => countQueries(spec, bin), [spec, bin]);
  const all = useCounts(queries.all, interval, bin);
  const kept = useCounts(ready ? queries.kept : null, interval, bin);
  // The query itself says what is wrong with the groups.
  if (!all) return null;
  // What is kept has a scale of its own: a few among a million would not be seen.
  const shown = (queries.kept && kept) || all;
  return (
    <section className="sw-panel sw-histogram" aria-label={t('logs.histogram')}>
      <div className="sw-row">
        <span>
          {shown === all
            ? t('logs.histogram.total', { n: format.exact(all.total), groups: format.exact(all.groups) })
            : t('logs.histogram.kept', { n: format.exact(shown.total), of: format.exact(all.total), groups: format.exact(all.groups) })}
        </span>
        <span className="sw-secondary sw-page-actions">{t('chart.zoomHint')}</span>
      </div>
      <TimeChart
        title={t('logs.histogram')}
        times={shown.times}
        series={[{ id: 'events', label: t(shown === all ? 'logs.histogram.events' : 'logs.histogram.matches'), values: shown.counts, kind: 'bars' }]}
        start={interval.start}
        end={interval.end}
        unit="Count"
        height={96}
        legend={false}
        syncKey="logs"
      />
    </section>
  );
}
