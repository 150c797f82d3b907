// The JavaScript SDK against the server. Usage: node sdk.mjs ENDPOINT
import assert from 'node:assert/strict'
import { CloudWatchClient, PutMetricDataCommand, GetMetricDataCommand, GetMetricStatisticsCommand, ListMetricsCommand, paginateListMetrics } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient, CreateLogGroupCommand, CreateLogStreamCommand, PutLogEventsCommand, StartQueryCommand, GetQueryResultsCommand, FilterLogEventsCommand, DescribeLogGroupsCommand, PutRetentionPolicyCommand } from '@aws-sdk/client-cloudwatch-logs'

const common = { endpoint: process.argv[2], region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1 }
const cw = new CloudWatchClient(common)
const logs = new CloudWatchLogsClient(common)

const now = Date.now()
const minute = Math.floor(now / 60_000) * 60_000
const data = []
for (let i = 0; i < 700; i++) {
  data.push({ MetricName: 'Rows', Dimensions: [{ Name: 'Job', Value: `job-${i}` }], Unit: 'Count', Timestamp: new Date(minute - 120_000), Value: i })
}
await cw.send(new PutMetricDataCommand({ Namespace: 'JS', MetricData: data }))
await cw.send(new PutMetricDataCommand({ Namespace: 'JS', MetricData: [
  { MetricName: 'Lag', Unit: 'Seconds', Timestamp: new Date(minute - 60_000), Values: [1, 2, 3, 100], Counts: [10, 10, 10, 1] },
  { MetricName: 'Set', Timestamp: new Date(minute - 60_000), StatisticValues: { SampleCount: 4, Sum: 10, Minimum: 1, Maximum: 4 } },
] }))

let listed = 0, pages = 0
for await (const page of paginateListMetrics({ client: cw }, { Namespace: 'JS', MetricName: 'Rows' })) { listed += page.Metrics.length; pages++ }
assert.equal(listed, 700)
assert.equal(pages, 2)

const out = await cw.send(new GetMetricDataCommand({
  StartTime: new Date(minute - 3_600_000), EndTime: new Date(minute + 60_000), ScanBy: 'TimestampAscending',
  MetricDataQueries: [
    { Id: 'p', MetricStat: { Metric: { Namespace: 'JS', MetricName: 'Lag' }, Period: 60, Stat: 'p90' } },
    { Id: 'n', MetricStat: { Metric: { Namespace: 'JS', MetricName: 'Lag' }, Period: 60, Stat: 'SampleCount' } },
    { Id: 's', Label: 'sum of ${PROP(\'MetricName\')}', MetricStat: { Metric: { Namespace: 'JS', MetricName: 'Set' }, Period: 60, Stat: 'Average' } },
    { Id: 'j', MetricStat: { Metric: { Namespace: 'JS', MetricName: 'Rows', Dimensions: [{ Name: 'Job', Value: 'job-42' }] }, Period: 60, Stat: 'Sum' } },
  ],
}))
const by = Object.fromEntries(out.MetricDataResults.map((r) => [r.Id, r]))
assert.deepEqual(by.n.Values, [31])
assert.deepEqual(by.s.Values, [2.5])
assert.equal(by.s.Label, 'sum of Set')
assert.deepEqual(by.j.Values, [42])
assert.ok(Math.abs(by.p.Values[0] - 3) < 0.1, String(by.p.Values))
assert.equal(by.j.Timestamps[0].getTime(), minute - 120_000)

await assert.rejects(cw.send(new GetMetricStatisticsCommand({ Namespace: 'JS', MetricName: 'Lag', Period: 60, Statistics: ['Sum'], StartTime: new Date(now), EndTime: new Date(now - 60_000) })),
  (e) => /^InvalidParameter/.test(e.name) && e.$metadata.httpStatusCode === 400)

const group = '/js/' + now
await logs.send(new CreateLogGroupCommand({ logGroupName: group, tags: { team: 'data' } }))
await logs.send(new PutRetentionPolicyCommand({ logGroupName: group, retentionInDays: 7 }))
await logs.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName: 's' }))
const put = await logs.send(new PutLogEventsCommand({ logGroupName: group, logStreamName: 's', logEvents: [
  { timestamp: now - 20 * 86_400_000, message: 'too old' },
  ...Array.from({ length: 500 }, (_, i) => ({ timestamp: now - 1000 + i, message: JSON.stringify({ level: i % 10 ? 'INFO' : 'ERROR', n: i, tag: 'ü' }) })),
] }).valueOf())
assert.equal(put.rejectedLogEventsInfo?.tooOldLogEventEndIndex ?? put.rejectedLogEventsInfo?.expiredLogEventEndIndex, 1)
const described = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: group }))
assert.equal(described.logGroups[0].retentionInDays, 7)

const { queryId } = await logs.send(new StartQueryCommand({ logGroupNames: [group], startTime: Math.floor(now / 1000) - 3600, endTime: Math.floor(now / 1000) + 60,
  queryString: 'filter level = "ERROR" | stats count(*) as errors, avg(n) as mean by tag' }))
let res
do { res = await logs.send(new GetQueryResultsCommand({ queryId })) } while (res.status === 'Running' || res.status === 'Scheduled')
assert.equal(res.status, 'Complete')
assert.deepEqual(Object.fromEntries(res.results[0].map((c) => [c.field, c.value])), { tag: 'ü', errors: '50', mean: '245' })
assert.equal(res.statistics.recordsMatched, 50)
assert.equal(res.statistics.recordsScanned, 500)

let found = 0, token
do {
  const page = await logs.send(new FilterLogEventsCommand({ logGroupName: group, filterPattern: '{ $.level = "ERROR" && $.n >= 100 }', nextToken: token, limit: 7 }))
  found += page.events.length
  token = page.nextToken
} while (token)
assert.equal(found, 40)

console.log('ok javascript')
