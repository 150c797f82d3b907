// A button that opens a small panel beneath it. Escape and a click outside close
// it, and the focus goes back to the button.
import { type ReactNode, useCallback, useEffect, useId, useRef, useState } from 'react';
import './Popup.css';

export interface PopupProps {
  /** The button's content. */
  trigger: ReactNode;
  /** The button's accessible name where its content does not say enough. */
  label: string;
  className?: string;
  align?: 'start' | 'end';
  children: (close: () => void) => ReactNode;
  /** Opens from outside: called with a function that opens the panel. */
  opener?: (open: () => void) => void;
}

export function Popup({ trigger, label, className = 'sw-top-button', align = 'end', children, opener }: PopupProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const close = useCallback(() => {
    setOpen(false);
    button.current?.focus();
  }, []);
  useEffect(() => opener?.(() => setOpen(true)), [opener]);
  useEffect(() => {
    if (!open) return;
    root.current?.querySelector<HTMLElement>('.sw-popup [autofocus], .sw-popup [data-autofocus], .sw-popup button, .sw-popup input')?.focus();
    const outside = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open]);
  return (
    <div
      ref={root}
      className="sw-popup-root"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return;
        event.stopPropagation();
        close();
      }}
      onBlur={(event) => {
        if (open && event.relatedTarget && !root.current?.contains(event.relatedTarget as Node)) setOpen(false);
      }}
    >
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        title={label}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        {trigger}
      </button>
      {open ? (
        <div id={id} className={`sw-popup sw-popup-${align}`} role="group" aria-label={label}>
          {children(close)}
        </div>
      ) : null}
    </div>
  );
}
