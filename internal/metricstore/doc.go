// Package metricstore is the embedded engine for metric datapoints.
//
// # How data passes through
//
// Append turns data into samples (series id, instant, statistic set, maybe a
// distribution), writes them as one record to the write-ahead log and, once
// that is durable, merges them into the head, a table in memory. A head that is
// full or old is frozen and written to segments, one run of files for each UTC
// day it touches; the manifest then names them and the log files are released.
// The compactor merges the runs of a day when they have become many, moves
// points into coarser resolutions as they age and drops whole files at last.
//
// Everything rests on merging being associative and commutative: a late,
// repeated or corrected datum is just another point of the same series and
// instant, merged when read and for good in compaction. No order of segments
// matters, so back-filled history costs what live data costs.
//
// Select merges head and segments onto a period grid. Segments carry complete
// roll-ups of 5 minutes and an hour with merged distributions, so that a day of
// thousands of series is read from a few kilobytes each.
//
// # Files
//
//	MANIFEST        what is live, and its copy (state.go)
//	LOCK            held while a process has the folder open
//	wal/            the write-ahead log (record.go)
//	<number>.seg    a segment (segment.go, block.go, column.go)
//	<number>.keys   series definitions (sealed.go)
//	<number>.bounds first and last data of the series (sealed.go)
//
// # Crash argument
//
// A datum is acknowledged when its log record is durable. The log's order says
// which head a record belongs to: the head changes under the log's own lock
// (wal.Rotate), so a frozen head holds exactly the records of the log files up
// to a number. The manifest that first names that head's segments also says
// that the log begins behind that number. It is replaced atomically, so after
// a crash every record is either in a segment or replayed, never both and never
// neither. Segment files are synced, and their names too, before a manifest
// names them; files are removed only after a manifest without them is durable.
// When saving a manifest fails, either one may be found later, so the files of
// both stay until another save has worked.
//
// # Failures
//
// A full disk fails appends with metrics.ErrFull once the log cannot grow;
// nothing acknowledged is lost, and flushing is tried again. A failed sync of
// the log stops appends until the store is opened again. Blocks carry
// checksums: a damaged one is left out (a coarser or finer copy of the data
// stands in where one exists) and reported; a damaged index or footer, and a
// registry or manifest damaged in both its halves or copies, is an error that
// names the file, which Repair (repair.go) can mend.
package metricstore
