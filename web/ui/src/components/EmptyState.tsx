// An empty place says why it is empty and what would fill it.
import type { ReactNode } from 'react';
import './EmptyState.css';

export interface EmptyStateProps {
  /** Why nothing is here, in one sentence. */
  reason: string;
  /** What would fill the place. */
  children?: ReactNode;
  /** Buttons or links. */
  actions?: ReactNode;
}

export function EmptyState({ reason, children, actions }: EmptyStateProps) {
  return (
    <div className="sw-empty" role="status">
      <p className="sw-empty-reason">{reason}</p>
      {children ? <div className="sw-empty-text">{children}</div> : null}
      {actions ? <div className="sw-row sw-empty-actions">{actions}</div> : null}
    </div>
  );
}
