// What the cursor points at: the time and each series' value, largest first.
import { serverNow } from '@/lib/clock';
import { useFormat, useT } from '@/lib/i18n';
import { chartToken } from '@/lib/tokens';
import { fillingAt } from './shape';
import type { ChartSeries } from './TimeChart';

export interface Hover {
  /** Index into times. */
  index: number;
  /** Pixels within the chart. */
  left: number;
  top: number;
  /** Index of the series nearest to the cursor. */
  focused: number | null;
}

const maxRows = 12; // more would cover the chart; the nearest series stays in

interface ChartTooltipProps {
  hover: Hover;
  times: readonly number[];
  series: readonly ChartSeries[];
  visible: readonly boolean[];
  unit: string;
  width: number;
}

export function ChartTooltip({ hover, times, series, visible, unit, width }: ChartTooltipProps) {
  const format = useFormat();
  const t = useT();
  const time = times[hover.index];
  if (time === undefined) return null;
  const all = series
    .map((s, i) => ({ s, i, value: s.values[hover.index] ?? null }))
    .filter((row) => visible[row.i] && row.value !== null);
  const rows = series.length > maxRows ? all.sort((a, b) => (b.value ?? 0) - (a.value ?? 0)) : all;
  const shown = rows.filter((row, at) => at < maxRows || row.i === hover.focused);
  const right = hover.left > width / 2;
  return (
    <div className="sw-chart-tip" style={right ? { right: width - hover.left + 12 } : { left: hover.left + 12 }} aria-hidden="true">
      <div className="sw-chart-tip-time">
        {format.time(time)}
        {fillingAt(times, serverNow()) === hover.index ? ` · ${t('chart.filling')}` : ''}
      </div>
      {shown.length === 0 ? t('chart.noData') : null}
      <table>
        <tbody>
          {shown.map(({ s, i, value }) => (
            <tr key={s.id} className={i === hover.focused && series.length > 1 ? 'sw-chart-tip-focus' : undefined}>
              <td>
                <i style={{ background: `var(--sw-${s.color ?? chartToken(i)})` }} />
                {s.label}
              </td>
              <td>{format.value(value, s.unit ?? unit)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > shown.length ? <div>+ {rows.length - shown.length}</div> : null}
    </div>
  );
}
