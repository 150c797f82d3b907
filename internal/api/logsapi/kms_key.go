package logsapi

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"skywatch/internal/awswire"
	"skywatch/internal/metastore"
)

// The KMS key of a log group is kept and shown, so that tools that manage groups
// find what they have set. Nothing is encrypted with it: this server has no KMS,
// and says so in its log whenever a key is set.

// kmsKey checks the ARN of a key that is there.
func (c *checks) kmsKey(member, v string) {
	c.length(member, v, 0, 256)
	parts := strings.SplitN(v, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "kms" || !strings.HasPrefix(parts[5], "key/") {
		c.fail(shown(v), member, "Member must be the ARN of a KMS key")
	}
}

func (a *API) noteKey(group, key string) {
	if key != "" {
		a.cfg.Logger.Warn("the KMS key of a log group is kept and shown; its events are not encrypted with it", "group", group, "key", key)
	}
}

// AssociateKmsKey sets the key of a log group.
func (a *API) AssociateKmsKey(ctx context.Context, in *cloudwatchlogs.AssociateKmsKeyInput) (*cloudwatchlogs.AssociateKmsKeyOutput, error) {
	var c checks
	if c.required("kmsKeyId", in.KmsKeyId != nil) {
		c.kmsKey("kmsKeyId", *in.KmsKeyId)
	}
	if err := a.setKey(ctx, &c, in.LogGroupName, in.ResourceIdentifier, value(in.KmsKeyId)); err != nil {
		return nil, err
	}
	return &cloudwatchlogs.AssociateKmsKeyOutput{}, nil
}

// DisassociateKmsKey forgets the key of a log group, if it has one.
func (a *API) DisassociateKmsKey(ctx context.Context, in *cloudwatchlogs.DisassociateKmsKeyInput) (*cloudwatchlogs.DisassociateKmsKeyOutput, error) {
	if err := a.setKey(ctx, new(checks), in.LogGroupName, in.ResourceIdentifier, ""); err != nil {
		return nil, err
	}
	return &cloudwatchlogs.DisassociateKmsKeyOutput{}, nil
}

// setKey sets the key of the group that one of name and resource means.
func (a *API) setKey(ctx context.Context, c *checks, name, resource *string, key string) error {
	if name != nil {
		c.groupText("logGroupName", *name)
	}
	if resource != nil {
		c.length("resourceIdentifier", *resource, 1, 2048)
	}
	if err := c.err(); err != nil {
		return err
	}
	if (name == nil) == (resource == nil) {
		return invalid("Exactly one of logGroupName and resourceIdentifier must be given.")
	}
	sc := awswire.Info(ctx).Scope
	var g metastore.Group
	var err error
	switch {
	case name != nil:
		g, err = a.group(sc, *name)
	case strings.HasSuffix(*resource, ":query-result:*"):
		return unsupported("resourceIdentifier", "query results are not stored encrypted; name a log group.")
	case !strings.HasPrefix(*resource, "arn:"):
		return invalid("The specified resourceIdentifier is no ARN: %s", shown(*resource))
	default:
		g, err = a.identified(sc, *resource)
	}
	if err != nil {
		return err
	}
	if err := a.update(ctx, g.Name, func(g *metastore.Group) error {
		g.KMSKeyID = key
		return nil
	}); err != nil {
		return err
	}
	a.noteKey(g.Name, key)
	return nil
}
