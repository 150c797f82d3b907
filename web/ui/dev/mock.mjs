// A stand-in for the Skywatch server while developing pages: believable answers
// of /ui/api/* and of the AWS operations the UI calls, for any number of
// resources. Nothing here is part of the product.
//
//   node dev/mock.mjs [--port 4580] [--functions 300] [--dist ../../internal/web/dist] [--backfill]
//
// With --dist it serves a built UI too, as the real server does.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: args } = parseArgs({
  options: {
    port: { type: 'string', default: '4580' },
    functions: { type: 'string', default: '300' },
    dist: { type: 'string' },
    backfill: { type: 'boolean', default: false },
  },
});
const size = Number(args.functions);
const started = Date.now();

const domains = ['orders', 'billing', 'users', 'events', 'inventory', 'shipping', 'search', 'reports', 'partner', 'audit'];
const verbs = ['load', 'transform', 'export', 'validate', 'notify', 'sync', 'dedupe', 'enrich', 'archive', 'compact', 'index', 'fanout'];
const runtimes = ['python3.12', 'python3.13', 'nodejs22.x', 'java21', 'provided.al2023'];
const name = (i) => `${domains[i % domains.length]}-${verbs[Math.floor(i / domains.length) % verbs.length]}${i >= 120 ? `-${Math.floor(i / 120) + 1}` : ''}`;

/** A repeatable number in [0, 1) for a key. */
function rand(...key) {
  let h = 2166136261;
  for (const c of key.join('|')) h = Math.imul(h ^ c.charCodeAt(0), 16777619);
  h = Math.imul(h ^ (h >>> 15), 2246822507);
  h = Math.imul(h ^ (h >>> 13), 3266489909);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}
const season = (t) => 0.65 + 0.35 * Math.sin(((t / 3_600_000 - 8) / 24) * 2 * Math.PI);

function lambda(i) {
  const memoryMB = [128, 256, 512, 1024, 2048][Math.floor(rand(i, 'm') * 5)];
  const timeoutMs = [3000, 30000, 60000, 300000, 900000][Math.floor(rand(i, 't') * 5)];
  return {
    name: name(i),
    runtime: runtimes[Math.floor(rand(i, 'r') * 5)],
    memoryMB,
    timeoutMs,
    perMinute: 800 / (i + 1) ** 0.85,
    errorRate: i === 3 ? 14 : i === 11 ? 2.4 : rand(i, 'e') < 0.1 ? rand(i, 'e2') * 0.9 : 0.001,
    usedPct: i === 7 ? 99.2 : i === 15 ? 97 : rand(i, 'u') < 0.1 ? 6 : 25 + rand(i, 'u2') * 55,
    p50: Math.min(timeoutMs * 0.4, 20 + rand(i, 'd') ** 3 * 9000),
    near: i === 21,
    throttled: i === 30,
  };
}

