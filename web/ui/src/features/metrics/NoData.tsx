// None of the chosen series has data in the range: when they last had, with one
// click to go there, or that the server has never seen them.
import { useQuery } from '@tanstack/react-query';
import { useApi } from '@/api/hooks';
import type { MetricSeriesList } from '@/api/types';
import { EmptyState } from '@/components/EmptyState';
import { serverNow } from '@/lib/clock';
import { useFormat, useT } from '@/lib/i18n';
import { type GraphSeries, seriesIdentity } from '@/lib/metricUrl';
import { useTimeRange } from '@/lib/rangeState';
import { HOUR, MINUTE } from '@/lib/timerange';
import { isBasicStat } from './graph';

const asked = 5; // as many series are looked up: they are usually alike

interface Found {
  series: GraphSeries;
  /** null: known without data; undefined: not known. */
  lastData: number | null | undefined;
}

interface NoDataProps {
  series: readonly GraphSeries[];
  labels: readonly string[];
  /** The page's statistic. */
  stat: string;
  onAverage: () => void;
}

export function NoData({ series, labels, stat, onAverage }: NoDataProps) {
  const t = useT();
  const format = useFormat();
  const { ui, scope } = useApi();
  const { resolve, zoom } = useTimeRange();
  const looked = series.slice(0, asked);
  const query = useQuery({
    queryKey: ['last-data', scope, looked.map(seriesIdentity)],
    queryFn: ({ signal }) =>
      Promise.all(
        looked.map(async (s): Promise<Found> => {
          const words = s.dimensions.map((d) => d.value).join(' ');
          const list = await ui<MetricSeriesList>('metrics/series', { signal, params: { namespace: s.namespace, metric: s.metric, q: words || undefined, limit: 2000 } });
          return { series: s, lastData: list.series.find((one) => seriesIdentity(one) === seriesIdentity(s))?.lastData };
        }),
      ),
  });
  const found = query.data ?? [];
  const latest = found.reduce<Found | null>((best, one) => ((one.lastData ?? 0) > (best?.lastData ?? 0) ? one : best), null);
  const unknown = found.filter((one) => one.lastData === undefined);
  const name = (one: Found) => labels[looked.indexOf(one.series)] ?? one.series.metric;
  const last = latest?.lastData ?? null;
  const interval = resolve();
  // There is data in the range, but no statistic of this kind: it came as statistic sets.
  const within = last !== null && last >= interval.start && last < interval.end;
  const special = looked.map((s) => s.stat ?? stat).find((s) => !isBasicStat(s));
  if (within && special !== undefined) {
    return (
      <EmptyState
        reason={t('metrics.noData.sets', { stat: special })}
        actions={
          <button type="button" className="sw-button" onClick={onAverage}>
            {t('metrics.noData.average')}
          </button>
        }
      >
        {t('metrics.noData.setsHow')}
      </EmptyState>
    );
  }
  const go = () => {
    if (last === null) return;
    const span = Math.max(interval.end - interval.start, HOUR);
    zoom(last - span * 0.8, Math.min(last + span * 0.2, Math.max(serverNow(), last + MINUTE)));
  };
  return (
    <EmptyState
      reason={t('metrics.noData')}
      actions={
        last !== null ? (
          <button type="button" className="sw-button" onClick={go}>
            {t('metrics.noData.go')}
          </button>
        ) : null
      }
    >
      {latest && last !== null ? <p>{t('metrics.noData.last', { series: name(latest), ago: format.ago(last, serverNow()), time: format.time(last) })}</p> : null}
      {within && interval.end - last < 10 * MINUTE ? <p>{t('metrics.noData.settling')}</p> : null}
      {unknown.length > 0 ? <p>{t('metrics.noData.never', { series: unknown.map(name).join(', ') })}</p> : null}
    </EmptyState>
  );
}
