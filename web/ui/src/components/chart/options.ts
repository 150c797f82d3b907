// uPlot's options for a TimeChart. Everything that draws is here; nothing here
// knows React.
import uPlot from 'uplot';
import type { Formatter } from '@/lib/format';
import type { Hover } from './ChartTooltip';
import { axisIncrements, axisRange } from './shape';
import type { ChartSeries, ChartThreshold } from './TimeChart';

export interface PlotInput {
  width: number;
  height: number;
  unit: string;
  format: Formatter;
  series: (ChartSeries & { stroke: string })[];
  stacked: boolean;
  thresholds: (ChartThreshold & { stroke: string })[];
  minTop: number;
  colors: { text: string; grid: string; container: string };
  syncKey: string;
  /** The index of a newest period that is not over; null when all are. */
  filling: () => number | null;
  /** Seconds. */
  range: () => [number, number];
  onHover: (hover: Hover | null) => void;
  /** Milliseconds. */
  onZoom: (start: number, end: number) => void;
}

const axisFont = '11px system-ui, sans-serif';
const defaultIncrements = [1, 2, 2.5, 5].flatMap((n) => Array.from({ length: 30 }, (_, e) => n * 10 ** (e - 12))).sort((a, b) => a - b);
const minZoomPixels = 8; // a click is not a drag

export function makeOptions(input: PlotInput): uPlot.Options {
  const { format, unit } = input;
  const rightUnit = input.series.map((s) => s.unit ?? unit).find((u) => u !== unit);
  const thresholds = input.thresholds.map((x) => x.value);
  const yAxis = (scale: string, axisUnit: string, side: 1 | 3): uPlot.Axis => ({
    scale,
    side,
    stroke: input.colors.text,
    font: axisFont,
    grid: { show: side === 3, stroke: input.colors.grid, width: 1 },
    ticks: { show: false },
    gap: 4,
    space: 34,
    size: axisSize,
    incrs: (_u, _axis, _min, top) => axisIncrements(axisUnit, top) ?? defaultIncrements,
    values: (_u, splits) => splits.map((v) => format.value(v, axisUnit)),
  });
  return {
    width: input.width,
    height: input.height,
    legend: { show: false },
    ...(format.utc ? { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), 'UTC') } : {}),
    padding: [8, rightUnit ? 4 : 18, 0, 0],
    cursor: {
      sync: { key: input.syncKey, setSeries: false },
      drag: { x: true, y: false, setScale: false, dist: minZoomPixels },
      points: { size: 6 },
      focus: { prox: 24 },
    },
    focus: { alpha: 0.35 },
    scales: {
      x: { time: true, range: () => input.range() },
      y: { range: (_u, min, max) => axisRange(min, max, thresholds, input.minTop) },
      ...(rightUnit ? { right: { range: (_u: uPlot, min: number, max: number) => axisRange(min, max, [], rightUnit === 'Percent' ? 1 : 0) } } : {}),
    },
    axes: [
      {
        stroke: input.colors.text,
        font: axisFont,
        grid: { show: false },
        ticks: { stroke: input.colors.grid, size: 4 },
        gap: 4,
        size: 26,
        space: 70,
        values: (u, splits) => splits.map((s, i) => timeTick(s, splits[i - 1], (u.scales['x']?.max ?? 0) - (u.scales['x']?.min ?? 0), format)),
      },
      yAxis('y', unit, 3),
      ...(rightUnit ? [yAxis('right', rightUnit, 1)] : []),
    ],
    series: [{}, ...input.series.map((s) => plotSeries(s, input))],
    bands: input.stacked ? stackBands(input.series.length) : undefined,
    hooks: {
      draw: [(u) => veilFilling(u, input), (u) => drawThresholds(u, input.thresholds)],
      setCursor: [(u) => input.onHover(hoverOf(u))],
      setSelect: [
        (u) => {
          const { left, width } = u.select;
          if (width < minZoomPixels) return;
          const from = u.posToVal(left, 'x');
          const to = u.posToVal(left + width, 'x');
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          input.onZoom(from * 1000, to * 1000);
        },
      ],
    },
  };
}