function lambdaResource(i, start, end, points) {
  const f = lambda(i);
  const minutes = (end - start) / 60000;
  const invocations = Math.round(f.perMinute * minutes * 0.7);
  const errors = Math.round((invocations * f.errorRate) / 100);
  const p95 = f.near ? f.timeoutMs * 0.9 : f.p50 * 2.6;
  const p99 = f.near ? f.timeoutMs * 0.98 : f.p50 * 4.1;
  const coldStarts = Math.round(invocations * (i === 40 ? 0.06 : 0.004 + rand(i, 'c') * 0.004));
  const throttles = f.throttled ? Math.round(invocations * 0.14) : 0;
  const step = (end - start) / points;
  const spark = (fn) => Array.from({ length: points }, (_, k) => fn(start + k * step, k));
  const usedMax = (f.memoryMB * Math.min(100, f.usedPct)) / 100;
  const w = [];
  const warn = (rule, severity, value, threshold, unit, evidence) =>
    w.push({ rule, severity, value, threshold, unit, since: end - Math.round((0.1 + rand(i, rule) * 0.8) * (end - start)), until: null, first: null, stretches: 1, evidence });
  if (f.errorRate > 10) warn('errors', 'critical', f.errorRate, 10, 'Percent', { errors, invocations });
  else if (f.errorRate > 1) warn('errors', 'warning', f.errorRate, 1, 'Percent', { errors, invocations });
  if (i === 7) warn('outOfMemory', 'critical', 37, 0, 'Count', { outOfMemory: 37, memoryMB: f.memoryMB });
  if (f.usedPct > 95) warn('memoryHigh', 'critical', f.usedPct, 95, 'Percent', { memoryUsedMaxMB: Math.round(usedMax), memoryMB: f.memoryMB });
  if (f.near) warn('durationHigh', 'warning', 99.1, 95, 'Percent', { durationMax: f.timeoutMs * 0.991, timeoutMs: f.timeoutMs });
  if (f.near) warn('timeouts', 'critical', 12, 0, 'Count', { timeouts: 12, timeoutMs: f.timeoutMs });
  if (f.throttled) warn('throttles', 'critical', 14, 10, 'Percent', { throttles, invocations });
  if (i === 40) warn('coldStarts', 'warning', 6, 1, 'Percent', { coldStarts, invocations });
  if (f.usedPct < 10) warn('memoryLow', 'info', f.usedPct, 10, 'Percent', { memoryUsedMaxMB: Math.round(usedMax), memoryMB: f.memoryMB });
  const gbSeconds = (invocations * f.p50 * 1.3 * f.memoryMB) / 1024 / 1000;
  return {
    name: f.name,
    firstSeen: start,
    lastSeen: end - 60000,
    attributes: { runtime: f.runtime, timeoutMs: f.timeoutMs, memoryMB: f.memoryMB },
    values: {
      invocations, errors, errorRate: f.errorRate, throttles, throttleRate: f.throttled ? 14 : 0,
      durationAvg: f.p50 * 1.3, durationP50: f.p50, durationP95: p95, durationP99: p99, durationMax: f.near ? f.timeoutMs : p99 * 1.5,
      memoryMB: f.memoryMB, memoryUsedAvgMB: usedMax * 0.9, memoryUsedMaxMB: usedMax, memoryUsedAvgPct: f.usedPct * 0.9, memoryUsedMaxPct: f.usedPct,
      coldStarts, coldStartRate: (coldStarts / Math.max(1, invocations)) * 100, initP95: 400 + rand(i, 'i') * 900,
      timeouts: f.near ? 12 : 0, outOfMemory: i === 7 ? 37 : 0, billedMs: invocations * f.p50 * 1.3, gbSeconds, costUSD: gbSeconds * 0.0000166667 + invocations * 2e-7,
      timeoutMs: f.timeoutMs, concurrencyMax: Math.ceil(f.perMinute * f.p50 / 20000),
    },
    spark: {
      invocations: spark((t, k) => Math.round(f.perMinute * (step / 60000) * season(t) * (0.85 + 0.3 * rand(i, k)))),
      errors: spark((t, k) => Math.round((f.perMinute * (step / 60000) * f.errorRate * (rand(i, k, 'e') < 0.4 ? 2 : 0.3)) / 100)),
      durationP95: spark((t, k) => (i % 17 === 5 && k < 6 ? null : p95 * (0.8 + 0.4 * rand(i, k, 'd')))),
      memoryUsedMaxPct: spark((t, k) => f.usedPct * (0.93 + 0.07 * rand(i, k, 'm'))),
    },
    warnings: w,
  };
}

function glueResource(i, start, end, points) {
  const jobName = `nightly-${name(i)}`;
  const failing = i === 2;
  const runs = Math.max(1, Math.round((end - start) / 86_400_000 * (1 + Math.floor(rand(i, 'runs') * 6))));
  const failures = failing ? 1 : i === 9 ? 1 : 0;
  const duration = 60000 * (2 + rand(i, 'gd') * 40);
  const at = Math.floor(rand(i, 'at') * points);
  const spark = (v) => Array.from({ length: points }, (_, k) => (k % 12 === at % 12 ? v(k) : null));
  const w = [];
  if (failures) w.push({ rule: 'failures', severity: failing ? 'critical' : 'warning', value: failures, threshold: 0, unit: 'Count', since: end - 3 * 3600_000, until: null, first: null, stretches: 1, evidence: { runs, failures, lastRunState: failing ? 'FAILED' : 'SUCCEEDED' } });
  if (i === 5) w.push({ rule: 'heapHigh', severity: 'warning', value: 94, threshold: 90, unit: 'Percent', since: end - 5 * 3600_000, until: null, first: null, stretches: 1, evidence: { heapMaxPct: 94 } });
  return {
    name: jobName, firstSeen: start, lastSeen: end - 3600_000, attributes: { workerType: 'G.1X', workers: 2 + (i % 9) },
    values: { runs, failures, failureRate: (failures / runs) * 100, running: i === 1 ? 1 : 0, durationAvg: duration, durationMax: duration * 1.4, dpuHours: (runs * duration * (2 + (i % 9))) / 3.6e6, costUSD: (runs * duration * (2 + (i % 9)) * 0.44) / 3.6e6, lastRunAt: end - 3600_000 * (1 + rand(i, 'l') * 10), lastRunState: failing ? 'FAILED' : i === 1 ? 'RUNNING' : 'SUCCEEDED', bytesRead: rand(i, 'b') * 1e11, recordsRead: Math.round(rand(i, 'rr') * 1e8), heapMaxPct: i === 5 ? 94 : 30 + rand(i, 'h') * 50, cpuAvgPct: 20 + rand(i, 'cpu') * 60 },
    spark: { runs: spark(() => 1), failures: spark((k) => (failing && k % 12 === at % 12 ? 1 : 0)), duration: spark((k) => duration * (0.8 + 0.4 * rand(i, k))) },
    warnings: w,
  };
}

