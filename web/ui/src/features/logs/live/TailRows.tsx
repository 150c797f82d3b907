// The rows of a live tail, newest at the bottom. The list follows the newest
// row until the user scrolls up, and again when the end is reached.
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useElementWidth } from '@/lib/elementSize';
import { useFormat, useT } from '@/lib/i18n';
import { levelOf, oneLine, shortLine } from '@/lib/logLine';
import type { TailRow } from './rows';
import { marked } from './terms';

const rowHeight = 24;
const nearEnd = 30; // pixels
const narrowBelow = 560;
const mostMarked = 20_000; // characters of an opened message

interface TailRowsProps {
  rows: readonly TailRow[];
  withGroup: boolean;
  terms: RegExp | null;
}

export function TailRows({ rows, withGroup, terms }: TailRowsProps) {
  const t = useT();
  const format = useFormat();
  const host = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const [following, setFollowing] = useState(true);
  const [active, setActive] = useState<number | null>(null); // n of the row that the keyboard is at
  const narrow = useNarrow(host);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => host.current,
    estimateSize: () => rowHeight,
    getItemKey: (i) => rows[i]?.n ?? i,
    overscan: 16,
  });
  const first = rows[0]?.n ?? 0;
  const last = rows.at(-1)?.n ?? 0;
  const seen = useRef({ first, last });
  const seenLast = useRef(last);
  if (following) seenLast.current = last;
  useLayoutEffect(() => {
    const gone = first - seen.current.first;
    seen.current = { first, last };
    const box = host.current;
    if (!box) return;
    if (following) box.scrollTop = box.scrollHeight;
    else if (gone > 0) box.scrollTop -= gone * rowHeight; // what is read stays where it is
  }, [first, last, following, rows.length]);
  useEffect(() => setOpen((before) => (before.size === 0 ? before : new Set([...before].filter((n) => n >= first)))), [first]);

  const toEnd = () => {
    setFollowing(true);
    host.current?.scrollTo({ top: host.current.scrollHeight });
  };
  const toggle = (n: number) => {
    const next = new Set(open);
    if (!next.delete(n)) next.add(n);
    else virtual.resizeItem(n - first, rowHeight);
    setOpen(next);
    setActive(n);
    setFollowing(false);
  };
  // One function for all rows, so that rows which only scroll are not drawn again.
  const latestToggle = useRef(toggle);
  useEffect(() => {
    latestToggle.current = toggle;
  });
  const onToggle = useCallback((n: number) => latestToggle.current(n), []);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const page = Math.max(1, Math.floor((host.current?.clientHeight ?? 400) / rowHeight) - 2);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -rows.length, End: rows.length };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = Math.min(rows.length - 1, Math.max(0, (active === null || active < first ? rows.length - 1 : active - first) + step));
    setActive(first + at);
    if (event.key === 'End') toEnd();
    else {
      setFollowing(false);
      virtual.scrollToIndex(at, { align: 'auto' });
    }
    requestAnimationFrame(() => requestAnimationFrame(() => host.current?.querySelector<HTMLElement>(`[data-n="${first + at}"] button`)?.focus({ preventScroll: true })));
  };
  return (
    <section className="sw-panel sw-tail" aria-label={t('logs.live.rows')}>
      <div
        ref={host}
        className="sw-tail-rows"
        tabIndex={0}
        role="region"
        aria-label={t('logs.live.rows')}
        onKeyDown={onKeyDown}
        onScroll={({ currentTarget: box }) => setFollowing(box.scrollHeight - box.scrollTop - box.clientHeight < nearEnd)}
      >
        <div role="list" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return (
              <div key={item.key} ref={open.has(row.n) ? virtual.measureElement : undefined} data-index={item.index} data-n={row.n} role="listitem" className="sw-result-item" style={{ transform: `translateY(${item.start}px)` }}>
                <Line row={row} withGroup={withGroup} narrow={narrow} terms={terms} open={open.has(row.n)} tabIndex={row.n === (active ?? last) ? 0 : -1} onToggle={onToggle} />
              </div>
            );
          })}
        </div>
      </div>
      {following ? null : (
        <button type="button" className="sw-button sw-tail-end" onClick={toEnd}>
          ↓ {last > seenLast.current ? t('logs.live.new', { n: format.exact(last - seenLast.current) }) : t('logs.live.toEnd')}
        </button>
      )}
    </section>
  );
}

function useNarrow(host: RefObject<HTMLDivElement | null>): boolean {
  const width = useElementWidth(host);
  return width > 0 && width < narrowBelow;
}

interface LineProps {
  row: TailRow;
  withGroup: boolean;
  narrow: boolean;
  terms: RegExp | null;
  open: boolean;
  tabIndex: 0 | -1;
  onToggle: (n: number) => void;
}

const Line = memo(function Line({ row, withGroup, narrow, terms, open, tabIndex, onToggle }: LineProps) {
  const t = useT();
  const format = useFormat();
  return (
    <div className={`sw-tail-line sw-level-${levelOf(row.message)}`} onClick={(event) => !(window.getSelection()?.toString() && event.detail > 0) && onToggle(row.n)}>
      <button
        type="button"
        className="sw-result-toggle"
        aria-expanded={open}
        aria-label={t(open ? 'logs.row.close' : 'logs.row.open')}
        tabIndex={tabIndex}
        onClick={(event) => {
          event.stopPropagation();
          onToggle(row.n);
        }}
      >
        {open ? '▾' : '▸'}
      </button>
      <time className="sw-secondary" title={format.time(row.timestamp, { ms: true })}>
        {format.clock(row.timestamp, { seconds: true })}
      </time>
      {withGroup ? (
        <span className="sw-tail-group sw-secondary" title={row.group}>
          {narrow ? row.group.slice(row.group.lastIndexOf('/') + 1) : row.group}
        </span>
      ) : null}
      {open ? (
        <div className="sw-tail-open" onClick={(event) => event.stopPropagation()}>
          <div className="sw-secondary">
            {row.group} · {row.logStreamName} · {format.time(row.timestamp, { ms: true })}
          </div>
          <pre>
            <Marked text={row.message.trimEnd()} terms={row.message.length <= mostMarked ? terms : null} />
          </pre>
        </div>
      ) : (
        <span className="sw-tail-message sw-result-message">
          <Marked text={narrow ? shortLine(row.message) : oneLine(row.message)} terms={terms} />
        </span>
      )}
    </div>
  );
});

function Marked({ text, terms }: { text: string; terms: RegExp | null }) {
  return marked(text, terms).map((part, i) => (i % 2 ? <mark key={i}>{part}</mark> : part));
}
