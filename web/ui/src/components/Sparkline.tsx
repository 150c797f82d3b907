// A small line, area or bar chart on a canvas, without axes, for table cells.
import { memo, useEffect, useRef } from 'react';
import { useMode } from '@/lib/theme';
import { type Token, tokenValue } from '@/lib/tokens';

export interface SparklineProps {
  /** One number for each period, null where there is none. */
  values: readonly (number | null)[] | undefined;
  kind?: 'line' | 'bars';
  width?: number;
  height?: number;
  color?: Token;
  /** Top of the scale; without it the largest value. */
  max?: number;
  /** What a screen reader says. */
  label: string;
}

export const Sparkline = memo(function Sparkline({ values, kind = 'line', width = 88, height = 22, color = 'chart-1', max, label }: SparklineProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  const mode = useMode();
  useEffect(() => {
    const canvas = ref.current;
    if (!canvas) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const context = canvas.getContext('2d');
    if (!context) return;
    context.scale(ratio, ratio);
    context.clearRect(0, 0, width, height);
    drawSpark(context, values ?? [], { kind, width, height, color: tokenValue(color), base: tokenValue('border'), max });
  }, [values, kind, width, height, color, max, mode]);
  return <canvas ref={ref} role="img" aria-label={label} style={{ width, height, display: 'block' }} />;
});

interface SparkStyle {
  kind: 'line' | 'bars';
  width: number;
  height: number;
  color: string;
  base: string;
  max?: number;
}

function drawSpark(c: CanvasRenderingContext2D, values: readonly (number | null)[], style: SparkStyle): void {
  const { width, height } = style;
  const top = style.max ?? values.reduce<number>((m, v) => Math.max(m, v ?? 0), 0);
  c.fillStyle = style.base;
  c.fillRect(0, height - 1, width, 1);
  if (values.length === 0 || top <= 0) return;
  const y = (v: number) => height - 1 - (Math.min(v, top) / top) * (height - 3);
  c.fillStyle = style.color;
  c.strokeStyle = style.color;
  if (style.kind === 'bars') {
    const step = width / values.length;
    values.forEach((v, i) => {
      if (v === null || v <= 0) return;
      const at = Math.min(y(v), height - 2.5); // one error among millions must still be seen
      c.fillRect(i * step, at, Math.max(1, step - 0.5), height - at);
    });
    return;
  }
  const x = (i: number) => (values.length === 1 ? width / 2 : 1 + (i / (values.length - 1)) * (width - 2));
  c.lineWidth = 1.25;
  c.lineJoin = 'round';
  c.beginPath();
  let open = false;
  values.forEach((v, i) => {
    if (v === null) {
      open = false;
      return;
    }
    if (open) c.lineTo(x(i), y(v));
    else c.moveTo(x(i), y(v));
    const alone = !open && (values[i + 1] ?? null) === null;
    if (alone) c.fillRect(x(i) - 1, y(v) - 1, 2, 2);
    open = true;
  });
  c.stroke();
}
