// Pure shaping of chart data.

/** Running sums of the visible columns; hidden ones stay as they are. A gap counts as nothing unless all are gaps. */
export function stackColumns(columns: readonly (readonly (number | null)[])[], visible: readonly boolean[]): (number | null)[][] {
  const n = columns[0]?.length ?? 0;
  const sum = new Array<number>(n).fill(0);
  const any = new Array<boolean>(n).fill(false);
  return columns.map((column, at) => {
    if (!visible[at]) return [...column];
    return column.map((v, i) => {
      if (v !== null) {
        sum[i] = (sum[i] ?? 0) + v;
        any[i] = true;
      }
      return any[i] ? (sum[i] ?? 0) : null;
    });
  });
}

/** The top of an axis that holds `max` and its thresholds with a little air. */
export function axisTop(max: number | null, thresholds: readonly number[], minTop: number): number {
  const data = max === null || !Number.isFinite(max) ? 0 : max;
  // A threshold far above the data would press it flat: it is shown only when it is near.
  const near = thresholds.filter((v) => v <= data * 2.5);
  const top = Math.max(data, minTop, ...near) * 1.08;
  return top > 0 ? top : 1;
}

/** An axis from zero up; values below zero pull its foot down with a little air. */
export function axisRange(min: number | null, max: number | null, thresholds: readonly number[], minTop: number): [number, number] {
  const foot = min !== null && Number.isFinite(min) && min < 0 ? min * 1.08 : 0;
  if (foot < 0 && (max ?? 0) <= 0 && minTop <= 0) return [foot, 0];
  return [foot, axisTop(max, thresholds, minTop)];
}

/** The index of the newest period when it is not over yet, so that more will come into it; null otherwise. */
export function fillingAt(times: readonly number[], now: number): number | null {
  let period = Infinity;
  for (let i = 1; i < times.length; i++) period = Math.min(period, (times[i] ?? 0) - (times[i - 1] ?? 0));
  const newest = times.at(-1);
  return newest !== undefined && newest <= now && newest + period > now && Number.isFinite(period) ? times.length - 1 : null;
}

/** The steps that make readable ticks: whole numbers for counts, powers of two for bytes, clock steps for times. */
export function axisIncrements(unit: string, top = 1): number[] | undefined {
  if (unit === 'Count' && top >= 1) return [1, 2, 5].flatMap((n) => Array.from({ length: 13 }, (_, e) => n * 10 ** e)).sort((a, b) => a - b);
  if (unit === 'Bytes' || unit === 'Kilobytes' || unit === 'Megabytes' || unit === 'Gigabytes') {
    return Array.from({ length: 60 }, (_, i) => 2 ** i);
  }
  if (unit === 'Milliseconds' || unit === 'Seconds') {
    const scale = unit === 'Seconds' ? 0.001 : 1;
    const small = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000];
    const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080].map((m) => m * 60_000);
    return [...small, ...minutes].map((ms) => ms * scale);
  }
  return undefined;
}
