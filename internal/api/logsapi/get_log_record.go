package logsapi

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"skywatch/internal/awswire"
	"skywatch/internal/logexec"
	"skywatch/internal/logs"
	"skywatch/internal/metastore"
)

// GetLogRecord answers all fields of the event that a query's @ptr names. No
// data is masked, so unmask changes nothing.
func (a *API) GetLogRecord(ctx context.Context, in *cloudwatchlogs.GetLogRecordInput) (*cloudwatchlogs.GetLogRecordOutput, error) {
	var c checks
	c.required("logRecordPointer", in.LogRecordPointer != nil)
	if err := c.err(); err != nil {
		return nil, err
	}
	p, err := logexec.ParsePointer(*in.LogRecordPointer)
	if err != nil {
		return nil, invalid("The specified logRecordPointer is invalid.")
	}
	g, ok := a.cfg.Store.GroupByID(p.Group)
	if !ok || g.Scope != awswire.Info(ctx).Scope {
		return nil, notFound("The specified log record does not exist.")
	}
	scan := logs.Scan{Groups: []logs.GroupID{g.ID}, Start: p.Position.Timestamp, End: p.Position.Timestamp + 1,
		Order: logs.OldestFirst, Columns: logs.AllColumns}
	if p.Position.Seq > 0 {
		scan.After = &logs.Position{Timestamp: p.Position.Timestamp, Seq: p.Position.Seq - 1}
	}
	var record map[string]string
	_, err = a.cfg.Scanner.Scan(ctx, scan, func(b *logs.Block) error {
		for i := range b.Len {
			if b.Seqs[i] == p.Position.Seq {
				record = a.record(g, b, i)
			}
		}
		return logs.ErrStop
	})
	if err != nil {
		return nil, err
	}
	if record == nil {
		return nil, notFound("The specified log record does not exist.")
	}
	record["@ptr"] = *in.LogRecordPointer
	return &cloudwatchlogs.GetLogRecordOutput{LogRecord: record}, nil
}

// record is every field of an event. Its times are milliseconds, where results
// of queries have dates: AWS does so.
func (a *API) record(g metastore.Group, b *logs.Block, i int) map[string]string {
	stream, _ := a.cfg.Store.StreamByID(b.Streams[i])
	out := map[string]string{
		"@message":       b.Messages[i],
		"@timestamp":     strconv.FormatInt(b.Timestamps[i], 10),
		"@ingestionTime": strconv.FormatInt(b.Ingested[i], 10),
		"@logStream":     stream.Name,
		"@log":           g.Scope.Account + ":" + g.Name,
		"@aws.account":   g.Scope.Account,
		"@aws.region":    g.Scope.Region,
	}
	for _, f := range eventFields(g, stream, b.Messages[i]) {
		out[f.Name] = f.Value
	}
	for k, v := range g.Tags {
		out["@aws.tag."+k] = v
	}
	return out
}
