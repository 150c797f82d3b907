package logsapi

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/awswire"
	"skywatch/internal/metastore"
)

// DeleteLogGroup removes a group, its streams and its events, in the order
// that package metastore argues for.
func (a *API) DeleteLogGroup(ctx context.Context, in *cloudwatchlogs.DeleteLogGroupInput) (*cloudwatchlogs.DeleteLogGroupOutput, error) {
	var c checks
	c.groupName("logGroupName", in.LogGroupName)
	if err := c.err(); err != nil {
		return nil, err
	}
	g, err := a.group(awswire.Info(ctx).Scope, *in.LogGroupName)
	if err != nil {
		return nil, err
	}
	if g.DeletionProtected {
		return nil, &types.ValidationException{Message: aws.String("The log group is protected from deletion. Turn deletion protection off first.")}
	}
	if err := a.cfg.Store.DeleteGroup(ctx, g.ID); errors.Is(err, metastore.ErrNotFound) {
		return nil, notFound(msgNoGroup)
	} else if err != nil {
		return nil, err
	}
	// Its id is never used again: a policy that stays takes room, no more.
	if _, err := a.cfg.Store.DeleteDoc(context.WithoutCancel(ctx), indexPolicyKind, g.Scope, policyKey(g)); err != nil {
		a.cfg.Logger.Warn("index policy of a deleted log group stays", "group", g.Name, "error", err)
	}
	// The group is gone whatever comes now, also when the client goes away; what
	// the engine fails to drop it drops at its next start.
	if err := a.cfg.Dropper.DropGroup(context.WithoutCancel(ctx), g.ID); err != nil {
		a.cfg.Logger.Error("events of a deleted log group stay until the next start", "group", g.Name, "error", err)
	}
	return &cloudwatchlogs.DeleteLogGroupOutput{}, nil
}
