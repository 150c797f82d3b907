// Package metricexec gives CloudWatch's statistics their meaning: it parses
// statistic names, lays the period grid of a request, and turns the merged
// buckets of a [metrics.Selector] into timestamps and values.
//
// Data passes through like this: [ParseStatistic] and [GridFor] read what a
// client asked for, [Run] (or [Read], for callers that want several statistics
// of one bucket) looks the series up in a [metrics.Index], has the Selector
// merge their points onto the grid, asking for distributions only where a
// statistic needs them, and [Statistic.Eval] draws each value from its bucket.
package metricexec
