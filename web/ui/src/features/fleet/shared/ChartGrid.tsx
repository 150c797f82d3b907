// The charts of a resource's page in panels.
import type { UseQueryResult } from '@tanstack/react-query';
import { type ChartSeries, type ChartThreshold, TimeChart } from '@/components/chart/TimeChart';
import { ErrorBox } from '@/components/ErrorBox';
import { useT } from '@/lib/i18n';
import type { ChartData } from './useCharts';

export interface ChartSpec {
  id: string;
  title: string;
  unit: string;
  series: ChartSeries[];
  thresholds?: ChartThreshold[];
  stacked?: boolean;
  /** Beside the title. */
  note?: string;
  minTop?: number;
}

export function ChartGrid({ query, charts }: { query: UseQueryResult<ChartData>; charts: (data: ChartData) => ChartSpec[] }) {
  const t = useT();
  const data = query.data;
  return (
    <>
      {query.isError ? <ErrorBox error={query.error} onRetry={() => void query.refetch()} /> : null}
      {data?.messages.map((message) => (
        <p key={message} className="sw-secondary" role="status">
          {message}
        </p>
      ))}
      <div className={`sw-charts ${query.isPlaceholderData ? 'sw-stale' : ''}`} role="group" aria-label={t('page.charts')}>
        {data
          ? charts(data).map((chart) => (
              <section key={chart.id} className="sw-panel" aria-label={chart.title}>
                <div className="sw-row sw-chart-title">
                  <h2>{chart.title}</h2>
                  {chart.note ? <span className="sw-secondary">{chart.note}</span> : null}
                </div>
                <TimeChart
                  title={chart.title}
                  times={data.times}
                  series={chart.series}
                  start={data.start}
                  end={data.end}
                  unit={chart.unit}
                  thresholds={chart.thresholds}
                  stacked={chart.stacked}
                  minTop={chart.minTop}
                />
              </section>
            ))
          : null}
        {query.isPending && query.fetchStatus === 'fetching' ? Array.from({ length: 4 }, (_, i) => <div key={i} className="sw-panel sw-placeholder" style={{ height: 270 }} />) : null}
      </div>
    </>
  );
}
