// A table of many rows that scrolls with the page: sticky sortable heading,
// virtual rows, as many columns as fit, cards on narrow screens. One tab stop;
// arrow keys move between rows.
import { defaultRangeExtractor, useWindowVirtualizer, type Range } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useCallback, useLayoutEffect, useRef, useState } from 'react';
import { useElementWidth } from '@/lib/elementSize';
import { type Column, fitColumns, type Sort } from './column';
import { SortSelect, TableHead } from './TableHead';
import './DataTable.css';

export interface DataTableProps<T> {
  /** What the table lists, for screen readers. */
  label: string;
  /** In the order shown: the caller filters and sorts. */
  rows: readonly T[];
  columns: readonly Column<T>[];
  rowKey: (row: T) => string;
  sort: Sort | null;
  onSort: (sort: Sort | null) => void;
  /** A row on a narrow screen. */
  card: (row: T, tabIndex: 0 | -1) => ReactNode;
  cardHeight: number;
  /** Shown instead of rows. */
  empty?: ReactNode;
}

const rowHeight = 36;
const cardsBelow = 640;
const virtualFrom = 100;
const overscan = 10;

export function DataTable<T>({ label, rows, columns, rowKey, sort, onSort, card, cardHeight, empty }: DataTableProps<T>) {
  const host = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const width = useElementWidth(host);
  const [margin, setMargin] = useState(0);
  const [active, setActive] = useState(0);
  // The row that keys ask for before it has the focus: fast keys add up.
  const wanted = useRef<number | null>(null);
  const cards = width > 0 && width < cardsBelow;
  const height = cards ? cardHeight : rowHeight;
  const shown = fitColumns(columns, width || 10_000);
  const activeRow = Math.min(active, rows.length - 1);

  // The focused row stays in the document also when it is scrolled away.
  const rangeExtractor = useCallback(
    (range: Range) => {
      if (rows.length < virtualFrom) return Array.from({ length: rows.length }, (_, i) => i);
      const indexes = defaultRangeExtractor(range);
      return indexes.includes(activeRow) || activeRow < 0 ? indexes : [...indexes, activeRow].sort((a, b) => a - b);
    },
    [rows.length, activeRow],
  );
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => height,
    overscan,
    scrollMargin: margin,
    scrollPaddingStart: 110,
    rangeExtractor,
    getItemKey: (i) => rowKey(rows[i] as T),
  });
  // What stands above the table comes and goes: its place is looked at after every render.
  // eslint-disable-next-line react-hooks/exhaustive-deps -- it settles, as it sets only what changed
  useLayoutEffect(() => {
    const top = (body.current?.getBoundingClientRect().top ?? 0) + window.scrollY;
    if (Math.abs(top - margin) > 1) setMargin(top);
  });
  useLayoutEffect(() => virtual.measure(), [virtual, height]);

  const focusRow = (index: number) => {
    const target = Math.max(0, Math.min(rows.length - 1, index));
    wanted.current = target;
    setActive(target);
    virtual.scrollToIndex(target, { align: 'auto' });
    requestAnimationFrame(() => requestAnimationFrame(() => body.current?.querySelector<HTMLElement>(`[data-row="${wanted.current}"] a`)?.focus()));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(window.innerHeight / height) - 4);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -rows.length, End: rows.length };
    const step = steps[event.key];
    const on = (event.target as HTMLElement).closest('[data-row]')?.getAttribute('data-row');
    if (step === undefined || on === null || on === undefined || event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    focusRow((wanted.current ?? Number(on)) + step);
  };

  const template = shown.map((c) => (c.grow ? `minmax(${c.width}px, 1fr)` : `${c.width}px`)).join(' ');
  return (
    <div ref={host} className="sw-table-host">
      {cards ? <SortSelect columns={columns} sort={sort} onSort={onSort} /> : null}
      <div className={cards ? 'sw-cards' : 'sw-table'} role="table" aria-label={label} aria-rowcount={rows.length + 1} aria-colcount={shown.length}>
        {cards ? null : <TableHead columns={shown} template={template} sort={sort} onSort={onSort} />}
        <div ref={body} role="rowgroup" className="sw-table-body" style={{ height: rows.length * height }} onKeyDown={onKeyDown}>
          {width === 0
            ? null
            : virtual.getVirtualItems().map((item) => {
                const row = rows[item.index];
                if (row === undefined) return null;
                const focusable = item.index === activeRow;
                const tabIndex = focusable ? 0 : -1;
                return (
                  <div
                    key={item.key}
                    role="row"
                    aria-rowindex={item.index + 2}
                    data-row={item.index}
                    data-active={focusable || undefined}
                    className={cards ? 'sw-card' : 'sw-tr'}
                    style={{ height, transform: `translateY(${item.start - margin}px)`, gridTemplateColumns: cards ? undefined : template }}
                    onFocus={() => {
                      wanted.current = null;
                      setActive(item.index);
                    }}
                  >
                    {cards ? (
                      <div role="cell">{card(row, tabIndex)}</div>
                    ) : (
                      shown.map((c) => (
                        <div key={c.id} role="cell" className={`sw-td sw-td-${c.align ?? 'start'}`}>
                          {c.render(row, tabIndex)}
                        </div>
                      ))
                    )}
                  </div>
                );
              })}
        </div>
      </div>
      {rows.length === 0 ? empty : null}
    </div>
  );
}
