// Ready queries for what these logs are mostly asked. Each names the log groups
// it fits by prefix.
import type { MessageKey } from '@/lib/i18n';

export interface Sample {
  id: string;
  title: MessageKey;
  prefixes: string[];
  text: string;
}

const lambda = ['/aws/lambda/'];
const s3Record = `'* * [*] * * * * * "*" * * * * * *' as owner, bucket, time, ip, requester,
    requestId, operation, key, request, status, error, sent, size, totalMs, rest`;

export const samples: { group: MessageKey; samples: Sample[] }[] = [
  {
    group: 'logs.samples.lambda',
    samples: [
      {
        id: 'memory',
        title: 'logs.sample.memory',
        prefixes: lambda,
        text: 'filter @type = "REPORT"\n| stats max(@maxMemoryUsed / 1000000) as usedMB, max(@memorySize / 1000000) as configuredMB,\n    max(@maxMemoryUsed) / max(@memorySize) * 100 as usedPercent by @log\n| sort usedPercent desc\n| limit 50',
      },
      {
        id: 'errors',
        title: 'logs.sample.errors',
        prefixes: lambda,
        text: 'filter @message like /ERROR|Task timed out|Status: (error|timeout)/\n| stats count(*) as errors by @log\n| sort errors desc\n| limit 50',
      },
      {
        id: 'errorsOverTime',
        title: 'logs.sample.errorsOverTime',
        prefixes: lambda,
        text: 'filter @message like /ERROR|Task timed out|Status: (error|timeout)/\n| stats count(*) as errors by bin(15m)',
      },
      {
        id: 'slowest',
        title: 'logs.sample.slowest',
        prefixes: lambda,
        text: 'filter @type = "REPORT"\n| fields @timestamp, @log, @requestId, @duration, @maxMemoryUsed / 1000000 as usedMB\n| sort @duration desc\n| limit 50',
      },
      {
        id: 'durations',
        title: 'logs.sample.durations',
        prefixes: lambda,
        text: 'filter @type = "REPORT"\n| stats pct(@duration, 50) as p50, pct(@duration, 95) as p95, pct(@duration, 99) as p99 by bin(15m)',
      },
      {
        id: 'coldStarts',
        title: 'logs.sample.coldStarts',
        prefixes: lambda,
        text: 'filter @type = "REPORT"\n| stats count(*) as invocations, count(@initDuration) as coldStarts,\n    count(@initDuration) / count(*) * 100 as coldPercent, pct(@initDuration, 95) as initP95 by @log\n| sort coldPercent desc\n| limit 50',
      },
      {
        id: 'billed',
        title: 'logs.sample.billed',
        prefixes: lambda,
        text: 'filter @type = "REPORT"\n| stats sum(@billedDuration * @memorySize) / 1000 / 1000000 / 1024 as gbSeconds, count(*) as invocations by @log\n| sort gbSeconds desc\n| limit 50',
      },
    ],
  },
  {
    group: 'logs.samples.api',
    samples: [
      {
        id: 'api5xx',
        title: 'logs.sample.api5xx',
        prefixes: ['/aws/apigateway/'],
        text: 'filter status >= 500\n| stats count(*) as failures by httpMethod, resourcePath, status\n| sort failures desc\n| limit 50',
      },
      {
        id: 'apiLatency',
        title: 'logs.sample.apiLatency',
        prefixes: ['/aws/apigateway/'],
        text: 'stats count(*) as requests, pct(responseLatency, 95) as p95, max(responseLatency) as longest by httpMethod, resourcePath\n| sort p95 desc\n| limit 50',
      },
      {
        id: 'apiStatus',
        title: 'logs.sample.apiStatus',
        prefixes: ['/aws/apigateway/'],
        text: 'stats count(*) as requests by bin(15m), status',
      },
    ],
  },
  {
    group: 'logs.samples.glue',
    samples: [
      {
        id: 'glueFailed',
        title: 'logs.sample.glueFailed',
        prefixes: ['/skywatch/glue/'],
        text: 'filter JobRunState in ["FAILED", "TIMEOUT", "ERROR"]\n| fields @timestamp, JobName, JobRunState, ExecutionTime, ErrorMessage\n| sort @timestamp desc\n| limit 50',
      },
      {
        id: 'glueErrors',
        title: 'logs.sample.glueErrors',
        prefixes: ['/aws-glue/'],
        text: 'filter @message like /ERROR|Exception/\n| fields @timestamp, @logStream, @message\n| sort @timestamp desc\n| limit 100',
      },
    ],
  },
  {
    group: 'logs.samples.s3',
    samples: [
      {
        id: 's3Keys',
        title: 'logs.sample.s3Keys',
        prefixes: ['/skywatch/s3/'],
        text: `parse @message ${s3Record}\n| filter key != "-"\n| stats count(*) as requests, sum(sent) as bytesSent by bucket, key\n| sort requests desc\n| limit 20`,
      },
      {
        id: 's3Errors',
        title: 'logs.sample.s3Errors',
        prefixes: ['/skywatch/s3/'],
        text: `parse @message ${s3Record}\n| filter status >= 400\n| stats count(*) as requests by bucket, operation, status\n| sort requests desc\n| limit 50`,
      },
    ],
  },
];
