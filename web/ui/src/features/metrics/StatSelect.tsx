// The choice of a statistic: the usual ones, or any other typed in.
import { useState } from 'react';
import { useT } from '@/lib/i18n';
import { standardStats } from './graph';

export interface StatSelectProps {
  label: string;
  /** null: as the page. */
  value: string | null;
  /** The page's statistic; without it "as the page" is no choice. */
  inherited?: string;
  onChange: (stat: string | null) => void;
}

const other = '\u0000other';

export function StatSelect({ label, value, inherited, onChange }: StatSelectProps) {
  const t = useT();
  const [typing, setTyping] = useState<string | null>(null);
  const name = (stat: string) => {
    const known = standardStats.find((s) => s === stat);
    return known && !known.startsWith('p') ? t(`metrics.stat.${known as 'Sum'}`) : stat;
  };
  if (typing !== null) {
    const commit = () => {
      if (typing.trim()) onChange(typing.trim());
      setTyping(null);
    };
    return (
      <input
        className="sw-field sw-stat-input sw-mono"
        aria-label={`${label}: ${t('metrics.stat.own')}`}
        placeholder="tm90 · PR(:300)"
        title={t('metrics.stat.own')}
        autoFocus
        spellCheck={false}
        value={typing}
        onChange={(event) => setTyping(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit();
          if (event.key === 'Escape') setTyping(null);
        }}
      />
    );
  }
  return (
    <select
      className="sw-field"
      aria-label={label}
      value={value ?? ''}
      onChange={(event) => {
        if (event.target.value === other) setTyping(standardStats.some((s) => s === value) ? '' : (value ?? ''));
        else onChange(event.target.value || null);
      }}
    >
      {inherited !== undefined ? <option value="">{t('metrics.stat.inherit', { stat: name(inherited) })}</option> : null}
      {standardStats.map((stat) => (
        <option key={stat} value={stat}>
          {name(stat)}
        </option>
      ))}
      {value !== null && !standardStats.some((s) => s === value) ? <option value={value}>{value}</option> : null}
      <option value={other}>{t('metrics.stat.other')}</option>
    </select>
  );
}
