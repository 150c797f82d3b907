// A result with a time bin, drawn.
import { useMemo } from 'react';
import { TimeChart } from '@/components/chart/TimeChart';
import { Segments } from '@/components/Segments';
import { useT } from '@/lib/i18n';
import type { Interval } from '@/lib/timerange';
import { useUrlState } from '@/lib/urlstate';
import type { BinChart } from './chart';
import { maxChartSeries } from './chart';
import { allMeasures, type Measure, unitOfMeasures } from './measures';

const styles = ['line', 'area', 'stacked', 'bars'] as const;

interface BinChartViewProps {
  chart: BinChart;
  interval: Interval;
  /** All that could be drawn, and what is. */
  measures: readonly Measure[];
  drawn: readonly Measure[];
  onMeasure: (name: string) => void;
}

export function BinChartView({ chart, interval, measures, drawn, onMeasure }: BinChartViewProps) {
  const t = useT();
  const [chosen, choose] = useUrlState('draw', 'line');
  const style = styles.find((s) => s === chosen) ?? 'line';
  const { unit, scale } = unitOfMeasures(drawn);
  const series = useMemo(
    () => chart.series.map((s) => ({ id: s.id, label: s.label, values: scale === 1 ? s.values : s.values.map((v) => v && v * scale), kind: style === 'stacked' ? ('area' as const) : style })),
    [chart, style, scale],
  );
  return (
    <div className="sw-bin-chart">
      <div className="sw-row">
        <Segments label={t('logs.chart.style')} value={style} options={styles.map((value) => ({ value, label: t(`logs.chart.${value}`) }))} onChange={choose} />
        {measures.length > 1 ? (
          <select className="sw-field" aria-label={t('logs.chart.measure')} value={drawn.length === 1 ? drawn[0]?.name : drawn.length === measures.length ? allMeasures : ''} onChange={(event) => onMeasure(event.target.value)}>
            {drawn.length > 1 && drawn.length < measures.length ? <option value="">{drawn.map((m) => m.name).join(', ')}</option> : null}
            {measures.map((m) => (
              <option key={m.name} value={m.name}>
                {m.name}
              </option>
            ))}
            <option value={allMeasures}>{t('logs.chart.measures')}</option>
          </select>
        ) : null}
        {chart.left > 0 ? <span className="sw-secondary">{t('logs.chart.left', { max: maxChartSeries, n: chart.left })}</span> : null}
      </div>
      <TimeChart
        title={t('logs.chart')}
        times={chart.times}
        series={series}
        start={Math.min(interval.start, chart.times[0] ?? interval.start)}
        end={interval.end}
        unit={unit}
        height={280}
        stacked={style === 'stacked'}
      />
    </div>
  );
}
