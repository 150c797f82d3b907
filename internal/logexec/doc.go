// Package logexec runs a Logs Insights query over the log contracts, in the
// plainest way that keeps its promises: every event is looked at, one at a
// time, by a chain of stages. It is the meaning of the language; faster
// executors are held against it.
//
// Data passes through like this: [Run] compiles the tree of lang/insights into
// stages (compile.go) and expressions into closures (expr.go, func_*.go), scans
// the blocks of a [logs.Scanner] newest first or in any order, whichever the
// query allows, and pushes a row per event through the chain. A row holds a slot for
// each field the query names and nothing else; a slot of a discovered field is
// filled when somebody looks at it (discover.go), so a leading filter on
// @message runs before any message is taken apart. Stages that must see
// everything (sort, stats, dedup) keep only the slots needed behind them,
// against a memory budget.
//
// A scanner that is a [logpart.Source] is read by column instead (fast_scan.go):
// filters are decided for all messages of a template at once, stats read
// columns on several cores, and only rows that are left over go through the
// stages. It computes with the closures of the plain path and has its rows,
// always (TestColumnarEqualsPlain); [Request.Plain] turns it off. Only damage may
// part them: blocks that cannot be read are left out and counted
// (Statistics.CorruptRecords), but a count that needs to read no block counts
// their events too, until somebody has met the damage (fast_counts.go).
//
// Each word of the language has its place. A command is a file stage_<name>.go;
// display and unmask are fields with other columns, diff and anomaly behind pattern
// are parts of its stage, and estimate has none (plan.go). A function is a line in
// the table of its family, and a file func_<name>.go unless that line, a function
// of Go lifted over values, says all (func.go). An aggregate is a file
// aggregate_<name>.go, shared by those of one state. And each has its script in
// testdata, which both executors answer; a test (TestEveryScript) holds scripts and
// language against each other.
//
// What the values mean (value.go), decided here where AWS says nothing:
//   - A value is nothing, a number, a text, a timestamp, or a map or list.
//     Text that looks like a number is one where arithmetic or an ordered
//     comparison needs it; text against text is = only when the letters are the
//     same, and < > when both look like numbers compares numbers, else bytes.
//   - Nothing in arithmetic gives nothing, and so do division by zero and text
//     that is no number. Every comparison with nothing is false, and not, !=,
//     not like and not in are the exact opposites of their counterparts: an
//     event without x passes x != "a".
//   - Comparisons yield 1 and 0. A condition holds for a number other than 0
//     and for the text "true"; JSON true and false are 1 and 0.
//   - Sorting: nothing, then texts (digit runs compared as numbers, other runs
//     by code point), then numbers and timestamps; descending is the reverse.
//     Equal rows stay newest first, but behind a sort by @timestamp ascending
//     they are in the order of arrival.
//   - count(*) counts rows, the other aggregates skip nothing; sum, avg, pct,
//     stddev and variance skip what is no number too. min and max look at
//     numbers if there are any, else at texts. Without input the cell is empty,
//     counts are 0. Without by there is always one row.
//   - Sums are exact and rounded once, at the end; so are stddev's and
//     variance's. So no result depends on the order of events.
//   - pct is the nearest-rank percentile, exact up to 16,384 values per group,
//     then within 0.5 %; median is pct(f, 50); count_distinct is exact up to 16,384 values per group,
//     then within about 1 %. stddev and variance are of a sample.
//   - Groups of stats come in ascending order of their keys; a missing key is a
//     group of its own, without that cell. Values are one group when they show
//     alike: the number 1 and the text 1 are, 1 and 1.0 are two.
//   - Weeks begin on Monday; periods of several weeks, months, quarters or
//     years are counted from 1970.
//   - A glob of parse begins anywhere in the text, or at its start when it
//     begins with a star; each star ends at the first place where the next
//     literal stands, the last one at the end of the text.
//   - fields behind stats adds columns to those of the stats.
//   - A map or list where a plain value is wanted counts as nothing.
//   - A function that would make a text of more than 4 MiB fails the query, and
//     so does a fields command that makes more than 64 MiB of one row.
//
// And of the newer commands and functions:
//   - recordsMatched counts the events that passed the leading filters. A query
//     that a limit ends early (fields @message | limit 100) looks no further:
//     it has matched at least as many as it needed, while recordsScanned and
//     bytesScanned may count all of the blocks it began; the numbers may differ
//     from run to run. Subqueries and earlier time ranges count as scanned.
//   - pattern is the same for any order of events (package logpattern says how); rows
//     come most frequent first, then by pattern; @ratio is of the events that
//     have the text. The label is Error, Warning, Info, Debug or None.
//   - diff and logcompare add @previousSampleCount, @difference,
//     @differencePercent (missing for new ones) and @differenceDescription (New,
//     Gone, Increase, Decrease, Same); the largest difference comes first. A
//     limit before them holds for each range.
//   - anomaly adds @anomaly (1 or 0), @anomalyScore, @anomalyType (all kinds that
//     hold) and @anomalyDescription; stage_anomaly.go says how it judges.
//   - unnest and expand leave a row without list, or with an empty one, as one
//     row without the field; unnest takes a plain value as a list of one. They,
//     json and nothing else also see whole maps and lists of an event's JSON.
//   - join keeps the left order; the partners of a row come as the subquery
//     gives them. Keys are equal when they show alike. in (subquery) compares
//     like =. Both take at most 50,000 different values and 30 seconds.
//   - appendcols leaves out rows of the subquery that have no row beside them;
//     without override a field that is there stays.
//   - lookup takes the first row of the table that fits, cidrlookup the smallest
//     range; without one a field keeps the value it had.
//   - filterIndex is refused when no group of the query is indexed by the field,
//     keeps only events of the groups that are, ingested from the index's time on.
//   - unmask shows the field: nothing is masked.
//   - addtotals adds up what is a number or looks like one, but no times; the
//     row of column totals is no event. accum skips what is no number,
//     autoregress and accum go along the rows in their order at that point
//     (newest first unless sorted), filldown too.
//   - outlier holds the quartiles by nearest rank over all rows; param times
//     their distance above the upper (uselower: below the lower too) is the
//     bound; mark adds is_outlier.
//   - sessionize numbers sessions from 1 in the order of their first events; a
//     row without a key has none.
//   - fillmissing fills each combination of the other keys with every bin of the
//     query's time range and gives the rows in the order of the keys.
//   - by bin(p) offset o moves the bins' times later by o; which events are
//     looked at stays the same.
//   - relevantfields leaves out the fields that the condition reads and those
//     with a value of its own in most rows; stage_relevantfields.go has the score.
//   - countFrequent counts exactly. estimate runs none of the commands, only a
//     scan that asks for no column, and answers estimatedBytes and
//     estimatedRecords (without subqueries and earlier ranges).
//   - values are different ones in sort order, topk the most frequent, rate the
//     slope between oldest and newest event, histogram a map of equal ranges.
//   - isPrivateIP is RFC 1918 and fc00::/7, isReservedIP IANA's other special
//     ranges, isPublicIP the rest. parseDate gives nothing for days that do not
//     exist, takes UTC without a zone, and needs all of the text to fit.
//   - @entity.KeyAttributes.<key> and @entity.Attributes.<key> are those of the
//     entity that the event was written with.
//   - Events of an undiscovered group have the system fields, the entity's and
//     the tags, and no other: neither of JSON, of Lambda nor of lines, nor maps.
//   - Lines of VPC flow, Route 53, API Gateway (its common format, and execution
//     logs in groups of that name) and S3 access logs have fields by position
//     (lines.go), in any group but Lambda's, when they are no JSON.
package logexec
