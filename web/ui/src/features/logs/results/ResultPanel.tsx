// What a query gave: counts, table or chart, export.
import { useMemo } from 'react';
import { EmptyState } from '@/components/EmptyState';
import { Segments } from '@/components/Segments';
import { useFormat, useT } from '@/lib/i18n';
import { useTimeRange } from '@/lib/rangeState';
import { DAY } from '@/lib/timerange';
import { useUrlState } from '@/lib/urlstate';
import { type Drill, eventsBehind } from '../lang/drill';
import { sameColumn, shownFields, statsShape } from '../lang/stats';
import type { Run } from '../run/useRun';
import { BinChartView } from './BinChartView';
import { binChart } from './chart';
import { barColumn, chosenMeasures, columnUnits, measuresOf } from './measures';
import { ResultRows } from './ResultRows';
import type { RowFilter } from './RowDetails';
import { type ResultSort, sortedRows } from './table';
import { TakeMenu } from './TakeMenu';

const serverLimit = 10_000; // rows of a query that does not say limit

interface ResultPanelProps {
  run: Run;
  onFilter: RowFilter;
  /** Goes to other events: runs their query, over their range if they have one. */
  onGo: (drill: Drill) => void;
  onReading: (reading: boolean) => void;
}

export function ResultPanel({ run, onFilter, onGo, onReading }: ResultPanelProps) {
  const t = useT();
  const format = useFormat();
  const { set } = useTimeRange();
  const [view, setView] = useUrlState('view', 'chart');
  const [sortText, setSortText] = useUrlState('sort');
  const shown = run.shown;
  const table = shown?.table;
  const sort = useMemo<ResultSort | null>(() => (sortText === '' ? null : sortText.startsWith('-') ? { column: sortText.slice(1), direction: 'desc' } : { column: sortText, direction: 'asc' }), [sortText]);
  const order = useMemo(() => (table ? sortedRows(table, sort) : []), [table, sort]);
  const [measure, setMeasure] = useUrlState('measure');
  const shape = useMemo(() => (shown ? statsShape(shown.spec.text) : null), [shown]);
  const measures = useMemo(() => (table ? measuresOf(table, shape) : []), [table, shape]);
  const drawnMeasures = useMemo(() => chosenMeasures(measures, measure), [measures, measure]);
  // Aggregates that are not plain (a quotient of two) are columns too: without a choice all are drawn.
  const chart = useMemo(() => (table ? binChart(table, shape, measures.length > 1 ? drawnMeasures.map((m) => m.name) : undefined) : null), [table, shape, measures, drawnMeasures]);
  const bars = useMemo(() => (table ? barColumn(table, shape, sort?.column) : -1), [table, shape, sort]);
  const units = useMemo(() => (table ? columnUnits(table, measures) : []), [table, measures]);
  const absent = useMemo(() => (shown?.complete && table && table.rows.length > 0 ? shownFields(shown.spec.text).filter((name) => !table.columns.some((c) => sameColumn(c.name, name))) : []), [shown, table]);
  if (!shown || !table) return null;
  const drawn = view !== 'table' && chart !== null;
  const seen = (run.statistics?.recordsScanned ?? 0) + (run.statistics?.estimatedRecordsSkipped ?? 0);
  const limited = shown.complete && table.rows.length === serverLimit && !/\blimit\b/i.test(shown.spec.text);
  return (
    <section className="sw-panel sw-results" aria-label={t('logs.results')} data-stale={run.status === 'running' && !run.shown?.complete ? undefined : run.spec !== shown.spec || undefined}>
      <div className="sw-row">
        <h2>{t('logs.results')}</h2>
        <span className="sw-secondary" role="status">
          {t('logs.results.rows', { n: format.exact(table.rows.length) })}
          {shown.complete ? '' : ` · ${t('logs.results.partial')}`}
        </span>
        {chart ? (
          <Segments
            label={t('logs.results.view')}
            value={drawn ? 'chart' : 'table'}
            options={[
              { value: 'table', label: t('logs.results.table') },
              { value: 'chart', label: t('logs.results.chart') },
            ]}
            onChange={setView}
          />
        ) : null}
        {table.rows.length > 0 ? (
          <div className="sw-row sw-page-actions">
            <TakeMenu table={table} order={order} />
          </div>
        ) : null}
      </div>
      {limited ? <p className="sw-secondary sw-results-note">{t('logs.results.limited', { n: format.exact(serverLimit) })}</p> : null}
      {absent.length > 0 ? <p className="sw-secondary sw-results-note">{t('logs.results.absent', { fields: absent.join(', ') })}</p> : null}
      {table.rows.length === 0 && shown.complete ? (
        <EmptyState
          reason={t(run.statistics && seen === 0 ? 'logs.results.noEvents' : 'logs.results.noMatch', { n: format.exact(seen) })}
          actions={
            shown.interval.end - shown.interval.start < 7 * DAY ? (
              <button type="button" className="sw-button" onClick={() => set('7d')}>
                {t('empty.widen')}
              </button>
            ) : null
          }
        />
      ) : drawn ? (
        <BinChartView chart={chart} interval={shown.interval} measures={measures} drawn={drawnMeasures} onMeasure={setMeasure} />
      ) : table.rows.length > 0 ? (
        <ResultRows label={t('logs.results')} table={table} units={units} order={order} bars={bars} sort={sort} onSort={(next) => setSortText(next ? `${next.direction === 'desc' ? '-' : ''}${next.column}` : '')} onFilter={onFilter} behind={(row) => (table.pointers.length > 0 ? null : eventsBehind(shown.spec, table, table.rows[row] ?? []))} onGo={onGo} onReading={onReading} />
      ) : null}
    </section>
  );
}
