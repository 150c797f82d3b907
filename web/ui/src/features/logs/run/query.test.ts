import { afterEach, describe, expect, it, vi } from 'vitest';
import { runQuery } from './query';

interface Call {
  operation: string;
  body: Record<string, unknown>;
}

/** Answers GetQueryResults from the list, the last one for ever. */
function serve(answers: unknown[]): Call[] {
  const calls: Call[] = [];
  let at = 0;
  vi.stubGlobal('fetch', (_url: string, init: { headers: Record<string, string>; body: string; signal?: AbortSignal }) => {
    const operation = init.headers['X-Amz-Target']?.split('.')[1] ?? '';
    calls.push({ operation, body: JSON.parse(init.body) as Record<string, unknown> });
    const answer = operation === 'StartQuery' ? { queryId: 'q1' } : operation === 'StopQuery' ? { success: true } : answers[Math.min(at++, answers.length - 1)];
    return Promise.resolve(new Response(JSON.stringify(answer)));
  });
  return calls;
}

const row = (n: number) => [{ field: 'n', value: String(n) }];
const input = { text: 'fields n', groups: ['/a'], start: 1500, end: 2500 };

afterEach(() => vi.unstubAllGlobals());

describe('runQuery', () => {
  it('asks until the query ends and tells what comes on the way', async () => {
    const calls = serve([{ status: 'Running', results: [row(1)], statistics: { recordsScanned: 5 } }, { status: 'Complete', results: [row(1), row(2)] }]);
    const seen: number[] = [];
    const done = await runQuery(input, { signal: new AbortController().signal, onProgress: (p) => seen.push(p.rows.length, p.statistics.recordsScanned) });
    expect(seen).toEqual([1, 5]);
    expect(done.rows).toHaveLength(2);
    expect(calls[0]).toEqual({ operation: 'StartQuery', body: { queryString: 'fields n', startTime: 1, endTime: 3, logGroupNames: ['/a'] } });
    expect(calls.slice(1).map((c) => c.operation)).toEqual(['GetQueryResults', 'GetQueryResults']);
  });
  it('follows every page of the result', async () => {
    const calls = serve([{ status: 'Complete', results: [row(1)], nextToken: 't1' }, { status: 'Complete', results: [row(2)], nextToken: 't2' }, { status: 'Complete', results: [row(3)] }]);
    const done = await runQuery({ ...input, groups: [] }, { signal: new AbortController().signal, onProgress: () => undefined });
    expect(done.rows).toEqual([row(1), row(2), row(3)]);
    expect(calls.slice(1).map((c) => c.body['nextToken'])).toEqual([undefined, 't1', 't2']);
    expect(calls[0]?.body).not.toHaveProperty('logGroupNames');
  });
  it('stops the query on the server when it is aborted', async () => {
    const calls = serve([{ status: 'Running' }]);
    const controller = new AbortController();
    const run = runQuery(input, { signal: controller.signal, onProgress: () => controller.abort(new Error('enough')) });
    await expect(run).rejects.toThrow('enough');
    await vi.waitFor(() => expect(calls.at(-1)).toEqual({ operation: 'StopQuery', body: { queryId: 'q1' } }));
  });
  it.each(['Failed', 'Timeout'])('rejects when the query ends as %s', async (status) => {
    serve([{ status }]);
    await expect(runQuery(input, { signal: new AbortController().signal, onProgress: () => undefined })).rejects.toMatchObject({ code: `Query${status}` });
  });
  it('says why a query failed when the server does', async () => {
    serve([{ status: 'Failed', statusReason: 'sort needs more than 5 bytes' }]);
    await expect(runQuery(input, { signal: new AbortController().signal, onProgress: () => undefined })).rejects.toThrow('sort needs more than 5 bytes');
  });
});
