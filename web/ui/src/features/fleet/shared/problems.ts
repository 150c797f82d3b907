// The ranked list of what is wrong.
import type { Fleet, Resource, Warning } from '@/api/types';
import { MINUTE } from '@/lib/timerange';
import { severityRank } from './values';

export interface Problem {
  resource: Resource;
  /** Worst first; at least one. */
  warnings: Warning[];
}

/** Resources with critical or warning rules broken, worst first; notes are left out. */
export function rankProblems(fleet: Fleet): Problem[] {
  return fleet.resources
    .map((resource) => ({ resource, warnings: resource.warnings.filter((w) => w.severity !== 'info') }))
    .filter((p) => p.warnings.length > 0)
    .sort((a, b) => weight(a) - weight(b)); // the server's order of resources decides among equals
}

function weight(problem: Problem): number {
  return severityRank(problem.warnings[0]?.severity ?? 'info');
}

/** Broken rules by severity. */
export function countSeverities(fleet: Fleet): Record<Warning['severity'], number> {
  const counts = { critical: 0, warning: 0, info: 0 };
  for (const r of fleet.resources) {
    const worst = r.warnings[0]?.severity;
    if (worst) counts[worst]++;
  }
  return counts;
}

/** Whether a problem was there when the page's range began. */
export function fromTheStart(warning: Warning, fleet: Pick<Fleet, 'start' | 'period'>): boolean {
  return warning.since !== null && warning.since <= fleet.start + fleet.period;
}

/**
 * The ?range= that shows when a problem began: a quarter of its time before it,
 * until the end of the page's range. Null when nothing is known of its start
 * or the page's own range is as good.
 */
export function problemRange(warning: Warning, fleet: Pick<Fleet, 'start' | 'end'>): string | null {
  if (warning.since === null) return null;
  const lasted = fleet.end - warning.since;
  const start = Math.max(fleet.start, warning.since - Math.max(10 * MINUTE, lasted / 4));
  if (start <= fleet.start + (fleet.end - fleet.start) * 0.05) return null;
  const text = (ms: number) => new Date(Math.round(ms / MINUTE) * MINUTE).toISOString().replace('.000Z', 'Z');
  return `${text(start)}..${text(Math.ceil(fleet.end / MINUTE) * MINUTE)}`;
}
