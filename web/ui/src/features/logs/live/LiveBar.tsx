// Start, stop and clear, the filter pattern, and how much comes.
import { type RefObject, useEffect, useState } from 'react';
import { StatusIcon } from '@/components/StatusBadge';
import { useFormat, useT } from '@/lib/i18n';
import { maxRows, rateOf } from './rows';
import type { LiveTail } from './useLiveTail';

interface LiveBarProps {
  live: LiveTail;
  on: boolean;
  /** Whether there is anything to follow. */
  ready: boolean;
  pattern: string;
  filter: RefObject<HTMLInputElement | null>;
  onStart: () => void;
  onPattern: (pattern: string) => void;
}

export function LiveBar({ live, on, ready, pattern, filter, onStart, onPattern }: LiveBarProps) {
  const t = useT();
  return (
    <div className="sw-run-bar">
      {on ? (
        <button type="button" className="sw-button" onClick={live.stop}>
          ■ {t('logs.live.stop')}
        </button>
      ) : (
        <button type="button" className="sw-button sw-button-primary" disabled={!ready} onClick={onStart}>
          ▶ {t('logs.live.begin')}
        </button>
      )}
      <PatternInput value={pattern} filter={filter} onChange={onPattern} />
      <button type="button" className="sw-button" disabled={live.tail.rows.length === 0} onClick={live.clear}>
        {t('logs.live.clear')}
      </button>
      <LiveState live={live} on={on} />
    </div>
  );
}

function LiveState({ live, on }: { live: LiveTail; on: boolean }) {
  const t = useT();
  const format = useFormat();
  const { rows, total, sampled } = live.tail;
  const held = rows.length === 0 ? '' : t(total > maxRows && rows.length === maxRows ? 'logs.live.newest' : 'logs.live.held', { n: format.exact(rows.length) });
  return (
    <span className="sw-run-progress sw-secondary">
      {on ? <span className="sw-live-dot" data-on={live.status === 'on'} aria-hidden="true" /> : null}
      <span role="status">{t(live.status === 'opening' ? 'logs.live.opening' : on ? 'logs.live.on' : 'logs.live.stopped')}</span>
      {live.status === 'on' ? <span>{t('logs.live.rate', { n: format.value(rateOf(live.tail), 'None') })}</span> : null}
      {on && sampled ? (
        <span className="sw-live-sampled" title={t('logs.live.sampledTitle')}>
          <StatusIcon status="warning" /> {t('logs.live.sampled')}
        </span>
      ) : null}
      <span>{held}</span>
    </span>
  );
}

/** Applies with Enter, or when it is left. */
function PatternInput({ value, filter, onChange }: { value: string; filter: RefObject<HTMLInputElement | null>; onChange: (value: string) => void }) {
  const t = useT();
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const apply = () => typed !== value && onChange(typed);
  return (
    <input
      ref={filter}
      className="sw-field sw-mono sw-live-pattern"
      type="search"
      spellCheck={false}
      maxLength={1024}
      aria-label={t('logs.live.pattern')}
      placeholder={t('logs.live.patternExample')}
      title={t('logs.live.patternTitle')}
      value={typed}
      onChange={(event) => {
        setTyped(event.target.value);
        if (event.target.value === '' && value !== '') onChange('');
      }}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') apply();
        if (event.key === 'Escape') setTyped(value);
      }}
      onBlur={apply}
    />
  );
}
