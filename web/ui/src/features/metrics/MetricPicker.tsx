// Finding series: namespace → metric → series, or any words at any level.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useApi } from '@/api/hooks';
import type { MetricSeriesInfo, MetricSeriesList, MetricsTree } from '@/api/types';
import { ErrorBox } from '@/components/ErrorBox';
import { Glyph } from '@/components/Glyph';
import { SearchList } from '@/components/SearchList';
import { serverNow } from '@/lib/clock';
import { useFormat, useT } from '@/lib/i18n';
import { useHotkey } from '@/lib/keys';
import { type GraphSeries, seriesIdentity } from '@/lib/metricUrl';
import { usePaused } from '@/lib/pause';
import { setSearch, useUrlState } from '@/lib/urlstate';
import { defaultStat, fittingStat, maxSeries } from './graph';
import { MetricPath } from './MetricPath';
import type { Graph, GraphActions } from './useGraph';

const listed = 500;
const pauseMs = 150;
const rowHeight = 46;

/** While the page has no statistic of its own choice, counts are added as sums. */
function toSeries({ namespace, metric, dimensions, unit }: MetricSeriesInfo, pageStat: string): GraphSeries {
  const stat = pageStat === defaultStat ? fittingStat({ metric }, unit) : undefined;
  return { namespace, metric, dimensions, ...(stat ? { stat } : {}) };
}

export function MetricPicker({ tree, graph, actions }: { tree: MetricsTree; graph: Graph; actions: GraphActions }) {
  const t = useT();
  const format = useFormat();
  const { ui, scope } = useApi();
  const [text, setText] = useUrlState('q');
  const [namespace] = useUrlState('ns');
  const [metric] = useUrlState('metric');
  const [opened, setOpened] = useState<boolean | null>(null);
  const open = opened ?? (graph.series.length === 0 || text !== '' || namespace !== '');
  const input = useRef<HTMLInputElement>(null);
  useHotkey('/', 'metrics.keys.find', () => input.current?.focus());
  const words = usePaused(text.trim(), pauseMs);
  const searching = open && (text.trim() !== '' || metric !== '');
  const query = useQuery({
    queryKey: ['metric-series', scope, namespace, metric, words],
    enabled: searching && (words !== '' || metric !== ''),
    queryFn: ({ signal }) => ui<MetricSeriesList>('metrics/series', { signal, params: { namespace: namespace || null, metric: metric || null, q: words || null, limit: listed } }),
    placeholderData: keepPreviousData,
  });
  const chosen = new Set(graph.series.map(seriesIdentity));
  const list = searching ? query.data : undefined;
  const fresh = list?.series.filter((s) => !chosen.has(seriesIdentity(s))) ?? [];
  const room = maxSeries - graph.series.length;
  const addable = Math.min(fresh.length, room);
  const toggle = (s: MetricSeriesInfo) => (chosen.has(seriesIdentity(s)) ? actions.drop(toSeries(s, graph.stat)) : actions.add([toSeries(s, graph.stat)]));
  const close = () => {
    setOpened(false);
    setSearch({ q: null, ns: null, metric: null }, { replace: true });
    input.current?.blur();
  };
  const where = [namespace, metric].filter(Boolean).join(' · ');
  return (
    <section className="sw-panel" aria-label={t('metrics.find')}>
      <SearchList
        label={t('metrics.find')}
        placeholder={`${t('metrics.find.placeholder')}  ( / )`}
        inputRef={input}
        text={text}
        onText={(next) => {
          setOpened(true);
          setText(next);
        }}
        open={open}
        onFocus={() => setOpened(true)}
        onEscape={close}
        items={list?.series ?? []}
        itemKey={seriesIdentity}
        selected={(s) => chosen.has(seriesIdentity(s))}
        onToggle={toggle}
        rowHeight={rowHeight}
        render={(s) => <SeriesLine series={s} showNamespace={namespace === ''} />}
        aside={
          open && graph.series.length > 0 ? (
            <button type="button" className="sw-icon-button" aria-label={t('metrics.find.close')} title={t('metrics.find.close')} onClick={close}>
              <Glyph name="close" />
            </button>
          ) : null
        }
        above={
          <>
            <MetricPath tree={tree} browsing={!searching} />
            {query.isError && searching ? <ErrorBox error={query.error} onRetry={() => void query.refetch()} /> : null}
            {list && list.matched > 0 ? (
              <div className="sw-row sw-picker-count">
                <span role="status">
                  {t('metrics.find.matched', { matched: format.exact(list.matched), total: format.exact(list.total) })}
                  {list.matched > list.series.length ? ` ${t('metrics.find.shown', { shown: format.exact(list.series.length) })}` : ''}
                </span>
                {addable > 1 ? (
                  <button type="button" className="sw-button" onClick={() => actions.add(fresh.slice(0, addable).map((s) => toSeries(s, graph.stat)))}>
                    {t(addable === fresh.length && list.matched <= list.series.length ? 'metrics.find.addAll' : 'metrics.find.addFirst', { n: format.exact(addable) })}
                  </button>
                ) : null}
                {room < fresh.length ? <span className="sw-secondary">{t('metrics.find.full', { max: maxSeries })}</span> : null}
              </div>
            ) : null}
          </>
        }
        empty={
          list && list.matched === 0 && words === text.trim() ? (
            <div className="sw-row sw-picker-none" role="status">
              <span>{where ? t('metrics.find.nothingIn', { where }) : t('metrics.find.nothing')}</span>
              {where ? (
                <button type="button" className="sw-plain-button" onClick={() => setSearch({ ns: null, metric: null })}>
                  {t('metrics.find.everywhere')}
                </button>
              ) : null}
            </div>
          ) : null
        }
      />
    </section>
  );
}

function SeriesLine({ series, showNamespace }: { series: MetricSeriesInfo; showNamespace: boolean }) {
  const t = useT();
  const format = useFormat();
  const dimensions = series.dimensions.map((d) => `${d.name}=${d.value}`).join(', ') || t('metrics.find.noDimensions');
  return (
    <>
      <span className="sw-picker-name">
        <b>{series.dimensions.map((d) => d.value).join(' / ') || series.metric}</b>
        <small>
          {showNamespace ? `${series.namespace} · ` : ''}
          {series.metric} · {dimensions}
        </small>
      </span>
      <span className="sw-secondary sw-nowrap" title={format.time(series.lastData)}>
        {series.lastData === null ? t('metrics.find.noData') : format.ago(series.lastData, serverNow())}
      </span>
    </>
  );
}
