// A search box over a virtual list whose items are chosen and unchosen: arrow
// keys move, Enter chooses, also while the box keeps the focus.
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useId, useRef, useState } from 'react';
import './SearchList.css';

export interface SearchListProps<T> {
  label: string;
  placeholder: string;
  text: string;
  onText: (text: string) => void;
  items: readonly T[];
  itemKey: (item: T) => string;
  selected: (item: T) => boolean;
  onToggle: (item: T) => void;
  render: (item: T) => ReactNode;
  rowHeight: number;
  /** Most pixels the list takes. */
  maxHeight?: number;
  inputRef?: RefObject<HTMLInputElement | null>;
  autoFocus?: boolean;
  onEscape?: () => void;
  /** Beside the box. */
  aside?: ReactNode;
  /** Between the box and the list. */
  above?: ReactNode;
  /** Instead of the list when there are no items. */
  empty?: ReactNode;
  /** The list is shown; otherwise only the box. */
  open?: boolean;
  onFocus?: () => void;
}

const pageRows = 8;

export function SearchList<T>(props: SearchListProps<T>) {
  const { label, items, itemKey, selected, onToggle, rowHeight, maxHeight = 320, open = true } = props;
  const id = useId();
  const host = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const at = Math.min(active, items.length - 1);
  useEffect(() => setActive(0), [props.text]);
  const virtual = useVirtualizer({ count: items.length, getScrollElement: () => host.current, estimateSize: () => rowHeight, overscan: 8 });
  useEffect(() => virtual.measure(), [virtual, rowHeight]);
  const go = (to: number) => {
    const next = Math.max(0, Math.min(items.length - 1, to));
    setActive(next);
    virtual.scrollToIndex(next, { align: 'auto' });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const inBox = (event.target as HTMLElement).tagName === 'INPUT';
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: pageRows, PageUp: -pageRows };
    const step = steps[event.key];
    const item = items[at];
    if (step !== undefined) go(at + step);
    else if (item !== undefined && (event.key === 'Enter' || (event.key === ' ' && !inBox))) onToggle(item);
    else if (event.key === 'Escape') {
      if (props.text !== '') props.onText('');
      else props.onEscape?.();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const listed = open && items.length > 0;
  return (
    <div className="sw-search-list" onKeyDown={onKeyDown}>
      <div className="sw-row">
        <input
          ref={props.inputRef}
          className="sw-field sw-search-box"
          type="text"
          role="combobox"
          spellCheck={false}
          autoComplete="off"
          aria-label={label}
          aria-expanded={listed}
          aria-controls={listed ? id : undefined}
          aria-activedescendant={listed ? `${id}-${at}` : undefined}
          placeholder={props.placeholder}
          autoFocus={props.autoFocus}
          value={props.text}
          onChange={(event) => props.onText(event.target.value)}
          onFocus={props.onFocus}
        />
        {props.aside}
      </div>
      {open ? props.above : null}
      {listed ? (
        <div ref={host} id={id} className="sw-search-rows" role="listbox" aria-multiselectable="true" aria-label={label} tabIndex={0} style={{ height: Math.min(maxHeight, items.length * rowHeight + 2) }}>
          <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
            {virtual.getVirtualItems().map((v) => {
              const item = items[v.index];
              if (item === undefined) return null;
              return (
                <div
                  key={itemKey(item)}
                  id={`${id}-${v.index}`}
                  role="option"
                  aria-selected={selected(item)}
                  aria-setsize={items.length}
                  aria-posinset={v.index + 1}
                  data-active={v.index === at || undefined}
                  className="sw-search-row"
                  style={{ height: rowHeight, transform: `translateY(${v.start}px)` }}
                  onClick={() => {
                    setActive(v.index);
                    onToggle(item);
                  }}
                >
                  <span className="sw-check" aria-hidden="true" />
                  {props.render(item)}
                </div>
              );
            })}
          </div>
        </div>
      ) : open ? (
        props.empty
      ) : null}
    </div>
  );
}
