// Log events as virtual rows; a click shows the whole event.
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import type { LogEvent } from '@/api/logs';
import { useElementWidth } from '@/lib/elementSize';
import { useFormat, useT } from '@/lib/i18n';
import { type Level, levelOf, oneLine, shortLine } from '@/lib/logLine';
import { requestIdOf, whole } from './message';

const rowHeight = 24;
const narrowBelow = 560;
const nearEnd = 40; // rows before the end at which older events are asked for

export type ReadLine = (message: string) => { text: string; level: Level } | null;

interface LogRowsProps {
  events: readonly LogEvent[];
  read?: ReadLine;
  more: boolean;
  busy: boolean;
  onMore: () => void;
  onRequest: (id: string) => void;
}

const keyOf = (event: LogEvent, index: number) => event.eventId ?? `${event.timestamp}/${event.logStreamName}/${index}`;

export function LogRows({ events, read, more, busy, onMore, onRequest }: LogRowsProps) {
  const t = useT();
  const format = useFormat();
  const host = useRef<HTMLDivElement>(null);
  const width = useElementWidth(host);
  const narrow = width > 0 && width < narrowBelow;
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const virtual = useVirtualizer({
    count: events.length,
    getScrollElement: () => host.current,
    estimateSize: () => rowHeight,
    getItemKey: (i) => keyOf(events[i] as LogEvent, i),
    overscan: 20,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (more && !busy && last >= events.length - nearEnd) onMore();
  }, [more, busy, last, events.length, onMore]);
  const toggle = (key: string) =>
    setOpen((old) => {
      const next = new Set(old);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  return (
    <div ref={host} className="sw-log-rows" tabIndex={0} role="region" aria-label={`${t('log.title')}, ${t('log.newest')}`}>
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {items.map((item) => {
          const event = events[item.index] as LogEvent;
          const key = String(item.key);
          const line = read?.(event.message);
          return (
            <div key={key} ref={virtual.measureElement} data-index={item.index} className="sw-log-row" style={{ transform: `translateY(${item.start}px)` }}>
              <button type="button" className={`sw-log-line sw-log-${line?.level ?? levelOf(event.message)}`} aria-expanded={open.has(key)} title={t('log.expand')} onClick={() => toggle(key)}>
                <time dateTime={new Date(event.timestamp).toISOString()}>{narrow ? format.clock(event.timestamp, { seconds: true }) : format.time(event.timestamp, { ms: true })}</time>
                <span>{line ? oneLine(line.text) : narrow ? shortLine(event.message) : oneLine(event.message)}</span>
              </button>
              {open.has(key) ? <EventDetails event={event} onRequest={onRequest} /> : null}
            </div>
          );
        })}
      </div>
      <div className="sw-log-end sw-secondary" role="status">
        {busy ? t('log.searching', { n: format.exact(events.length) }) : more ? '' : t('log.end')}
      </div>
    </div>
  );
}

function EventDetails({ event, onRequest }: { event: LogEvent; onRequest: (id: string) => void }) {
  const t = useT();
  const id = requestIdOf(event.message);
  return (
    <div className="sw-log-details">
      <pre>{whole(event.message)}</pre>
      <div className="sw-row sw-secondary">
        {event.logStreamName ? (
          <span className="sw-mono">
            {t('log.stream')}: {event.logStreamName}
          </span>
        ) : null}
        {id ? (
          <button type="button" className="sw-plain-button" onClick={() => onRequest(id)}>
            {t('log.onlyRequest')}
          </button>
        ) : null}
      </div>
    </div>
  );
}
