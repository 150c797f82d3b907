package logsapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/awswire"
	"skywatch/internal/metastore"
)

// retentionDays are the values PutRetentionPolicy takes.
var retentionDays = []int32{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// PutRetentionPolicy lets events expire after so many days.
func (a *API) PutRetentionPolicy(ctx context.Context, in *cloudwatchlogs.PutRetentionPolicyInput) (*cloudwatchlogs.PutRetentionPolicyOutput, error) {
	var c checks
	c.groupName("logGroupName", in.LogGroupName)
	if c.required("retentionInDays", in.RetentionInDays != nil) && !slices.Contains(retentionDays, *in.RetentionInDays) {
		c.fail(fmt.Sprintf("'%d'", *in.RetentionInDays), "retentionInDays",
			"Member must satisfy enum value set: "+strings.ReplaceAll(fmt.Sprint(retentionDays), " ", ", "))
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := a.setRetention(ctx, *in.LogGroupName, int(*in.RetentionInDays)); err != nil {
		return nil, err
	}
	return &cloudwatchlogs.PutRetentionPolicyOutput{}, nil
}

// DeleteRetentionPolicy lets events stay for ever.
func (a *API) DeleteRetentionPolicy(ctx context.Context, in *cloudwatchlogs.DeleteRetentionPolicyInput) (*cloudwatchlogs.DeleteRetentionPolicyOutput, error) {
	var c checks
	c.groupName("logGroupName", in.LogGroupName)
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := a.setRetention(ctx, *in.LogGroupName, 0); err != nil {
		return nil, err
	}
	return &cloudwatchlogs.DeleteRetentionPolicyOutput{}, nil
}

func (a *API) setRetention(ctx context.Context, name string, days int) error {
	return a.update(ctx, name, func(g *metastore.Group) error {
		if g.Class == string(types.LogGroupClassDelivery) {
			return invalid("The retention of a log group of class DELIVERY cannot be changed.")
		}
		g.RetentionDays = days
		return nil
	})
}

// update changes a group of the caller's scope.
func (a *API) update(ctx context.Context, name string, change func(*metastore.Group) error) error {
	g, err := a.group(awswire.Info(ctx).Scope, name)
	if err != nil {
		return err
	}
	_, err = a.cfg.Store.UpdateGroup(ctx, g.ID, change)
	if errors.Is(err, metastore.ErrNotFound) {
		return notFound(msgNoGroup)
	}
	return err
}
