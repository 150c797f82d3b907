package logsapi

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"skywatch/internal/awswire"
	"skywatch/internal/metastore"
)

// PutLogGroupDeletionProtection guards a group against DeleteLogGroup, or ends that.
func (a *API) PutLogGroupDeletionProtection(ctx context.Context, in *cloudwatchlogs.PutLogGroupDeletionProtectionInput) (*cloudwatchlogs.PutLogGroupDeletionProtectionOutput, error) {
	var c checks
	if c.required("logGroupIdentifier", in.LogGroupIdentifier != nil) {
		c.identifier("logGroupIdentifier", *in.LogGroupIdentifier)
	}
	c.required("deletionProtectionEnabled", in.DeletionProtectionEnabled != nil)
	if err := c.err(); err != nil {
		return nil, err
	}
	g, err := a.identified(awswire.Info(ctx).Scope, *in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	err = a.update(ctx, g.Name, func(g *metastore.Group) error {
		g.DeletionProtected = *in.DeletionProtectionEnabled
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &cloudwatchlogs.PutLogGroupDeletionProtectionOutput{}, nil
}
