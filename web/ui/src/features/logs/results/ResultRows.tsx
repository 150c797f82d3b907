// The rows of a result: a virtual table that scrolls by itself, whatever the
// number of rows. A row opens to its whole event.
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useElementWidth } from '@/lib/elementSize';
import { useFormat, useT } from '@/lib/i18n';
import { levelOf, oneLine, shortLine } from '@/lib/logLine';
import type { Drill } from '../lang/drill';
import { RowDetails, type RowFilter } from './RowDetails';
import { columnWidths, nextResultSort, type ResultColumn, type ResultSort, type ResultTable, timeOf } from './table';
import { type NumberUnit, unitSigns } from './units';

const rowHeight = 28;
const toggleWidth = 30;
const headHeight = 46; // the heading and a scroll bar
const mostHeight = 620;
const narrowBelow = 560;
const leastMessage = { wide: 320, narrow: 180 };

interface ResultRowsProps {
  label: string;
  table: ResultTable;
  /** What each column's numbers are counted in. */
  units: readonly (NumberUnit | null)[];
  /** Row indexes in the order shown. */
  order: readonly number[];
  /** The column whose values have bars beside them, or -1. */
  bars: number;
  sort: ResultSort | null;
  onSort: (sort: ResultSort | null) => void;
  onFilter: RowFilter;
  /** The events that a row of stats counts; null where they cannot be named. */
  behind: (row: number) => Drill | null;
  onGo: (drill: Drill) => void;
  /** Tells whether the user is reading: rows are open or scrolled. */
  onReading: (reading: boolean) => void;
}

