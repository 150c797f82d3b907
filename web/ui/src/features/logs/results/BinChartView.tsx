// A result with a time bin, drawn.
import { useMemo } from 'react';
import { TimeChart } from '@/components/chart/TimeChart';
import { Segments } from '@/components/Segments';
import { useT } from '@/lib/i18n';
import type { Interval } from '@/lib/timerange';
import { useUrlState } from '@/lib/urlstate';
import type { BinChart } from './chart';
import { maxChartSeries } from './chart';

const styles = ['line', 'area', 'stacked', 'bars'] as const;

export function BinChartView({ chart, interval }: { chart: BinChart; interval: Interval }) {
  const t = useT();
  const [chosen, choose] = useUrlState('draw', 'line');
  const style = styles.find((s) => s === chosen) ?? 'line';
  const series = useMemo(() => chart.series.map((s) => ({ id: s.id, label: s.label, values: s.values, kind: style === 'stacked' ? ('area' as const) : style })), [chart, style]);
  return (
    <div className="sw-bin-chart">
      <div className="sw-row">
        <Segments label={t('logs.chart.style')} value={style} options={styles.map((value) => ({ value, label: t(`logs.chart.${value}`) }))} onChange={choose} />
        {chart.left > 0 ? <span className="sw-secondary">{t('logs.chart.left', { max: maxChartSeries, n: chart.left })}</span> : null}
      </div>
      <TimeChart
        title={t('logs.chart')}
        times={chart.times}
        series={series}
        start={Math.min(interval.start, chart.times[0] ?? interval.start)}
        end={interval.end}
        unit="None"
        height={280}
        stacked={style === 'stacked'}
      />
    </div>
  );
}
