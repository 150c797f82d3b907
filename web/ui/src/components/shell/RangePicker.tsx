// The page's time range: quick choices, half-range shifts, and a panel for any
// other range. `t` opens the panel, `[` and `]` shift.
import Button from '@cloudscape-design/components/button';
import { type FormEvent, useCallback, useRef, useState } from 'react';
import { Popup } from '@/components/Popup';
import { useFormat, useT } from '@/lib/i18n';
import { useHotkey } from '@/lib/keys';
import { useTimeRange } from '@/lib/rangeState';
import { absoluteRange, parseRange, quickRanges, type TimeRange } from '@/lib/timerange';
import { Icon } from './Icon';
import './RangePicker.css';

/** The range in words: "Last 3 h", or both instants. */
function useRangeWords(range: TimeRange): string {
  const t = useT();
  const format = useFormat();
  return range.kind === 'relative'
    ? t('range.last', { duration: format.span(range.text) })
    : `${format.time(range.start)} – ${format.time(range.end)}`;
}

export function RangePicker() {
  const t = useT();
  const state = useTimeRange();
  const words = useRangeWords(state.range);
  const open = useRef<() => void>(() => {});
  const opener = useCallback((show: () => void) => {
    open.current = show;
  }, []);
  useHotkey('t', 'keys.range', () => open.current(), { everywhere: true });
  useHotkey('[', 'keys.earlier', () => state.shift(-1), { everywhere: true });
  useHotkey(']', 'keys.later', () => state.shift(1), { everywhere: true });
  return (
    <div className="sw-range" role="group" aria-label={t('range.label')}>
      <button type="button" className="sw-top-button" aria-label={t('range.earlier')} title={`${t('range.earlier')}  [`} onClick={() => state.shift(-1)}>
        <Icon name="left" />
      </button>
      <div className="sw-range-quick" role="group" aria-label={t('range.quick')}>
        {quickRanges.map((text) => (
          <button key={text} type="button" aria-pressed={state.text === text} onClick={() => state.set(text)}>
            {text}
          </button>
        ))}
      </div>
      <Popup
        label={`${t('range.label')}: ${words}`}
        className="sw-top-button sw-range-words"
        opener={opener}
        trigger={
          <>
            <Icon name="clock" />
            <span>{words}</span>
            <Icon name="down" />
          </>
        }
      >
        {(close) => <RangePanel close={close} />}
      </Popup>
      <button type="button" className="sw-top-button" aria-label={t('range.later')} title={`${t('range.later')}  ]`} onClick={() => state.shift(1)}>
        <Icon name="right" />
      </button>
    </div>
  );
}

/** An instant as a datetime-local input has it, in the chosen zone. */
function inputText(ms: number, utc: boolean): string {
  const zoneOffset = utc ? 0 : new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - zoneOffset).toISOString().slice(0, 16);
}

/** The instant of a datetime-local input. */
function instantOf(text: string, utc: boolean): number {
  return new Date(utc ? `${text}Z` : text).getTime();
}

function RangePanel({ close }: { close: () => void }) {
  const t = useT();
  const format = useFormat();
  const state = useTimeRange();
  const [interval] = useState(state.resolve);
  const [from, setFrom] = useState(inputText(interval.start, format.utc));
  const [to, setTo] = useState(inputText(interval.end, format.utc));
  const [relative, setRelative] = useState(state.range.kind === 'relative' ? state.range.text : '');
  const [problem, setProblem] = useState('');
  const choose = (range: TimeRange | string) => {
    state.set(range);
    close();
  };
  const applyRelative = (event: FormEvent) => {
    event.preventDefault();
    const range = parseRange(relative.trim().toLowerCase());
    if (range?.kind === 'relative') choose(range);
    else setProblem(t('range.badRelative'));
  };
  const applyAbsolute = (event: FormEvent) => {
    event.preventDefault();
    const [start, end] = [instantOf(from, format.utc), instantOf(to, format.utc)];
    if (end > start) choose(absoluteRange(start, end));
    else setProblem(t('range.bad'));
  };
  const zone = format.utc ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <div className="sw-range-panel">
      <div className="sw-row">
        {quickRanges.map((text, i) => (
          <button key={text} type="button" className="sw-range-chip" data-autofocus={i === 0 || undefined} aria-pressed={state.text === text} onClick={() => choose(text)}>
            {format.span(text)}
          </button>
        ))}
      </div>
      <form onSubmit={applyRelative}>
        <label>
          {t('range.relative')}
          <input className="sw-field" value={relative} onChange={(e) => setRelative(e.target.value)} />
        </label>
        <Button formAction="submit">{t('range.apply')}</Button>
      </form>
      <form onSubmit={applyAbsolute}>
        <label>
          {t('range.from')}
          <input className="sw-field" type="datetime-local" value={from} onChange={(e) => setFrom(e.target.value)} />
        </label>
        <label>
          {t('range.to')}
          <input className="sw-field" type="datetime-local" value={to} onChange={(e) => setTo(e.target.value)} />
        </label>
        <Button formAction="submit">{t('range.apply')}</Button>
      </form>
      {problem ? (
        <div role="alert" className="sw-range-problem">
          {problem}
        </div>
      ) : null}
      <div className="sw-secondary">{t('range.zone', { zone })}</div>
    </div>
  );
}