function apiResource(i, start, end, points) {
  const n = ['public-api', 'partner-api', 'admin-api', 'webhooks', 'reporting-api', 'mobile-bff'][i % 6] + (i >= 6 ? `-v${Math.floor(i / 6) + 1}` : '');
  const count = Math.round(((end - start) / 60000) * (400 / (i + 1)));
  const rate5xx = i === 1 ? 6.2 : 0.05;
  const rate4xx = i === 3 ? 14 : 2;
  const p50 = 20 + rand(i, 'a') * 120;
  const spark = (fn) => Array.from({ length: points }, (_, k) => fn(k));
  const w = [];
  if (rate5xx > 1) w.push({ rule: 'errors5xx', severity: 'critical', value: rate5xx, threshold: 1, unit: 'Percent', since: end - 4 * 3600_000, until: null, first: null, stretches: 1, evidence: { errors5xx: Math.round((count * rate5xx) / 100), count } });
  if (rate4xx > 10) w.push({ rule: 'errors4xx', severity: 'warning', value: rate4xx, threshold: 10, unit: 'Percent', since: end - 9 * 3600_000, until: null, first: null, stretches: 1, evidence: { errors4xx: Math.round((count * rate4xx) / 100), count } });
  return {
    name: n, firstSeen: start, lastSeen: end - 60000, attributes: { type: i % 2 ? 'HTTP' : 'REST' },
    values: { count, errors4xx: Math.round((count * rate4xx) / 100), errors5xx: Math.round((count * rate5xx) / 100), rate4xx, rate5xx, latencyAvg: p50 * 1.4, latencyP50: p50, latencyP95: p50 * 4, latencyP99: p50 * 9, integrationLatencyP95: p50 * 3.7 },
    spark: { count: spark((k) => Math.round((count / points) * season(start + (k * (end - start)) / points))), errors5xx: spark((k) => (rand(i, k, '5') < 0.3 ? Math.round((count / points) * rate5xx / 50) : 0)), latencyP95: spark((k) => p50 * 4 * (0.8 + rand(i, k))) },
    warnings: w,
  };
}

function bucketResource(i, start, end) {
  const bytes = 1e9 * (1 + rand(i, 's') * 4000);
  const growth7dPct = i === 0 ? 48 : rand(i, 'g') * 6;
  const w = i === 0 ? [{ rule: 'growth', severity: 'warning', value: 48, threshold: 25, unit: 'Percent', since: end - 5 * 86_400_000, until: null, first: null, stretches: 1, evidence: { growth7dBytes: bytes * 0.32, sizeBytes: bytes } }] : [];
  return {
    name: `acme-data-${name(i)}`, firstSeen: start, lastSeen: end - 3600_000, attributes: { region: 'ap-northeast-2' },
    values: { sizeBytes: bytes, sizeByClass: { StandardStorage: bytes * 0.6, StandardIAStorage: bytes * 0.25, GlacierStorage: bytes * 0.15 }, objects: Math.round(bytes / 2e6), growthBytes: bytes * 0.01, growth7dBytes: bytes * growth7dPct / 150, growthPct7d: growth7dPct, requests: i % 3 ? Math.round(1e6 * rand(i, 'rq')) : null, errors4xx: i % 3 ? Math.round(800 * rand(i, '4')) : null, errors5xx: i % 3 ? 0 : null, bytesDownloaded: i % 3 ? bytes * 0.02 : null, bytesUploaded: i % 3 ? bytes * 0.01 : null, firstByteP95: i % 3 ? 60 : null, costUSD: (bytes / 1024 ** 3) * 0.02 },
    spark: { sizeBytes: Array.from({ length: 14 }, (_, k) => bytes * (1 - ((13 - k) * growth7dPct) / 1000)), requests: Array.from({ length: 14 }, (_, k) => (i % 3 ? Math.round(7e4 * rand(i, k)) : null)) },
    warnings: w,
  };
}

