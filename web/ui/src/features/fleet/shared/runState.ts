// States of a Glue job run: in words, and how bad they are.
import type { Status } from '@/components/StatusBadge';
import type { Translate } from '@/lib/i18n';

const runStates = ['SUCCEEDED', 'FAILED', 'TIMEOUT', 'ERROR', 'EXPIRED', 'STOPPED', 'STOPPING', 'STARTING', 'RUNNING', 'WAITING'] as const;

/** A Glue run state in words; an unknown one as it is. */
export function runStateText(state: string, t: Translate): string {
  const known = runStates.find((s) => s === state);
  return known ? t(`run.${known}`) : state;
}

const failedStates = ['FAILED', 'TIMEOUT', 'ERROR', 'EXPIRED'];
const activeStates = ['STARTING', 'RUNNING', 'STOPPING', 'WAITING'];

/** How a run state looks. */
export function runStatus(state: string | null): Status {
  if (state === null) return 'none';
  if (failedStates.includes(state)) return 'critical';
  if (activeStates.includes(state)) return 'info';
  return state === 'SUCCEEDED' ? 'ok' : 'warning';
}