/** A day where it begins, a time otherwise. */
function timeTick(seconds: number, before: number | undefined, span: number, format: Formatter): string {
  const ms = seconds * 1000;
  const day = format.date(ms);
  const midnight = format.clock(ms) === '00:00';
  if (midnight || (before !== undefined && span > 86400 && format.date(before * 1000) !== day)) {
    return format.time(ms).replace(/[,\s]*\d{2}:\d{2}$/, '');
  }
  return format.clock(ms, { seconds: span < 300 });
}

/** Wide enough for the longest label. */
function axisSize(u: uPlot, values: string[] | null, axisIdx: number): number {
  const axis = u.axes[axisIdx];
  const longest = (values ?? []).reduce((a, b) => (b.length > a.length ? b : a), '');
  if (!axis || !longest) return 40;
  u.ctx.save();
  u.ctx.font = axisFont;
  const width = u.ctx.measureText(longest).width;
  u.ctx.restore();
  return Math.ceil(width) + 12;
}

const bars = uPlot.paths.bars?.({ size: [0.9, 40], align: 1 });
const spline = uPlot.paths.linear?.();

function plotSeries(s: ChartSeries & { stroke: string }, input: PlotInput): uPlot.Series {
  const kind = s.kind ?? (input.stacked ? 'area' : 'line');
  return {
    label: s.label,
    scale: (s.unit ?? input.unit) === input.unit ? 'y' : 'right',
    stroke: s.stroke,
    width: kind === 'bars' ? 0 : 1.5,
    dash: s.dash,
    fill: kind === 'bars' ? s.stroke : kind === 'area' ? `color-mix(in srgb, ${s.stroke} ${input.stacked ? 45 : 16}%, transparent)` : undefined,
    paths: kind === 'bars' ? bars : spline,
    // Lone points have no line to show them.
    points: kind === 'bars' ? { show: false } : { size: 4, filter: lonePoints },
    spanGaps: false,
  };
}

/** Indexes of points whose neighbours are both gaps. */
function lonePoints(u: uPlot, seriesIdx: number): number[] | null {
  const column = u.data[seriesIdx] ?? [];
  const alone: number[] = [];
  for (let i = 0; i < column.length; i++) {
    if (column[i] != null && column[i - 1] == null && column[i + 1] == null) alone.push(i);
  }
  return alone;
}

function stackBands(n: number): uPlot.Band[] {
  return Array.from({ length: Math.max(0, n - 1) }, (_, i) => ({ series: [i + 2, i + 1] as [number, number] }));
}

const veil = 0.62; // of the background over what is not complete

/** A period that is not over shows less than it will: it is drawn pale, not as a drop. */
function veilFilling(u: uPlot, input: PlotInput): void {
  const at = input.filling();
  if (at === null || at < 1) return;
  const bars = input.series.every((s) => s.kind === 'bars');
  const from = u.data[0][bars ? at : at - 1]; // the line that leads to it begins a point before
  if (from === undefined) return;
  const { ctx, bbox } = u;
  const left = Math.max(bbox.left, Math.round(u.valToPos(from, 'x', true)));
  if (left >= bbox.left + bbox.width) return;
  ctx.save();
  ctx.globalAlpha = veil;
  ctx.fillStyle = input.colors.container;
  ctx.fillRect(left, bbox.top, bbox.left + bbox.width - left, bbox.height);
  ctx.restore();
}

function drawThresholds(u: uPlot, thresholds: PlotInput['thresholds']): void {
  const { ctx, bbox } = u;
  const top = u.scales['y']?.max ?? 0;
  for (const x of thresholds) {
    if (x.value > top) continue;
    const y = Math.round(u.valToPos(x.value, 'y', true)) + 0.5;
    ctx.save();
    ctx.strokeStyle = x.stroke;
    ctx.fillStyle = x.stroke;
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textAlign = 'right';
    ctx.textBaseline = 'bottom';
    ctx.fillText(x.label, bbox.left + bbox.width - 4, y - 2);
    ctx.restore();
  }
}

function hoverOf(u: uPlot): Hover | null {
  const { idx, left, top } = u.cursor;
  if (idx === null || idx === undefined || left === undefined || left < 0) return null;
  const focused = u.series.findIndex((s, i) => i > 0 && (s as { _focus?: boolean | null })._focus === true);
  return {
    index: idx,
    left: left + u.bbox.left / devicePixelRatio,
    top: top ?? 0,
    focused: focused > 0 ? focused - 1 : null,
  };
}