const makers = { lambda: lambdaResource, glue: glueResource, apigateway: apiResource, s3: bucketResource };
const howMany = { lambda: size, glue: Math.round(size * 0.66), apigateway: Math.min(12, size), s3: Math.min(40, size) };
const rank = { critical: 0, warning: 1, info: 2 };

let thresholds = { errorRateWarn: 1, errorRateCritical: 10, memoryHigh: 95, durationHigh: 95, coldStarts: 1, throttles: 10, memoryLow: 10, glueHeapHigh: 90, apiErrorRate5xx: 1, apiErrorRate4xx: 10, apiLatencyP99Ms: 5000, bucketGrowth: 25 };

function fleet(kind, q) {
  const start = Number(q.get('start'));
  const end = Number(q.get('end'));
  const points = Number(q.get('points') ?? 48);
  const resources = Array.from({ length: howMany[kind] }, (_, i) => makers[kind](i, start, end, points));
  const worst = (r) => Math.min(9, ...r.warnings.map((w) => rank[w.severity]));
  const traffic = (r) => r.values.invocations ?? r.values.runs ?? r.values.count ?? r.values.sizeBytes;
  resources.sort((a, b) => worst(a) - worst(b) || traffic(b) - traffic(a));
  const totals = {};
  for (const r of resources) for (const [k, v] of Object.entries(r.values)) if (typeof v === 'number') totals[k] = (totals[k] ?? 0) + v;
  if (totals.invocations) totals.errorRate = (totals.errors / totals.invocations) * 100;
  return { kind, start, end, period: (end - start) / points, sparkPeriod: 86_400_000, now: Date.now(), elapsedMs: 12.5, thresholds, resources, totals };
}

function metricData(body) {
  const results = body.MetricDataQueries.map((q) => {
    const { Metric, Period, Stat } = q.MetricStat;
    const fn = (Metric.Dimensions ?? [])[0]?.Value ?? '';
    const i = Math.max(0, Array.from({ length: size }, (_, k) => name(k)).indexOf(fn));
    const f = lambda(i);
    const scale = { Invocations: f.perMinute * (Period / 60), Errors: (f.perMinute * (Period / 60) * f.errorRate) / 100, Throttles: f.throttled ? 40 : 0, Duration: f.p50, MemoryUsed: (f.memoryMB * f.usedPct) / 100, MemorySize: f.memoryMB, MemoryUtilization: f.usedPct, ConcurrentExecutions: 4, ColdStarts: f.perMinute * Period / 9000, InitDuration: 600, BilledDuration: f.p50 * f.perMinute * (Period / 60), BilledGBSeconds: f.p50 * f.perMinute * (Period / 60) * f.memoryMB / 1.024e6, Timeouts: f.near ? 0.4 : 0, OutOfMemory: i === 7 ? 0.5 : 0, BucketSizeBytes: 1e12 }[Metric.MetricName] ?? 100;
    const factor = { p50: 1, p95: 2.6, p99: 4.1, Maximum: 6, Average: 1.3, Minimum: 0.3, Sum: 1, SampleCount: 1 }[Stat] ?? 1;
    const steady = ['MemorySize', 'MemoryUsed', 'MemoryUtilization', 'BucketSizeBytes'].includes(Metric.MetricName);
    const timestamps = [];
    const values = [];
    for (let t = Math.floor(body.StartTime / Period) * Period; t < body.EndTime; t += Period) {
      const v = scale * (steady ? (Metric.MetricName === 'MemorySize' ? 1 : 0.94 + 0.06 * rand(fn, t)) : factor * season(t * 1000) * (0.7 + 0.6 * rand(fn, Metric.MetricName, Stat, t)));
      timestamps.push(t);
      values.push(['Invocations', 'Errors', 'Throttles', 'ColdStarts', 'Timeouts', 'OutOfMemory'].includes(Metric.MetricName) ? Math.round(v) : v);
    }
    return { Id: q.Id, Label: q.Label ?? Metric.MetricName, Timestamps: timestamps, Values: values, StatusCode: 'Complete' };
  });
  return { MetricDataResults: results, Messages: [] };
}

