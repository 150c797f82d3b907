// The choice of a period.
import { useFormat } from '@/lib/i18n';
import { periods } from './graph';

export interface PeriodSelectProps {
  label: string;
  /** Seconds; null is the first choice. */
  value: number | null;
  /** The words of the first choice: automatic, or as the page. */
  none: string;
  onChange: (period: number | null) => void;
}

export function PeriodSelect({ label, value, none, onChange }: PeriodSelectProps) {
  const format = useFormat();
  const choices = value !== null && !periods.some((p) => p === value) ? [value, ...periods] : periods;
  return (
    <select className="sw-field" aria-label={label} value={value ?? ''} onChange={(event) => onChange(event.target.value ? Number(event.target.value) : null)}>
      <option value="">{none}</option>
      {choices.map((p) => (
        <option key={p} value={p}>
          {format.duration(p * 1000)}
        </option>
      ))}
    </select>
  );
}
