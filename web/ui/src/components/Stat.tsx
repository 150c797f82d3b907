// One number of a summary strip.
import type { ReactNode } from 'react';
import type { Status } from './StatusBadge';
import { StatusIcon } from './StatusBadge';
import './Stat.css';

export interface StatProps {
  label: string;
  value: ReactNode;
  /** Beneath the number: what it is compared with, or its parts. */
  note?: ReactNode;
  status?: Status;
  title?: string;
}

export function Stat({ label, value, note, status, title }: StatProps) {
  return (
    <div className="sw-stat" title={title}>
      <dt>{label}</dt>
      <dd>
        <span className="sw-stat-value">
          {status && status !== 'none' ? <StatusIcon status={status} /> : null}
          {value}
        </span>
        {note ? <span className="sw-stat-note">{note}</span> : null}
      </dd>
    </div>
  );
}

/** A row of Stats that wraps on narrow screens. */
export function StatStrip({ children, label }: { children: ReactNode; label: string }) {
  return (
    <dl className="sw-stats sw-panel" aria-label={label}>
      {children}
    </dl>
  );
}