const uuid = (k) => `${k}`.padStart(8, '0').slice(-8) + '-7a1c-4e2f-9d3b-' + `${k * 7919}`.padStart(12, '0').slice(-12);

function filterLogEvents(b) {
  const start = b.startTime ?? Date.now() - 86_400_000;
  const end = b.endTime ?? Date.now();
  const limit = Math.min(b.limit ?? 1000, 10000);
  const onlyErrors = /ERROR/.test(b.filterPattern ?? '');
  const text = onlyErrors ? '' : (b.filterPattern ?? '').replaceAll('"', '');
  const total = Math.min(20000, Math.floor((end - start) / 4000));
  const offset = Number(b.nextToken ?? 0);
  const events = [];
  let k = offset;
  for (; k < total && events.length < limit; k++) {
    const timestamp = Math.floor(b.startFromHead === false ? end - k * 4000 : start + k * 4000);
    const id = uuid(k >> 2);
    const kind = k % 61 === 7 ? 'error' : k % 4;
    const message =
      kind === 'error' ? `[ERROR] KeyError: 'customer_${k % 5}'\nTraceback (most recent call last):\n  File "/var/task/app.py", line 42, in handler\n    row = rows[key]\n`
      : kind === 0 ? `START RequestId: ${id} Version: $LATEST\n`
      : kind === 1 ? `[INFO]\t${new Date(timestamp).toISOString()}\t${id}\tloaded ${k % 900} rows from s3://acme-data-orders/part-${k}.parquet\n`
      : kind === 2 ? `END RequestId: ${id}\n`
      : `REPORT RequestId: ${id}\tDuration: ${(26 + (k % 300)).toFixed(2)} ms\tBilled Duration: ${27 + (k % 300)} ms\tMemory Size: 512 MB\tMax Memory Used: ${120 + (k % 80)} MB\t\n`;
    if (onlyErrors ? kind !== 'error' : text && !message.includes(text)) continue;
    events.push({ logStreamName: `2026/11/21/[$LATEST]${'ab12cd34'.repeat(4)}`, timestamp, message, ingestionTime: timestamp + 800, eventId: String(k).padStart(56, '3') });
  }
  return { events, searchedLogStreams: [], ...(k < total ? { nextToken: String(k) } : {}) };
}

