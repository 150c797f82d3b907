package logsapi

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"skywatch/internal/awswire"
	"skywatch/internal/metastore"
)

// CreateLogStream makes an empty stream.
func (a *API) CreateLogStream(ctx context.Context, in *cloudwatchlogs.CreateLogStreamInput) (*cloudwatchlogs.CreateLogStreamOutput, error) {
	var c checks
	c.groupName("logGroupName", in.LogGroupName)
	c.streamName("logStreamName", in.LogStreamName)
	if err := c.err(); err != nil {
		return nil, err
	}
	g, err := a.group(awswire.Info(ctx).Scope, *in.LogGroupName)
	if err != nil {
		return nil, err
	}
	_, err = a.cfg.Store.CreateStream(ctx, g.ID, *in.LogStreamName, a.cfg.Now().UnixMilli())
	switch {
	case errors.Is(err, metastore.ErrExists):
		return nil, exists(msgStreamExists)
	case errors.Is(err, metastore.ErrNotFound):
		return nil, notFound(msgNoGroup)
	case err != nil:
		return nil, err
	}
	return &cloudwatchlogs.CreateLogStreamOutput{}, nil
}

// DeleteLogStream removes a stream and its events.
func (a *API) DeleteLogStream(ctx context.Context, in *cloudwatchlogs.DeleteLogStreamInput) (*cloudwatchlogs.DeleteLogStreamOutput, error) {
	var c checks
	c.groupName("logGroupName", in.LogGroupName)
	c.streamName("logStreamName", in.LogStreamName)
	if err := c.err(); err != nil {
		return nil, err
	}
	g, err := a.group(awswire.Info(ctx).Scope, *in.LogGroupName)
	if err != nil {
		return nil, err
	}
	s, err := a.stream(g, *in.LogStreamName)
	if err != nil {
		return nil, err
	}
	ids, err := a.cfg.Store.DeleteStream(ctx, s.ID)
	if errors.Is(err, metastore.ErrNotFound) {
		return nil, notFound(msgNoStream)
	} else if err != nil {
		return nil, err
	}
	// As in DeleteLogGroup: the stream is gone whatever comes now.
	for _, id := range ids {
		if err := a.cfg.Dropper.DropStream(context.WithoutCancel(ctx), g.ID, id); err != nil {
			a.cfg.Logger.Error("events of a deleted log stream stay until the next start", "group", g.Name, "stream", s.Name, "error", err)
		}
	}
	return &cloudwatchlogs.DeleteLogStreamOutput{}, nil
}
