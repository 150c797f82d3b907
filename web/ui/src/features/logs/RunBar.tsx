// Run and stop, how far it is, and filters that need no language.
import { useEffect, useState } from 'react';
import { useFormat, useT } from '@/lib/i18n';
import { comboText } from '@/lib/keys';
import { chips } from './chips';
import { containedText, hasFilter, setContainedText, toggleFilter } from './lang/pipeline';
import { type Run, useTicking } from './run/useRun';

interface RunBarProps {
  run: Run;
  text: string;
  /** Whether there is anything to run it on. */
  ready: boolean;
  onRun: () => void;
  /** Changes the text and runs it. */
  onText: (text: string) => void;
}

export function RunBar({ run, text, ready, onRun, onText }: RunBarProps) {
  const t = useT();
  const running = run.status === 'running';
  return (
    <div className="sw-run-bar">
      {running ? (
        <button type="button" className="sw-button" onClick={run.stop}>
          ■ {t('logs.stop')}
        </button>
      ) : (
        <button type="button" className="sw-button sw-button-primary" disabled={!ready} onClick={onRun} title={comboText('mod+Enter')}>
          {t('logs.run')} <span className="sw-run-key">{comboText('mod+Enter')}</span>
        </button>
      )}
      <ContainsBox text={text} onText={onText} />
      <div className="sw-row sw-chips" role="group" aria-label={t('logs.chips')}>
        {chips.map((chip) => (
          <button key={chip.id} type="button" className="sw-log-chip" aria-pressed={hasFilter(text, chip.condition)} title={`filter ${chip.condition}`} onClick={() => onText(toggleFilter(text, chip.condition))}>
            {t(chip.label)}
          </button>
        ))}
      </div>
      <RunProgress run={run} />
    </div>
  );
}

/** "contains …": one filter line of the text. Enter runs it. */
function ContainsBox({ text, onText }: { text: string; onText: (text: string) => void }) {
  const t = useT();
  const inText = containedText(text);
  const [typed, setTyped] = useState(inText);
  useEffect(() => setTyped(inText), [inText]);
  const apply = () => typed !== inText && onText(setContainedText(text, typed));
  return (
    <input
      className="sw-field sw-contains"
      type="search"
      spellCheck={false}
      aria-label={t('logs.contains')}
      placeholder={t('logs.contains')}
      title={t('logs.contains.title')}
      value={typed}
      onChange={(event) => {
        setTyped(event.target.value);
        if (event.target.value === '' && inText !== '') onText(setContainedText(text, ''));
      }}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') apply();
        if (event.key === 'Escape') setTyped(inText);
      }}
      onBlur={apply}
    />
  );
}

const slowMs = 150; // a spinner only for what takes longer

function RunProgress({ run }: { run: Run }) {
  const t = useT();
  const format = useFormat();
  const running = run.status === 'running';
  const ticking = useTicking(running);
  const elapsed = running ? ticking : run.elapsedMs;
  const s = run.statistics;
  if (run.status === 'idle' || (running && elapsed < slowMs)) return <span className="sw-run-progress" />;
  const numbers = s ? t('logs.scanned', { matched: format.count(s.recordsMatched), n: format.count(s.recordsScanned), bytes: format.bytes(s.bytesScanned) }) : '';
  const exact = s
    ? [
        [t('logs.progress.matched'), format.exact(s.recordsMatched)],
        [t('logs.progress.scanned'), format.exact(s.recordsScanned)],
        [t('logs.progress.skipped'), format.exact(s.estimatedRecordsSkipped)],
        [t('logs.progress.bytes'), format.exact(s.bytesScanned)],
        [t('logs.groups'), format.exact(s.logGroupsScanned)],
        ...(elapsed > 0 && run.status !== 'error' ? [[t('logs.progress.rate'), format.count(Math.round((s.recordsScanned / elapsed) * 1000))]] : []),
      ]
        .map(([name, value]) => `${name}: ${value}`)
        .join('\n')
    : undefined;
  return (
    <span className="sw-run-progress sw-secondary" title={exact} role="status" aria-live={running ? 'off' : 'polite'}>
      {running ? <span className="sw-run-spin sw-spin" aria-hidden="true" /> : null}
      {run.status === 'stopped' ? t('logs.stopped') : ''} {numbers} {run.status === 'error' ? '' : `· ${format.duration(elapsed)}`}
    </span>
  );
}
