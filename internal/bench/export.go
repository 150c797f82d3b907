package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"skywatch/internal/estate"
)

// Export writes the day's events to a file, in the order they are sent by one
// connection, one JSON object a line:
//
//	{"ts":1763683200000,"group":"/aws/lambda/…","stream":"…","message":"…"}
func (d *Day) Export(ctx context.Context, path string) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("export a day: %w", err)
	}
	defer func() {
		if e := f.Close(); err == nil && e != nil {
			err = fmt.Errorf("export a day: %w", e)
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	var line struct {
		Time    int64  `json:"ts"`
		Group   string `json:"group"`
		Stream  string `json:"stream"`
		Message string `json:"message"`
	}
	for t := d.From; t.Before(d.To); t = t.Add(hour) {
		err := d.logs(ctx, t, func(b estate.LogBatch) error {
			line.Group, line.Stream = b.Group, b.Stream
			for i := range b.Events {
				line.Time, line.Message = b.Events[i].Timestamp, string(b.Events[i].Message)
				if err := enc.Encode(&line); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("export a day to %s: %w", path, err)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("export a day to %s: %w", path, err)
	}
	return nil
}
