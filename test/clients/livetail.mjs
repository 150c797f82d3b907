// A live tail with the JavaScript SDK. Usage: node livetail.mjs ENDPOINT
import assert from 'node:assert/strict'
import { CloudWatchLogsClient, CreateLogGroupCommand, CreateLogStreamCommand, PutLogEventsCommand, StartLiveTailCommand } from '@aws-sdk/client-cloudwatch-logs'

// Without disableHostPrefix the host would be stream-127.0.0.1.
const logs = new CloudWatchLogsClient({ endpoint: process.argv[2], region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1, disableHostPrefix: true })
const logGroupName = '/live/js', logStreamName = 's'
const arn = 'arn:aws:logs:us-east-1:000000000000:log-group:' + logGroupName
await logs.send(new CreateLogGroupCommand({ logGroupName }))
await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
const put = (...messages) => logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents: messages.map((message) => ({ timestamp: Date.now(), message })) }))

const { responseStream } = await logs.send(new StartLiveTailCommand({ logGroupIdentifiers: [arn], logStreamNames: [logStreamName] }))
let got = []
for await (const event of responseStream) {
  if (event.sessionStart) {
    assert.deepEqual(event.sessionStart.logStreamNames, [logStreamName])
    await put('one ü', 'two')
  }
  if (event.sessionUpdate) {
    assert.equal(event.sessionUpdate.sessionMetadata.sampled, false)
    got.push(...event.sessionUpdate.sessionResults)
  }
  if (got.length >= 2) break
}
assert.deepEqual(got.map((r) => [r.logGroupIdentifier, r.message]), [[arn, 'one ü'], [arn, 'two']])
await assert.rejects(logs.send(new StartLiveTailCommand({ logGroupIdentifiers: [arn + '-none'] })), { name: 'ResourceNotFoundException' })
logs.destroy()
console.log('ok javascript')
process.exit(0) // the connection of an abandoned stream would hold the process
