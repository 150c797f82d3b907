// The runs of a job, from the records that end in the log group
// /skywatch/glue/job-runs (the shape of Glue's own GetJobRuns).
import type { LogEvent } from '@/api/logs';

export const runsGroup = '/skywatch/glue/job-runs';

export interface JobRun {
  id: string;
  /** As Glue writes it: SUCCEEDED, FAILED, … */
  state: string;
  /** Milliseconds; null where the record does not say. */
  started: number | null;
  completed: number | null;
  /** Milliseconds of execution, without the wait for workers. */
  durationMs: number | null;
  dpuHours: number | null;
  error: string | null;
  trigger: string | null;
  /** Prefix of the run's log groups. */
  logs: string;
}

/** Records of other jobs and texts that are none are left out; of a run told twice the newest counts. Newest first. */
export function runsOf(job: string, events: readonly LogEvent[]): JobRun[] {
  const runs = new Map<string, { at: number; run: JobRun }>();
  for (const event of events) {
    const run = runOf(job, event.message);
    const known = run && runs.get(run.id);
    if (run && !(known && known.at >= event.timestamp)) runs.set(run.id, { at: event.timestamp, run });
  }
  const begun = (r: JobRun) => r.started ?? r.completed ?? 0;
  return [...runs.values()].map((r) => r.run).sort((a, b) => begun(b) - begun(a));
}

function runOf(job: string, message: string): JobRun | null {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(message) as Record<string, unknown>;
  } catch {
    return null;
  }
  if (record === null || typeof record !== 'object' || record['JobName'] !== job || typeof record['Id'] !== 'string') return null;
  const number = (name: string) => (typeof record[name] === 'number' ? record[name] : null);
  const text = (name: string) => (typeof record[name] === 'string' && record[name] !== '' ? record[name] : null);
  const instant = (name: string) => (number(name) === null ? (text(name) === null ? null : Date.parse(text(name) as string) || null) : (number(name) as number) * 1000);
  const seconds = number('ExecutionTime');
  const dpuSeconds = number('DPUSeconds') ?? (seconds === null || number('MaxCapacity') === null ? null : seconds * (number('MaxCapacity') as number));
  return {
    id: record['Id'],
    state: text('JobRunState') ?? 'UNKNOWN',
    started: instant('StartedOn'),
    completed: instant('CompletedOn'),
    durationMs: seconds === null ? null : seconds * 1000,
    dpuHours: dpuSeconds === null ? null : dpuSeconds / 3600,
    error: text('ErrorMessage'),
    trigger: text('TriggerName'),
    logs: text('LogGroupName') ?? '/aws-glue/jobs',
  };
}

const margin = 60_000;

/** The query that shows what a run logged: groups, text, and the time it took. */
export function runLogs(run: JobRun, now: number): { group: string; q: string; range: string } {
  const at = (ms: number) => new Date(Math.round(ms / 1000) * 1000).toISOString().replace('.000', '');
  const end = run.completed ?? now;
  return {
    group: `${run.logs}/error,${run.logs}/output`,
    q: `fields @timestamp, @message\n| filter @logStream like ${JSON.stringify(run.id)}\n| sort @timestamp desc\n| limit 1000`,
    range: `${at((run.started ?? end - (run.durationMs ?? 0)) - margin)}..${at(end + margin)}`,
  };
}
