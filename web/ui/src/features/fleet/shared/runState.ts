// States of a Glue job run in words.
import type { Translate } from '@/lib/i18n';

const runStates = ['SUCCEEDED', 'FAILED', 'TIMEOUT', 'ERROR', 'EXPIRED', 'STOPPED', 'STOPPING', 'STARTING', 'RUNNING', 'WAITING'] as const;

/** A Glue run state in words; an unknown one as it is. */
export function runStateText(state: string, t: Translate): string {
  const known = runStates.find((s) => s === state);
  return known ? t(`run.${known}`) : state;
}
