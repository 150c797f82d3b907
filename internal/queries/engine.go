package queries

import (
	"context"

	"skywatch/internal/logexec"
	"skywatch/internal/logs"
	"skywatch/internal/metastore"
)

// Streams tells of log streams by their identifiers.
type Streams interface {
	// StreamByID returns the stream, or that of an entity of its events.
	StreamByID(logs.StreamID) (metastore.Stream, bool)
}

// Engine returns the RunFunc that runs queries with logexec over src. pool is
// Config.Pool.
func Engine(src logs.Scanner, streams Streams, pool *logexec.Pool) RunFunc {
	name := func(id logs.StreamID) string {
		s, _ := streams.StreamByID(id)
		return s.Name // "" when it is deleted
	}
	entity := func(id logs.StreamID) map[string]string {
		s, _ := streams.StreamByID(id)
		return s.Entity.Fields()
	}
	return func(ctx context.Context, req *Request, progress func(Progress)) (Result, error) {
		result, err := logexec.Run(ctx, src, logexec.Request{
			Query: req.Query, Groups: req.Groups, Sources: req.Sources, Tables: req.Tables, Indexes: req.Indexes,
			StartMs: req.Start, EndMs: req.End, Limit: req.Limit, Stream: name, Entity: entity, Pool: pool,
		}, func(p logexec.Progress) {
			progress(Progress{Stats: p.Statistics, Rows: p.Rows})
		})
		if err != nil {
			return Result{}, err
		}
		return Result{Rows: result.Rows, Stats: result.Statistics, Lease: result.Lease}, nil
	}
}
