package queries

import (
	"context"

	"skywatch/internal/logexec"
	"skywatch/internal/logs"
)

// Engine returns the RunFunc that runs queries with logexec over src. stream
// gives the name of a log stream; pool is Config.Pool.
func Engine(src logs.Scanner, stream func(logs.StreamID) string, pool *logexec.Pool) RunFunc {
	return func(ctx context.Context, req *Request, progress func(Progress)) (Result, error) {
		result, err := logexec.Run(ctx, src, logexec.Request{
			Query: req.Query, Groups: req.Groups, Sources: req.Sources, Tables: req.Tables, Indexes: req.Indexes,
			StartMs: req.Start, EndMs: req.End, Limit: req.Limit, Stream: stream, Pool: pool,
		}, func(p logexec.Progress) {
			progress(Progress{Stats: p.Statistics, Rows: p.Rows})
		})
		if err != nil {
			return Result{}, err
		}
		return Result{Rows: result.Rows, Stats: result.Statistics, Lease: result.Lease}, nil
	}
}
