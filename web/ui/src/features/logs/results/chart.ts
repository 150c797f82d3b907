// A result with a time bin as chart series: one for each aggregate and each
// combination of the other keys.
import { sameColumn, type StatsShape } from '../lang/stats';
import { type ResultTable, timeOf } from './table';

export interface BinSeries {
  id: string;
  label: string;
  values: (number | null)[];
  /** For choosing the largest. */
  weight: number;
}

export interface BinChart {
  /** Starts of the bins, milliseconds, every period. */
  times: number[];
  period: number;
  series: BinSeries[];
  /** Series beyond maxSeries are left out. */
  left: number;
}

export const maxChartSeries = 30;
const maxBins = 20_000;

/** null when the result has no time bin, no aggregate, or too many bins to draw. only: the aggregates to draw, by column. */
export function binChart(table: ResultTable, shape: StatsShape | null, only?: readonly string[]): BinChart | null {
  if (!shape || table.pointers.length > 0) return null;
  const find = (name: string) => table.columns.findIndex((c) => sameColumn(c.name, name));
  const keys = shape.keys.map(find).filter((at) => at >= 0);
  const time = keys.find((at) => table.columns[at]?.kind === 'time' && (shape.bin === null || sameColumn(table.columns[at]?.name ?? '', shape.bin)));
  if (time === undefined) return null;
  const groups = keys.filter((at) => at !== time);
  const aggregates = table.columns.flatMap((c, at) => (!keys.includes(at) && c.kind === 'number' && (only === undefined || only.includes(c.name)) ? [at] : []));
  if (aggregates.length === 0) return null;
  const stamps = [...new Set(table.rows.map((r) => timeOf(r[time])))].filter((t): t is number => t !== null).sort((a, b) => a - b);
  const period = stamps.reduce((least, t, i) => (i === 0 ? least : Math.min(least, t - (stamps[i - 1] ?? t))), Infinity);
  const first = stamps[0] ?? 0;
  const last = stamps.at(-1) ?? 0;
  const even = Number.isFinite(period) && stamps.every((t) => (t - first) % period === 0);
  const step = Number.isFinite(period) ? period : 60_000;
  const times = even && (last - first) / step < maxBins ? Array.from({ length: (last - first) / step + 1 }, (_, i) => first + i * step) : stamps;
  if (times.length > maxBins) return null;
  const place = new Map(times.map((t, i) => [t, i]));
  // Counts and sums are 0 where nothing happened; other statistics are not known there.
  const empty = aggregates.map((a) => (shape.aggregates.some((s) => sameColumn(s.name, table.columns[a]?.name ?? '') && /^(count|sum|count_distinct)\s*\(/i.test(s.expression)) ? 0 : null));
  const series = new Map<string, BinSeries>();
  for (const row of table.rows) {
    const at = place.get(timeOf(row[time]) ?? NaN);
    if (at === undefined) continue;
    const group = groups.map((g) => row[g] ?? '–').join(' / ');
    aggregates.forEach((a, nth) => {
      const value = Number(row[a]);
      if (row[a] === undefined || !Number.isFinite(value)) return;
      const name = table.columns[a]?.name ?? '';
      const id = `${a}\u0000${group}`;
      const label = groups.length === 0 ? name : aggregates.length === 1 ? group : `${group} · ${name}`;
      const one = series.get(id) ?? { id, label, values: new Array<number | null>(times.length).fill(empty[nth] ?? null), weight: 0 };
      one.values[at] = value;
      one.weight += Math.abs(value);
      series.set(id, one);
    });
  }
  const all = [...series.values()];
  const kept = all.length > maxChartSeries ? [...all].sort((a, b) => b.weight - a.weight).slice(0, maxChartSeries) : all;
  return { times, period: step, series: kept, left: all.length - kept.length };
}
