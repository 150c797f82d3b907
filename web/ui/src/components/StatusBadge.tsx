// A severity as icon and word: colour is never the only sign.
import type { Severity } from '@/api/types';
import { useT } from '@/lib/i18n';
import './StatusBadge.css';

export type Status = Severity | 'ok' | 'none';

const shapes: Record<Status, string> = {
  critical: 'M8 1l7 7-7 7-7-7zM8 4.5v4M8 10.4v1.2',
  warning: 'M8 1.5l7 13H1zM8 6v4M8 11.4v1.2',
  info: 'M8 1.2a6.8 6.8 0 110 13.6A6.8 6.8 0 018 1.2zM8 7.2v4.3M8 4.3v1.3',
  ok: 'M8 1.2a6.8 6.8 0 110 13.6A6.8 6.8 0 018 1.2zM4.8 8.2l2.2 2.2 4.2-4.6',
  none: 'M4 8h8',
};

export function StatusIcon({ status }: { status: Status }) {
  return (
    <svg className={`sw-status sw-status-${status}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={shapes[status]} />
    </svg>
  );
}

export interface StatusBadgeProps {
  status: Status;
  /** Instead of the severity's own word. */
  text?: string;
  /** Only the icon is shown; the word is for screen readers and the tooltip. */
  iconOnly?: boolean;
}

export function StatusBadge({ status, text, iconOnly = false }: StatusBadgeProps) {
  const t = useT();
  const word = text ?? (status === 'none' ? '–' : t(`severity.${status}`));
  return (
    <span className={`sw-badge sw-badge-${status}`} title={iconOnly ? word : undefined}>
      <StatusIcon status={status} />
      <span className={iconOnly ? 'sw-visually-hidden' : undefined}>{word}</span>
    </span>
  );
}
