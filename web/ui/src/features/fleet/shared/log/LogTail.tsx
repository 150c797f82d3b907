// The log of one group, newest first: filter box, virtual rows, older events
// come as one scrolls.
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { ApiError } from '@/api/client';
import { useApi } from '@/api/hooks';
import { AppLink } from '@/components/AppLink';
import { EmptyState } from '@/components/EmptyState';
import { ErrorBox } from '@/components/ErrorBox';
import { useT } from '@/lib/i18n';
import { useHotkey } from '@/lib/keys';
import { useTimeRange } from '@/lib/rangeState';
import { useUrlState } from '@/lib/urlstate';
import { fetchLogPage } from './fetch';
import { LogRows, type ReadLine } from './LogRows';
import '@/components/Segments.css'; // buttons
import './LogTail.css';

const pageSize = 200;
const typingPauseMs = 400;

/** A filter pattern that one click sets. */
export interface PatternChoice {
  label: string;
  pattern: string;
}

interface LogTailProps {
  group: string;
  /** Others that could be shown instead, this one among them. */
  groups?: readonly string[];
  onGroup?: (group: string) => void;
  choices?: readonly PatternChoice[];
  /** Reads events as lines of another kind; null for one that it leaves as it is. */
  read?: ReadLine;
}

export function LogTail({ group, groups = [], onGroup, choices = [], read }: LogTailProps) {
  const t = useT();
  const { scope } = useApi();
  const { text, resolve } = useTimeRange();
  const [pattern, setPattern] = useUrlState('log');
  const query = useInfiniteQuery({
    queryKey: ['log', scope, group, text, pattern],
    initialPageParam: undefined as { token: string; start: number; end: number } | undefined,
    queryFn: async ({ signal, pageParam }) => {
      // Later pages keep the interval that their token belongs to.
      const interval = pageParam ?? resolve();
      const page = await fetchLogPage({ group, pattern, interval, limit: pageSize, token: pageParam?.token }, { signal, scope });
      return { ...page, interval };
    },
    getNextPageParam: (last) => (last.next ? { token: last.next, ...last.interval } : undefined),
    placeholderData: keepPreviousData,
  });
  const events = useMemo(() => query.data?.pages.flatMap((page) => page.events) ?? [], [query.data]);
  const missing = query.error instanceof ApiError && query.error.code === 'ResourceNotFoundException';
  return (
    <section className="sw-panel" aria-labelledby="sw-log">
      <div className="sw-row">
        <h2 id="sw-log">{t('log.title')}</h2>
        {groups.length > 1 && onGroup ? (
          <select className="sw-field sw-mono sw-log-group" aria-label={t('log.group')} value={group} onChange={(event) => onGroup(event.target.value)}>
            {groups.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        ) : (
          <span className="sw-secondary sw-mono sw-log-group">{group}</span>
        )}
        <span className="sw-row sw-page-actions">
          <AppLink to="/logs/live" params={{ group }}>
            {t('log.live')}
          </AppLink>
          <AppLink to="/logs" params={{ group }}>
            {t('log.explore')}
          </AppLink>
        </span>
      </div>
      <PatternInput value={pattern} onChange={setPattern} />
      {choices.length > 0 ? (
        <div className="sw-row sw-log-choices" role="group" aria-label={t('log.choices')}>
          {choices.map((one) => (
            <button key={one.label} type="button" className="sw-button" aria-pressed={pattern === one.pattern} title={one.pattern} onClick={() => setPattern(pattern === one.pattern ? '' : one.pattern)}>
              {one.label}
            </button>
          ))}
        </div>
      ) : null}
      {query.isError && !missing ? <ErrorBox error={query.error} onRetry={() => void query.refetch()} /> : null}
      {missing ? <EmptyState reason={t('errors.noGroup', { group })} /> : null}
      {query.data && events.length === 0 && !query.hasNextPage ? <EmptyState reason={t(pattern ? 'log.noneFiltered' : 'log.none')} /> : null}
      {events.length > 0 || query.hasNextPage ? (
        <LogRows
          events={events}
          read={read}
          more={query.hasNextPage}
          busy={query.isFetchingNextPage}
          onMore={() => void query.fetchNextPage()}
          onRequest={(id) => setPattern(`"${id}"`)}
        />
      ) : null}
    </section>
  );
}

/** Applies what was typed after a pause, or at once with Enter. */
function PatternInput({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const t = useT();
  const [typed, setTyped] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  useHotkey('/', 'keys.filter', () => input.current?.focus());
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed), typingPauseMs);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
  return (
    <input
      ref={input}
      className="sw-field sw-log-filter sw-mono"
      type="search"
      spellCheck={false}
      aria-label={t('log.filter')}
      placeholder={t('log.filter')}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onChange(typed);
        if (event.key === 'Escape') event.currentTarget.blur();
      }}
    />
  );
}
