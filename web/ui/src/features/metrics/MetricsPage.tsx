// The metric graph page: find series, look at them together. Everything shown is
// in the URL.
import { useMemo } from 'react';
import { CopyButton } from '@/components/CopyButton';
import { EmptyState } from '@/components/EmptyState';
import { ErrorBox } from '@/components/ErrorBox';
import { PageTitle } from '@/components/PageTitle';
import { csvText } from '@/lib/csv';
import { saveFile } from '@/lib/handOut';
import { useFormat, useT } from '@/lib/i18n';
import { csvRows, fullName, labels as labelsOf, maxSeries, summarise, unitsOf } from './graph';
import { GraphCharts } from './GraphCharts';
import { GraphControls } from './GraphControls';
import { MetricPicker } from './MetricPicker';
import { NoData } from './NoData';
import { NoMetrics } from './NoMetrics';
import { SeriesTable } from './SeriesTable';
import { StartGraphs } from './StartGraphs';
import { useGraph, type Graph, type GraphActions } from './useGraph';
import { useGraphData, useMetricsTree } from './useGraphData';
import './metrics.css';

export default function MetricsPage() {
  const t = useT();
  const [graph, actions] = useGraph();
  const tree = useMetricsTree();
  const nothingSent = tree.data !== undefined && tree.data.namespaces.length === 0;
  return (
    <div className="sw-stack">
      <PageTitle title={t('metrics.title')} />
      {tree.isError ? <ErrorBox error={tree.error} onRetry={() => void tree.refetch()} /> : null}
      {nothingSent && graph.series.length === 0 ? <NoMetrics /> : null}
      {tree.data && !nothingSent ? <MetricPicker tree={tree.data} graph={graph} actions={actions} /> : null}
      {graph.bad > 0 ? <p role="alert">{t('metrics.bad', { n: graph.bad })}</p> : null}
      {graph.over > 0 ? <p role="alert">{t('metrics.over', { n: graph.over, max: maxSeries })}</p> : null}
      {graph.series.length > 0 ? <GraphPanels graph={graph} actions={actions} /> : null}
      {graph.series.length === 0 && tree.data && !nothingSent ? <StartGraphs tree={tree.data} actions={actions} /> : null}
    </div>
  );
}

function GraphPanels({ graph, actions }: { graph: Graph; actions: GraphActions }) {
  const t = useT();
  const format = useFormat();
  const tree = useMetricsTree();
  const query = useGraphData(graph);
  // Points belong to the series they were asked for; a changed list waits for its own.
  const data = query.data && query.data.series.length === graph.series.length && !query.isPlaceholderData ? query.data : undefined;
  const shown = data ?? query.data;
  const labels = useMemo(() => labelsOf(graph.series, graph.stat, (s) => format.duration(s * 1000)), [graph, format]);
  const units = useMemo(() => graph.series.map(unitsOf(tree.data)), [graph, tree.data]);
  const aligned = shown && shown.series.length === graph.series.length;
  const visible = graph.series.filter((s) => !s.hidden);
  const empty = data !== undefined && graph.series.every((s, i) => s.hidden || summarise(data.points[i], data.interval).count === 0);
  const auto = graph.period === null && data ? (data.plan.periods.find((_p, i) => graph.series[i]?.period === undefined) ?? null) : null;
  const csv = () => csvText(csvRows(graph.series.map((s, i) => ({ label: fullName(s, graph.stat), points: data?.points[i] })), t('metrics.csv.time')));
  return (
    <>
      <section className="sw-panel sw-graph" aria-label={t('metrics.graph')} aria-busy={query.isFetching}>
        <GraphControls graph={graph} actions={actions} autoPeriod={auto} />
        {query.isError ? <ErrorBox error={query.error} onRetry={() => void query.refetch()} /> : null}
        {data?.messages.map((message) => (
          <p key={message} role="status" className="sw-secondary sw-graph-note">
            {message}
          </p>
        ))}
        {data && data.plan.coarsened.length > 0 ? (
          <p role="status" className="sw-secondary sw-graph-note">
            {t('metrics.period.coarser', { n: data.plan.coarsened.length, period: format.duration((data.plan.periods[data.plan.coarsened[0] ?? 0] ?? 0) * 1000) })}
          </p>
        ) : null}
        {visible.length === 0 ? (
          <EmptyState
            reason={t('metrics.allHidden')}
            actions={
              <button type="button" className="sw-button" onClick={actions.showAll}>
                {t('metrics.allHidden.show')}
              </button>
            }
          />
        ) : empty ? (
          <NoData series={visible} labels={visible.map((s) => labels[graph.series.indexOf(s)] ?? '')} stat={graph.stat} onAverage={actions.plainStats} />
        ) : shown && aligned ? (
          <GraphCharts graph={graph} data={shown} labels={labels} units={units} />
        ) : query.isError ? null : (
          <div className="sw-graph-wait" />
        )}
      </section>
      <section className="sw-panel" aria-label={t('metrics.series.title')}>
        <div className="sw-row sw-series-head">
          <h2>{t('metrics.series.title')}</h2>
          <span className="sw-secondary">{t('metrics.series.count', { n: graph.series.length, max: maxSeries })}</span>
          <div className="sw-row sw-page-actions">
            <CopyButton text={csv} label={t('metrics.csv.copy')} />
            <button type="button" className="sw-button" onClick={() => saveFile('metrics.csv', 'text/csv', csv())}>
              {t('metrics.csv.save')}
            </button>
            <button type="button" className="sw-button" onClick={actions.clear}>
              {t('metrics.series.removeAll')}
            </button>
          </div>
        </div>
        <SeriesTable graph={graph} actions={actions} data={aligned ? shown : undefined} labels={labels} units={units} />
      </section>
    </>
  );
}
