// The graph as the URL has it, and the changes a user makes to it. Adding and
// removing series are steps that Back undoes; looks are not.
import { useMemo } from 'react';
import { useSearch } from 'wouter';
import { type GraphSeries, readSeries, seriesIdentity, seriesText } from '@/lib/metricUrl';
import { chartColors } from '@/lib/tokens';
import { setSearch } from '@/lib/urlstate';
import { colorOf, defaultStat, freeColor, gapChoices, type Gaps, maxSeries, readPeriod, type Style, styles, withColor } from './graph';

export interface Graph {
  series: GraphSeries[];
  /** Entries of the URL that cannot be read, and those over maxSeries. */
  bad: number;
  over: number;
  stat: string;
  /** Seconds; null is automatic. */
  period: number | null;
  gaps: Gaps;
  style: Style;
}

export function readGraph(search: string): Graph {
  const params = new URLSearchParams(search);
  const { series, bad } = readSeries(params.get('m') ?? '');
  return {
    series: series.slice(0, maxSeries),
    bad,
    over: Math.max(0, series.length - maxSeries),
    stat: params.get('stat') || defaultStat,
    period: readPeriod(params.get('period') ?? ''),
    gaps: gapChoices.find((g) => g === params.get('gaps')) ?? 'show',
    style: styles.find((s) => s === params.get('style')) ?? 'line',
  };
}

export interface GraphActions {
  setStat: (stat: string) => void;
  setPeriod: (period: number | null) => void;
  setGaps: (gaps: Gaps) => void;
  setStyle: (style: Style) => void;
  /** Adds series that are not in the graph yet, up to maxSeries. */
  add: (series: readonly GraphSeries[]) => void;
  /** Removes every entry of this series, whatever its statistic. */
  drop: (series: GraphSeries) => void;
  removeAt: (at: number) => void;
  duplicateAt: (at: number) => void;
  changeAt: (at: number, change: Partial<Pick<GraphSeries, 'stat' | 'period' | 'hidden'>>) => void;
  /** Shows only this one, or all again. */
  onlyAt: (at: number) => void;
  showAll: () => void;
  /** Every series shows its average. */
  plainStats: () => void;
  clear: () => void;
}

function write(series: readonly GraphSeries[], replace = false): void {
  setSearch({ m: seriesText(series) }, { replace });
}

/** Series keep their colours when one before them goes. */
function without(series: readonly GraphSeries[], gone: (s: GraphSeries, at: number) => boolean): GraphSeries[] {
  return series
    .map((s, at) => ({ s, at }))
    .filter(({ s, at }) => !gone(s, at))
    .map(({ s, at }, now) => withColor(s, now, colorOf(s, at)));
}

function plus(series: readonly GraphSeries[], more: readonly GraphSeries[]): GraphSeries[] {
  const all = [...series];
  for (const s of more) if (all.length < maxSeries) all.push(withColor(s, all.length, freeOrPlace(all)));
  return all;
}

// With more series than colours the place is as good as any and keeps the URL short.
function freeOrPlace(series: readonly GraphSeries[]): number {
  return series.length >= chartColors ? series.length : freeColor(series, chartColors);
}

export function useGraph(): [Graph, GraphActions] {
  const search = useSearch();
  const graph = useMemo(() => readGraph(search), [search]);
  const actions = useMemo<GraphActions>(() => {
    const { series } = graph;
    const changeAt: GraphActions['changeAt'] = (at, change) =>
      write(
        series.map((s, i) => (i === at ? { ...s, ...change } : s)),
        true,
      );
    return {
      setStat: (stat) => setSearch({ stat: stat === defaultStat ? null : stat }),
      setPeriod: (period) => setSearch({ period }),
      setGaps: (gaps) => setSearch({ gaps: gaps === 'show' ? null : gaps }, { replace: true }),
      setStyle: (style) => setSearch({ style: style === 'line' ? null : style }, { replace: true }),
      add: (more) => {
        const known = new Set(series.map(seriesIdentity));
        write(plus(series, more.filter((s) => !known.has(seriesIdentity(s)))));
      },
      drop: (one) => write(without(series, (s) => seriesIdentity(s) === seriesIdentity(one))),
      removeAt: (at) => write(without(series, (_s, i) => i === at)),
      duplicateAt: (at) => {
        const { color: _color, hidden: _hidden, ...copy } = series[at] as GraphSeries;
        write(plus(series, [copy]));
      },
      changeAt,
      onlyAt: (at) => {
        const alone = series.every((s, i) => (i === at) === !s.hidden);
        write(
          series.map((s, i) => ({ ...s, hidden: !alone && i !== at })),
          true,
        );
      },
      showAll: () =>
        write(
          series.map((s) => ({ ...s, hidden: false })),
          true,
        ),
      plainStats: () => setSearch({ m: seriesText(series.map(({ stat: _stat, ...s }) => s)), stat: null }),
      clear: () => write([]),
    };
  }, [graph]);
  return [graph, actions];
}
