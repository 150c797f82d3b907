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