const queriesRun = new Map(); // id to text and start
const awsOperations = {
  GetMetricData: metricData,
  FilterLogEvents: filterLogEvents,
  GetLogEvents: filterLogEvents,
  StartQuery: (b) => {
    const queryId = `12ab3456-12ab-123a-789e-${String(queriesRun.size).padStart(12, '0')}`;
    queriesRun.set(queryId, { text: b.queryString, started: Date.now() });
    return { queryId };
  },
  StopQuery: () => ({ success: true }),
  DescribeQueries: () => ({ queries: [] }),
  DescribeQueryDefinitions: () => ({ queryDefinitions: [] }),
  GetQueryResults: (b) => {
    const run = queriesRun.get(b.queryId);
    const counted = /count\(\*\) as n by bin\((\w+)\) as t$/.test(run.text); // the histogram
    const done = counted || Date.now() - run.started > 600;
    const byTime = /bin\(/.test(run.text);
    const now = Math.floor(Date.now() / 300000) * 300000;
    const at = (ms) => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
    const results = Array.from({ length: done ? 100 : 40 }, (_, k) =>
      byTime
        ? [{ field: counted ? 't' : 'bin(5m)', value: at(now - k * 300000) }, { field: counted ? 'n' : 'count(*)', value: String(Math.round(200 * rand(k))) }]
        : [{ field: '@timestamp', value: at(Date.now() - k * 4000) }, { field: '@message', value: `[INFO] loaded ${k} rows` }, { field: '@ptr', value: `ptr${k}` }],
    );
    return { status: done ? 'Complete' : 'Running', results, statistics: { recordsMatched: 100, recordsScanned: 41231, bytesScanned: 9123456 }, queryLanguage: 'CWLI' };
  },
};

const uiAnswers = {
  session: () => ({
    version: '0.1.0-mock', account: '000000000000', authRequired: false, signedIn: true,
    scopes: size === 0 ? [] : [{ account: '000000000000', region: 'us-east-1', series: 5120, groups: 501 }, { account: '123456789012', region: 'ap-northeast-2', series: 12, groups: 3 }],
    now: Date.now(),
    demo: size === 0 ? null : { active: true, phase: args.backfill && Date.now() - started < 600_000 ? 'backfill' : 'live', done: Math.min(1, 0.42 + (Date.now() - started) / 1e6), from: started - 86_400_000, message: '' },
  }),
  'metrics/tree': () => ({
    namespaces: size === 0 ? [] : [
      { name: 'AWS/Lambda', series: size * 5, metrics: ['Invocations', 'Errors', 'Throttles', 'Duration', 'ConcurrentExecutions'].map((m) => ({ name: m, unit: m === 'Duration' ? 'Milliseconds' : 'Count', series: size, dimensionSets: [['FunctionName']] })) },
      { name: 'Skywatch/Lambda', series: size * 3, metrics: [['MemoryUsed', 'Megabytes'], ['MemoryUtilization', 'Percent'], ['InitDuration', 'Milliseconds']].map(([m, unit]) => ({ name: m, unit, series: size, dimensionSets: [['FunctionName']] })) },
    ],
  }),
  'metrics/series': (q) => {
    const all = size === 0 ? [] : Array.from({ length: size }, (_, i) => ['Invocations', 'Errors', 'Duration'].map((metric) => ({ namespace: 'AWS/Lambda', metric, unit: metric === 'Duration' ? 'Milliseconds' : 'Count', dimensions: [{ name: 'FunctionName', value: name(i) }], lastData: Date.now() - 60000 }))).flat();
    const words = (q.get('q') ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    const matched = all.filter((s) => (!q.get('namespace') || s.namespace === q.get('namespace')) && (!q.get('metric') || s.metric === q.get('metric')) && words.every((w) => JSON.stringify(s).toLowerCase().includes(w)));
    return { total: all.length, matched: matched.length, series: matched.slice(0, Number(q.get('limit') ?? 200)) };
  },
  loggroups: (q) => {
    const pattern = q.get('pattern') ?? '';
    const glob = /[*?]/.test(pattern);
    const re = new RegExp(glob ? `^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$` : pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&'), 'i');
    const all = Array.from({ length: size }, (_, i) => ({ name: `/aws/lambda/${name(i)}`, bytes: 1e8 / (i + 1), events: Math.round(1e6 / (i + 1)), firstEvent: Date.now() - 86_400_000, lastEvent: Date.now() - i * 1000, retentionDays: null, created: Date.now() - 864e5 }));
    const matched = all.filter((g) => re.test(g.name));
    return { total: all.length, matched: matched.length, groups: matched.slice(0, Number(q.get('limit') ?? 200)) };
  },
};

const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

function serveFile(path, response) {
  let file = join(args.dist, path);
  if (path === '/' || !existsSync(file)) file = join(args.dist, 'index.html');
  response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream');
  createReadStream(file).pipe(response);
}

createServer(async (request, response) => {
  const url = new URL(request.url, 'http://mock');
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : {};
  const json = (value, status = 200) => {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(value));
  };
  const target = request.headers['x-amz-target'];
  if (target) {
    const operation = awsOperations[target.split('.')[1]];
    if (!operation) return json({ __type: 'UnknownOperationException', message: `The mock has no ${target}.` }, 400);
    if (/Logs/.test(target) && size === 0) return json({ __type: 'ResourceNotFoundException', message: 'The specified log group does not exist.' }, 400);
    return json(operation(body));
  }
  if (!url.pathname.startsWith('/ui/api/')) return args.dist ? serveFile(url.pathname, response) : json({ error: { code: 'NotFound', message: 'no UI here' } }, 404);
  const path = url.pathname.slice('/ui/api/'.length);
  if (path === 'settings/thresholds') {
    if (request.method === 'PUT') {
      const bad = Object.entries(body).find(([k, v]) => !(k in thresholds) || typeof v !== 'number' || v < 0);
      if (bad) return json({ error: { code: 'ValidationException', message: `${bad[0]}: got ${bad[1]}, want a number of 0 or more` } }, 400);
      thresholds = { ...thresholds, ...body };
    }
    return json(thresholds);
  }
  if (path.startsWith('fleet/')) return makers[path.slice(6)] ? json(fleet(path.slice(6), url.searchParams)) : json({ error: { code: 'NotFound', message: `no fleet ${path.slice(6)}` } }, 404);
  const answer = uiAnswers[path];
  return answer ? json(answer(url.searchParams)) : json({ error: { code: 'NotFound', message: `no ${path}` } }, 404);
}).listen(Number(args.port), '127.0.0.1', () => console.log(`mock server on http://127.0.0.1:${args.port} with ${size} functions`));
