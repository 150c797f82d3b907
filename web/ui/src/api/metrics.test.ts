import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from './client';
import { getMetricData, type MetricId, toGrid, wholeOf } from './metrics';

afterEach(() => vi.unstubAllGlobals());

function answer(...bodies: [status: number, body: unknown][]) {
  const fetch = vi.fn(async (_url: string, _init: RequestInit) => {
    const [status, body] = bodies.shift() ?? [500, {}];
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });
  });
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

const query = { id: 'a', namespace: 'AWS/Lambda', metric: 'Errors', dimensions: [{ name: 'FunctionName', value: 'f' }], stat: 'Sum', period: 60 };

describe('getMetricData', () => {
  it('joins pages and reads both forms of timestamps', async () => {
    const fetch = answer(
      [200, { MetricDataResults: [{ Id: 'a', Label: 'Errors', Timestamps: [60], Values: [1], StatusCode: 'PartialData' }], NextToken: 'n' }],
      [200, { MetricDataResults: [{ Id: 'a', Label: 'Errors', Timestamps: ['1970-01-01T00:02:00Z'], Values: [2], StatusCode: 'Complete' }], Messages: [{ Value: 'note' }] }],
    );
    const data = await getMetricData([query], 0, 300_000, { scope: '1/eu' });
    expect(data.results).toEqual([{ id: 'a', label: 'Errors', times: [60_000, 120_000], values: [1, 2] }]);
    expect(data.messages).toEqual(['note']);
    const [, init] = fetch.mock.calls[1]!;
    expect(JSON.parse(String(init.body))).toMatchObject({ NextToken: 'n', StartTime: 0, EndTime: 300 });
    expect(init.headers).toMatchObject({ 'X-Amz-Target': 'GraniteServiceVersion20100801.GetMetricData', 'X-Skywatch-Scope': '1/eu' });
  });
  it('asks nothing for no queries', async () => {
    const fetch = answer();
    expect((await getMetricData([], 0, 1)).results).toEqual([]);
    expect(fetch).not.toHaveBeenCalled();
  });
  it.each<[string, number, unknown, Partial<ApiError>]>([
    ['in JSON', 400, { __type: 'com.amazonaws.cloudwatch#ValidationError', message: 'EndTime must be after StartTime' }, { code: 'ValidationError', message: 'EndTime must be after StartTime', status: 400 }],
    ['as text', 502, 'bad gateway', { code: 'HTTP 502', message: 'bad gateway' }],
    ['as a broken success', 200, '<html>', { code: 'BadResponse' }],
  ])("throws the server's words %s", async (_, status, body, want) => {
    answer([status, body]);
    const error = await getMetricData([query], 0, 1).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ ...want, operation: 'GetMetricData' });
  });
});

describe('toGrid', () => {
  it('places points by period and leaves gaps', () => {
    const grid = toGrid([{ id: 'a', label: 'a', times: [120_000, 240_000, 999_000], values: [1, 2, 3] }], 100_000, 300_000, 60_000);
    expect(grid.times).toEqual([60_000, 120_000, 180_000, 240_000]);
    expect(grid.columns.get('a')).toEqual([null, 1, null, 2]);
  });
});

describe('wholeOf', () => {
  const id = (metric: string, dimensions: Record<string, string>): MetricId => ({ namespace: 'n', metric, dimensions: Object.entries(dimensions).map(([name, value]) => ({ name, value })) });
  it('takes the fewest dimensions, and ALL before one run', () => {
    const metrics = [id('m', { ApiName: 'a', Stage: 'prod' }), id('m', { ApiName: 'a' }), id('g', { JobName: 'j', JobRunId: 'jr_1', Type: 'gauge' }), id('g', { JobName: 'j', JobRunId: 'ALL', Type: 'gauge' })];
    expect(wholeOf(metrics, 'n', 'm')).toEqual([{ name: 'ApiName', value: 'a' }]);
    expect(wholeOf(metrics, 'n', 'g')?.[1]).toEqual({ name: 'JobRunId', value: 'ALL' });
    expect(wholeOf(metrics, 'n', 'x')).toBeNull();
  });
});
