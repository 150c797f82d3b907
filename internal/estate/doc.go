// Package estate is a simulated AWS account: Lambda functions, Glue jobs, API
// Gateway REST APIs and S3 buckets that write the log lines and metrics their
// real counterparts write. It feeds the demo, the tests and the benchmarks,
// and it does so only through the public APIs: it knows nothing of the server
// behind the [Writer] it is given.
//
// Everything follows from (seed, configuration). A minute of a resource is
// drawn from its own random stream, seeded by hashing the resource and the
// minute, so any minute can be generated alone, in any order and in parallel,
// and is always the same. An invocation, a job run or a request belongs to the
// minute in which it starts; its lines may carry later timestamps. Logs and
// metrics are drawn from the same facts and therefore agree: as many REPORT
// lines as Invocations, as many access log lines as requests.
//
// Data passes through like this: a resource's facts for a minute (invocation,
// jobRun, request, objectRequest) become log lines in a logBuf and data in a
// metricBuf, which cut them into batches that respect the limits of
// PutLogEvents and PutMetricData. [Estate.Generate] hands the batches to
// functions; [Estate.Run] sends them: first the history, newest hours first
// and metrics before logs, then what happens while time goes on.
//
// Most of the estate is healthy. What is not is listed by [Estate.Incidents].
package estate
