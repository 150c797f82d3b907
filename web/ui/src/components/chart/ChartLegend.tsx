// The series of a chart: click hides or shows one, double click (or alt-click) shows it alone.
import { useT } from '@/lib/i18n';
import { chartToken } from '@/lib/tokens';
import type { ChartSeries } from './TimeChart';

interface ChartLegendProps {
  series: readonly ChartSeries[];
  visible: readonly boolean[];
  onToggle: (id: string, show: boolean) => void;
  onOnly: (id: string) => void;
}

export function ChartLegend({ series, visible, onToggle, onOnly }: ChartLegendProps) {
  const t = useT();
  return (
    <ul className="sw-legend" aria-label={t('chart.legend')}>
      {series.map((s, i) => (
        <li key={s.id}>
          <button
            type="button"
            aria-pressed={visible[i] ?? false}
            title={s.label}
            onClick={(event) => (event.altKey ? onOnly(s.id) : onToggle(s.id, !visible[i]))}
            onDoubleClick={() => onOnly(s.id)}
          >
            <i className={s.dash ? 'sw-legend-dash' : undefined} style={{ background: `var(--sw-${s.color ?? chartToken(i)})` }} />
            <span>{s.label}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
