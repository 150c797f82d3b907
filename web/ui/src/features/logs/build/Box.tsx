// One box: a label, what it holds, and a way to add to it.
import { Children, type ReactNode } from 'react';
import { Glyph } from '@/components/Glyph';
import { Popup } from '@/components/Popup';
import { useT } from '@/lib/i18n';

interface BoxProps {
  label: string;
  /** What the adding button says to screen readers. */
  add: string;
  /** Shown while the box holds nothing. */
  empty: string;
  /** null: nothing can be added. */
  form: ((close: () => void) => ReactNode) | null;
  children?: ReactNode;
}

export function Box({ label, add, empty, form, children }: BoxProps) {
  const none = Children.toArray(children).length === 0;
  return (
    <div className="sw-box" role="group" aria-label={label}>
      <span className="sw-box-label">{label}</span>
      <div className="sw-box-items">
        {none ? <span className="sw-box-empty">{empty}</span> : children}
        {form ? (
          <Popup label={add} className="sw-icon-button" trigger="+" align="start">
            {form}
          </Popup>
        ) : null}
      </div>
    </div>
  );
}

interface BoxItemProps {
  text: string;
  mono?: boolean;
  onRemove: () => void;
  /** The form that changes it; null for what only the text can change. */
  children: ((close: () => void) => ReactNode) | null;
}

export function BoxItem({ text, mono = false, onRemove, children }: BoxItemProps) {
  const t = useT();
  const shown = <span className={mono ? 'sw-mono' : undefined}>{text}</span>;
  return (
    <span className="sw-tag">
      {children ? (
        <Popup label={t('logs.boxes.change', { item: text })} className="sw-box-change" trigger={shown} align="start">
          {children}
        </Popup>
      ) : (
        shown
      )}
      <button type="button" aria-label={t('logs.boxes.remove', { item: text })} title={t('logs.boxes.remove', { item: text })} onClick={onRemove}>
        <Glyph name="close" />
      </button>
    </span>
  );
}
