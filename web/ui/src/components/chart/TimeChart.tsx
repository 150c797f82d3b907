// A time series chart on uPlot: tooltip, legend that toggles, thresholds, a
// cursor shared by all charts of a page, and dragging that sets the URL's time
// range for the whole page.
import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { serverNow } from '@/lib/clock';
import { useElementWidth } from '@/lib/elementSize';
import { useFormat, useI18n, useT } from '@/lib/i18n';
import { useTimeRange } from '@/lib/rangeState';
import { useMode } from '@/lib/theme';
import { chartToken, type Token, tokenValue } from '@/lib/tokens';
import { ChartLegend } from './ChartLegend';
import { fillingAt, stackColumns } from './shape';
import { makeOptions } from './options';
import { ChartTooltip, type Hover } from './ChartTooltip';
import './TimeChart.css';

export interface ChartSeries {
  id: string;
  label: string;
  /** One value for each time, null where there is none. */
  values: readonly (number | null)[];
  kind?: 'line' | 'area' | 'bars';
  color?: Token;
  /** CloudWatch's unit name, or one of ours ("USD"). Series of another unit than the chart's use the right axis. */
  unit?: string;
  dash?: number[];
  /** Hidden at first. */
  hidden?: boolean;
}

export interface ChartThreshold {
  value: number;
  label: string;
  color?: Token;
}

export interface TimeChartProps {
  title: string;
  /** Starts of the periods in milliseconds, ascending. */
  times: readonly number[];
  series: readonly ChartSeries[];
  /** Milliseconds; the whole range is shown even where there is no data. */
  start: number;
  end: number;
  /** Unit of the left axis. */
  unit: string;
  height?: number;
  /** Areas lie on each other; tooltips still show each series' own value. */
  stacked?: boolean;
  thresholds?: readonly ChartThreshold[];
  /** Charts with the same key share the cursor; default: all of the page. */
  syncKey?: string;
  /** Instead of setting the URL's range. */
  onZoom?: (start: number, end: number) => void;
  /** Smallest top of the left axis (100 for a percentage that should fill its scale). */
  minTop?: number;
  legend?: boolean;
}

export function TimeChart(props: TimeChartProps) {
  const { title, series, height = 200, legend = true, unit } = props;
  const t = useT();
  const { zoom } = useTimeRange();
  const { locale } = useI18n();
  const format = useFormat();
  const mode = useMode();
  const host = useRef<HTMLDivElement>(null);
  const plotHost = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const width = useElementWidth(host);
  const [hover, setHover] = useState<Hover | null>(null);
  // Charts share the cursor, but only the one under the pointer tells its values.
  const [pointed, setPointed] = useState(false);
  const [toggled, setToggled] = useState<Record<string, boolean>>({});
  const visible = useMemo(() => series.map((s) => toggled[s.id] ?? !s.hidden), [series, toggled]);
  const onZoom = props.onZoom ?? zoom;
  const zoomRef = useRef(onZoom);
  useEffect(() => {
    zoomRef.current = onZoom;
  });

  const data = useMemo(() => {
    const times = props.times.map((ms) => ms / 1000);
    const columns = props.stacked ? stackColumns(series.map((s) => s.values), visible) : series.map((s) => s.values);
    return [times, ...columns] as uPlot.AlignedData;
  }, [props.times, props.stacked, series, visible]);

  // A new plot when its structure changes; new numbers go into the old one.
  const structure = JSON.stringify([
    series.map((s) => [s.id, s.label, s.kind, s.color, s.unit, s.dash]),
    unit, height, props.stacked, props.thresholds, props.minTop, props.syncKey, locale, mode, width > 0,
  ]);
  const latest = useRef({ data, visible, times: props.times, start: props.start, end: props.end });
  latest.current = { data, visible, times: props.times, start: props.start, end: props.end };

  useEffect(() => {
    const element = plotHost.current;
    if (!element || width === 0) return;
    const options = makeOptions({
      width, height, unit, format,
      series: series.map((s, i) => ({ ...s, stroke: tokenValue(s.color ?? chartToken(i)) })),
      stacked: props.stacked ?? false,
      thresholds: (props.thresholds ?? []).map((x) => ({ ...x, stroke: tokenValue(x.color ?? 'chart-threshold') })),
      minTop: props.minTop ?? 0,
      colors: { text: tokenValue('text-2'), grid: tokenValue('chart-grid'), container: tokenValue('container') },
      syncKey: props.syncKey ?? 'page',
      filling: () => fillingAt(latest.current.times, serverNow()),
      range: () => [latest.current.start / 1000, latest.current.end / 1000],
      onHover: setHover,
      onZoom: (start, end) => zoomRef.current(start, end),
    });
    const made = new uPlot(options, latest.current.data, element);
    latest.current.visible.forEach((show, i) => {
      if (!show) made.setSeries(i + 1, { show: false }, false);
    });
    plot.current = made;
    return () => {
      plot.current = null;
      made.destroy();
      setHover(null);
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `structure` stands for all that is read here
  }, [structure]);

  useEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height });
  }, [width, height]);

  useEffect(() => {
    const made = plot.current;
    if (!made) return;
    made.batch(() => {
      visible.forEach((show, i) => {
        if (made.series[i + 1]?.show !== show) made.setSeries(i + 1, { show }, false);
      });
      made.setData(data);
    });
  }, [data, visible, props.start, props.end]);

  const empty = series.every((s) => s.values.every((v) => v === null));
  const only = (id: string) => {
    const alone = series.every((s, i) => (s.id === id) === visible[i]);
    setToggled(Object.fromEntries(series.map((s) => [s.id, alone || s.id === id])));
  };
  return (
    <figure className="sw-chart">
      <div ref={host} className="sw-chart-host" style={{ minHeight: height }} onPointerEnter={() => setPointed(true)} onPointerLeave={() => setPointed(false)}>
        <div ref={plotHost} role="img" aria-label={t('chart.label', { title, series: series.map((s) => s.label).join(', ') })} />
        {empty ? <span className="sw-chart-empty">{t('chart.noData')}</span> : null}
        {hover && pointed ? <ChartTooltip hover={hover} times={props.times} series={series} visible={visible} unit={unit} width={width} /> : null}
      </div>
      {legend && (series.length > 1 || series[0]?.hidden) ? (
        <ChartLegend
          series={series}
          visible={visible}
          onToggle={(id, show) => setToggled((old) => ({ ...old, [id]: show }))}
          onOnly={only}
        />
      ) : null}
    </figure>
  );
}