export function ResultRows({ label, table, units, order, bars, sort, onSort, onFilter, behind, onGo, onReading }: ResultRowsProps) {
  const t = useT();
  const host = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const [active, setActive] = useState(0);
  const width = useElementWidth(host);
  const narrow = width > 0 && width < narrowBelow;
  const widths = useMemo(() => columnWidths(table, narrow, (at) => !!units[at]), [table, narrow, units]);
  useEffect(() => setOpen(new Set()), [table]);
  const virtual = useVirtualizer({
    count: order.length,
    getScrollElement: () => host.current,
    estimateSize: () => rowHeight,
    getItemKey: (i) => order[i] ?? i,
    overscan: 12,
    scrollPaddingStart: rowHeight,
  });
  const message = narrow ? leastMessage.narrow : leastMessage.wide;
  // Bars take the room that is left; else the message or the first text does.
  const grows = (at: number) => at === (bars >= 0 && !narrow ? bars : growing(table.columns));
  const top = useMemo(() => (bars < 0 ? 0 : table.rows.reduce((most, r) => Math.max(most, Number(r[bars] ?? 0)), 0)), [table, bars]);
  const template = `${toggleWidth}px ${table.columns.map((c, i) => (grows(i) ? `minmax(${c.kind === 'message' ? message : widths[i]}px, 1fr)` : `${widths[i]}px`)).join(' ')}`;
  const least = toggleWidth + table.columns.reduce((sum, c, i) => sum + (grows(i) && c.kind === 'message' ? message : (widths[i] ?? 0)), 0);
  const toggle = (row: number, at: number) => {
    const next = new Set(open);
    if (!next.delete(row)) next.add(row);
    else virtual.resizeItem(at, rowHeight);
    setActive(at);
    setOpen(next);
    onReading(next.size > 0 || (host.current?.scrollTop ?? 0) > 0);
  };
  // One function for all rows, so that rows which only scroll are not drawn again.
  const latestToggle = useRef(toggle);
  useEffect(() => {
    latestToggle.current = toggle;
  });
  const onToggle = useCallback((row: number, at: number) => latestToggle.current(row, at), []);
  const focusRow = (to: number) => {
    const next = Math.max(0, Math.min(order.length - 1, to));
    setActive(next);
    virtual.scrollToIndex(next, { align: 'auto' });
    requestAnimationFrame(() => requestAnimationFrame(() => host.current?.querySelector<HTMLElement>(`[data-at="${next}"] .sw-result-toggle`)?.focus()));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.target as HTMLElement).classList.contains('sw-result-toggle')) return;
    const page = Math.max(1, Math.floor((host.current?.clientHeight ?? 400) / rowHeight) - 2);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -order.length, End: order.length };
    const step = steps[event.key];
    if (step === undefined || event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    focusRow(active + step);
  };
  return (
    <div ref={host} className="sw-result-rows" tabIndex={0} role="region" aria-label={label} onKeyDown={onKeyDown} style={{ height: Math.min(mostHeight, virtual.getTotalSize() + headHeight) }} onScroll={(event) => onReading(open.size > 0 || event.currentTarget.scrollTop > 0)}>
      <div role="table" aria-label={label} aria-rowcount={order.length + 1} style={{ minWidth: least }}>
        <div role="row" aria-rowindex={1} className="sw-result-head" style={{ gridTemplateColumns: template }}>
          <span role="columnheader">
            <span className="sw-visually-hidden">{t('logs.row.open')}</span>
          </span>
          {table.columns.map((c, i) => {
            const unit = units[i];
            const direction = sort?.column === c.name ? sort.direction : null;
            return (
              <div key={c.name} role="columnheader" aria-sort={direction ? (direction === 'asc' ? 'ascending' : 'descending') : undefined} className={c.name === table.columns[narrow ? -1 : bars]?.name ? 'sw-result-bar' : c.kind === 'number' ? 'sw-result-number' : undefined}>
                <button type="button" title={t('common.sortBy', { column: c.name })} onClick={() => onSort(nextResultSort(c, sort))}>
                  <span>{c.name}</span>
                  {unit ? <small>{unitSigns[unit.unit]}</small> : null}
                  <span className="sw-sort" aria-hidden="true">
                    {direction === 'asc' ? '▲' : direction === 'desc' ? '▼' : ''}
                  </span>
                </button>
              </div>
            );
          })}
        </div>
        <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map((item) => {
            const index = order[item.index];
            const cells = index === undefined ? undefined : table.rows[index];
            if (index === undefined || !cells) return null;
            return (
              <div key={item.key} ref={open.has(index) ? virtual.measureElement : undefined} data-index={item.index} data-at={item.index} className="sw-result-item" style={{ transform: `translateY(${item.start}px)` }} role="presentation">
                <Row
                  cells={cells}
                  columns={table.columns}
                  units={units}
                  template={template}
                  at={item.index}
                  open={open.has(index)}
                  tabIndex={item.index === Math.min(active, order.length - 1) ? 0 : -1}
                  narrow={narrow}
                  bars={narrow ? -1 : bars}
                  top={top}
                  row={index}
                  onToggle={onToggle}
                />
                {open.has(index) ? (
                  <div role="row" className="sw-result-open">
                    <div role="cell">
                      <RowDetails columns={table.columns} cells={cells} events={table.pointers.length > 0} pointer={table.pointers[index]} behind={behind(index)} onFilter={onFilter} onGo={onGo} />
                    </div>
                  </div>
                ) : null}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** The column that takes the width that is left: the message; without one the first text. */
function growing(columns: readonly ResultColumn[]): number {
  const message = columns.findIndex((c) => c.kind === 'message');
  return message >= 0 ? message : columns.findIndex((c) => c.kind === 'text');
}

interface RowProps {
  cells: readonly (string | undefined)[];
  columns: readonly ResultColumn[];
  units: readonly (NumberUnit | null)[];
  template: string;
  at: number;
  open: boolean;
  tabIndex: 0 | -1;
  narrow: boolean;
  bars: number;
  /** The largest value of the bars. */
  top: number;
  /** Index into the table. */
  row: number;
  onToggle: (row: number, at: number) => void;
}

const Row = memo(function Row({ cells, columns, units, template, at, open, tabIndex, narrow, bars, top, row, onToggle }: RowProps) {
  const t = useT();
  const message = columns.findIndex((c) => c.kind === 'message');
  const level = message >= 0 ? levelOf(cells[message] ?? '') : 'plain';
  return (
    <div role="row" aria-rowindex={at + 2} className={`sw-result-row sw-level-${level}`} style={{ gridTemplateColumns: template }} onClick={(event) => !(window.getSelection()?.toString() && event.detail > 0) && onToggle(row, at)}>
      <div role="cell">
        <button
          type="button"
          className="sw-result-toggle"
          aria-expanded={open}
          aria-label={t(open ? 'logs.row.close' : 'logs.row.open')}
          tabIndex={tabIndex}
          onClick={(event) => {
            event.stopPropagation();
            onToggle(row, at);
          }}
        >
          {open ? '▾' : '▸'}
        </button>
      </div>
      {columns.map((c, i) => (
        i === bars ? <BarCell key={c.name} value={cells[i]} top={top} scale={units[i]?.scale} /> : <Cell key={c.name} column={c} value={cells[i]} narrow={narrow} scale={units[i]?.scale} />
      ))}
    </div>
  );
});

/** The server's value is the cell's title. */
function BarCell({ value, top, scale = 1 }: { value: string | undefined; top: number; scale?: number }) {
  const format = useFormat();
  if (value === undefined) return <div role="cell" />;
  return (
    <div role="cell" className="sw-result-bar" title={value}>
      <span>{format.exact(Number(value) * scale)}</span>
      <i style={{ width: `${top > 0 ? (Number(value) / top) * 100 : 0}%` }} />
    </div>
  );
}

function Cell({ column, value, narrow, scale = 1 }: { column: ResultColumn; value: string | undefined; narrow: boolean; scale?: number }) {
  const format = useFormat();
  if (value === undefined) return <div role="cell" />;
  if (column.kind === 'time') {
    return (
      <div role="cell" title={`${value} UTC`}>
        {narrow ? format.clock(timeOf(value) ?? 0, { seconds: true }) : format.time(timeOf(value), { ms: true })}
      </div>
    );
  }
  if (column.kind === 'number') {
    return (
      <div role="cell" className="sw-result-number" title={value}>
        {format.exact(Number(value) * scale)}
      </div>
    );
  }
  // The account stands before every group's name: one glance less.
  if (column.name === '@log') return <div role="cell" title={value}>{value.replace(/^\d{12}:/, '')}</div>;
  return <div role="cell" className={column.kind === 'message' ? 'sw-result-message' : undefined}>{column.kind === 'message' && narrow ? shortLine(value) : oneLine(value)}</div>;
}
