// Package metastore keeps what the engines do not: which log groups and
// streams exist, their settings, and any other small document (alarms,
// thresholds, saved queries) in one SQLite file, DIR/meta.db, and a second time in
// a journal of its own format, DIR/meta.journal.
//
// Every write goes through one writer goroutine. It takes whatever waits,
// runs it as one SQLite transaction and answers all callers after the commit,
// so a burst of CreateLogStream calls pays for one fsync together. Groups and
// streams are held in memory as well: looking one up (the PutLogEvents path)
// takes a read lock and touches no disk. Memory changes only after the commit,
// so nothing is ever visible that a crash could take back.
//
// # Two copies
//
// SQLite's pages have no checksums, and where a frame of its write-ahead log is
// damaged SQLite takes the log to end, forgetting without a word what was
// acknowledged behind it. So every change has a number and goes, row by row, to the
// journal as well (journal.go draws it), after SQLite has committed it and before
// anybody is told. [Open] and [Check] look at the frames of SQLite's log, let SQLite
// check its file, and compare all rows with the journal: what one byte of
// damage in either can do is found, or does no harm. Of a damaged database Open
// changes nothing and refuses it; [Repair] writes it anew from the journal, or,
// when that is damaged as well, from what its tables say. A damaged journal or index
// is written anew by Open, which tells it ([Store.Healed]).
//
// A logical journal rather than copies of the file, because it is never behind:
// also the last change before a crash is there twice. A change costs a second sync,
// which overlaps with that of the next change: what very many callers get done in a
// second is as before (BenchmarkCreateStreamParallel), a lone call waits for two syncs.
//
// # Crash argument
//
// The journal is a WAL with synchronous=FULL: a commit is in the log and the
// log is synced before it is acknowledged; a torn tail is detected by SQLite's
// frame checksums and was never acknowledged; so is one of the journal, which may end
// before SQLite does, and never the other way round. Close brings all changes into
// the file. The folder is synced after the
// file is created. [TestKill] kills a writing process and looks for everything
// it acknowledged.
//
// # Deleting a group
//
// Identifiers are never used again (AUTOINCREMENT). Who deletes a group calls
// [Store.DeleteGroup] first and then drops its events from the engine. A crash
// between the two leaves events of an identifier that nobody can name any
// more: they are invisible at once, a new group of the same name gets a new
// identifier and starts empty, and at the next start the engine drops what
// belongs to identifiers that [Store.GroupByID] does not know. The other order
// would leave a group that exists and has silently lost its events. The same
// holds for streams.
//
// # Entities
//
// PutLogEvents may say which entity its events come from. The events of a stream
// with one entity have an identifier of their own, which is a stream like any
// other to the engine: so the entity is exact for every event, costs nothing per
// event, and is there after a restart and after compaction. To everybody else
// these identifiers are one stream; who looks for its events asks for all of
// [Store.StreamIDs], and StreamByID of each answers the stream's name.
//
// One process at a time: Open takes an exclusive lock on DIR/meta.lock.
package metastore
