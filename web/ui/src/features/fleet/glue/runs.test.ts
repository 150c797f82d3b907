import { describe, expect, it } from 'vitest';
import { runLogs, runsOf } from './runs';

const event = (timestamp: number, record: unknown) => ({ timestamp, message: typeof record === 'string' ? record : JSON.stringify(record) });
const failed = { Id: 'jr_1', JobName: 'load', JobRunState: 'FAILED', StartedOn: 1000, CompletedOn: 1090.5, ExecutionTime: 90, MaxCapacity: 20, ErrorMessage: 'no column', LogGroupName: '/x' };

describe('runsOf', () => {
  it('reads records, newest run first', () => {
    const runs = runsOf('load', [event(1, failed), event(2, { Id: 'jr_2', JobName: 'load', JobRunState: 'SUCCEEDED', StartedOn: '1970-01-01T01:00:00Z', ExecutionTime: 36, MaxCapacity: 10, DPUSeconds: 3600 })]);
    expect(runs.map((r) => [r.id, r.started, r.durationMs, r.dpuHours])).toEqual([['jr_2', 3_600_000, 36_000, 1], ['jr_1', 1_000_000, 90_000, 0.5]]);
    expect(runs[1]).toMatchObject({ state: 'FAILED', completed: 1_090_500, error: 'no column', trigger: null, logs: '/x' });
  });
  it('takes the newest record of a run and leaves others out', () => {
    const runs = runsOf('load', [event(5, { ...failed, JobRunState: 'RUNNING' }), event(9, failed), event(7, { ...failed, JobRunState: 'STARTING' }), event(1, { ...failed, JobName: 'other' }), event(1, 'not json'), event(1, 'null'), event(1, { JobName: 'load' })]);
    expect(runs.map((r) => r.state)).toEqual(['FAILED']);
  });
});

it('runLogs asks both groups for the time of the run', () => {
  const [run] = runsOf('load', [event(1, failed)]);
  expect(run && runLogs(run, 0)).toEqual({
    group: '/x/error,/x/output',
    q: 'fields @timestamp, @message\n| filter @logStream like "jr_1"\n| sort @timestamp desc\n| limit 1000',
    range: '1970-01-01T00:15:40Z..1970-01-01T00:19:11Z',
  });
});
