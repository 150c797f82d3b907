package logsapi

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/awswire"
	"skywatch/internal/metastore"
)

// deliveryRetentionDays is the fixed retention of the DELIVERY class.
const deliveryRetentionDays = 1

// CreateLogGroup makes an empty log group.
func (a *API) CreateLogGroup(ctx context.Context, in *cloudwatchlogs.CreateLogGroupInput) (*cloudwatchlogs.CreateLogGroupOutput, error) {
	var c checks
	c.groupName("logGroupName", in.LogGroupName)
	c.class("logGroupClass", in.LogGroupClass)
	if in.Tags != nil {
		c.tags("tags", in.Tags)
	}
	if value(in.KmsKeyId) != "" {
		c.kmsKey("kmsKeyId", *in.KmsKeyId)
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	if strings.HasPrefix(*in.LogGroupName, "aws/") {
		return nil, invalid("Log groups starting with 'aws/' are reserved for AWS.")
	}
	g := metastore.Group{
		Scope:             awswire.Info(ctx).Scope,
		Name:              *in.LogGroupName,
		Class:             string(in.LogGroupClass),
		Created:           a.cfg.Now().UnixMilli(),
		KMSKeyID:          value(in.KmsKeyId),
		DeletionProtected: value(in.DeletionProtectionEnabled),
		Tags:              in.Tags,
	}
	switch in.LogGroupClass {
	case "":
		g.Class = string(types.LogGroupClassStandard)
	case types.LogGroupClassDelivery:
		g.RetentionDays = deliveryRetentionDays
	}
	if _, err := a.cfg.Store.CreateGroup(ctx, g); errors.Is(err, metastore.ErrExists) {
		return nil, exists(msgGroupExists)
	} else if err != nil {
		return nil, err
	}
	a.noteKey(g.Name, g.KMSKeyID)
	return &cloudwatchlogs.CreateLogGroupOutput{}, nil
}
