// The graph: one chart, or one for each two units.
import { useMemo } from 'react';
import { type ChartSeries, TimeChart } from '@/components/chart/TimeChart';
import { useT } from '@/lib/i18n';
import { chartToken } from '@/lib/tokens';
import { chartsByUnit, colorOf, column, gridTimes, statUnit } from './graph';
import type { Graph } from './useGraph';
import type { GraphData } from './useGraphData';

interface GraphChartsProps {
  graph: Graph;
  data: GraphData;
  labels: readonly string[];
  /** Unit of each series' metric. */
  units: readonly string[];
}

export function GraphCharts({ graph, data, labels, units }: GraphChartsProps) {
  const t = useT();
  const { plan, interval, points, now } = data;
  const times = useMemo(() => gridTimes(plan.start, plan.end, plan.step), [plan]);
  const charts = useMemo(() => {
    const shown = graph.series.flatMap((s, at) => (s.hidden || !points[at]?.times.length ? [] : [{ s, at, unit: statUnit(s.stat ?? graph.stat, units[at] ?? 'None') }]));
    const stacked = graph.style === 'stacked';
    return chartsByUnit(shown.map((one) => one.unit)).map((chart) => ({
      ...chart,
      series: chart.indexes.flatMap((i): ChartSeries[] => {
        const one = shown[i];
        if (!one) return [];
        // Bars stand at their own times; stacked areas add up what holds until the next point.
        const values = column(points[one.at], { times, step: plan.step }, plan.periods[one.at] ?? 60, graph.gaps, Math.min(now, plan.end), stacked);
        return [
          {
            id: String(one.at),
            label: labels[one.at] ?? '',
            values: graph.style === 'bars' ? values.map((v) => v ?? null) : values,
            kind: graph.style === 'stacked' ? 'area' : graph.style,
            color: chartToken(colorOf(one.s, one.at)),
            unit: one.unit,
          },
        ];
      }),
    }));
  }, [graph, points, times, plan, labels, units, now]);
  return (
    <div className="sw-stack">
      {charts.length > 1 ? <p className="sw-secondary sw-graph-note">{t('metrics.mixed')}</p> : null}
      {charts.map((chart) => (
        <TimeChart
          key={chart.left}
          title={t('metrics.graph')}
          times={times}
          series={chart.series}
          start={interval.start}
          end={interval.end}
          unit={chart.left}
          height={charts.length > 1 ? 240 : 340}
          stacked={graph.style === 'stacked' && chart.right === null}
          legend={false}
        />
      ))}
    </div>
  );
}
