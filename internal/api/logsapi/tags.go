package logsapi

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/awswire"
	"skywatch/internal/metastore"
)

const maxTags = 50 // on one log group

const (
	tagKeyPattern   = `([\p{L}\p{Z}\p{N}_.:/=+\-@]+)`
	tagValuePattern = `([\p{L}\p{Z}\p{N}_.:/=+\-@]*)`
)

func isTagRune(r rune) bool {
	return unicode.In(r, unicode.L, unicode.Z, unicode.N) || strings.ContainsRune("_.:/=+-@", r)
}

// tags checks keys and values.
func (c *checks) tags(member string, tags map[string]string) {
	c.count(member, len(tags), 1, maxTags)
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		c.tagKey(member+".key", k)
		v := tags[k]
		c.length(member+"."+k+".member", v, 0, 256)
		c.pattern(member+"."+k+".member", v, tagValuePattern, isTagRune)
	}
}

func (c *checks) tagKey(member, k string) {
	c.length(member, k, 1, 128)
	c.pattern(member, k, tagKeyPattern, isTagRune)
	if strings.HasPrefix(strings.ToLower(k), "aws:") {
		c.fail(shown(k), member, "Member must not begin with the reserved prefix aws:")
	}
}

// tagged returns the name of the log group that an ARN means.
func (a *API) tagged(ctx context.Context, arn string) (string, error) {
	sc, name, ok := groupFromARN(arn)
	if !ok {
		return "", invalid("The specified resource ARN does not name a log group: %s", shown(arn))
	}
	if sc != awswire.Info(ctx).Scope {
		return "", notFound("The specified resource does not exist.")
	}
	return name, nil
}

// TagResource adds tags to a log group, or replaces their values.
func (a *API) TagResource(ctx context.Context, in *cloudwatchlogs.TagResourceInput) (*cloudwatchlogs.TagResourceOutput, error) {
	var c checks
	c.resourceARN("resourceArn", in.ResourceArn)
	if c.required("tags", in.Tags != nil) {
		c.tags("tags", in.Tags)
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	name, err := a.tagged(ctx, *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	if err := a.addTags(ctx, name, in.Tags); err != nil {
		return nil, err
	}
	return &cloudwatchlogs.TagResourceOutput{}, nil
}

// UntagResource removes tags by key; keys that are not there do no harm.
func (a *API) UntagResource(ctx context.Context, in *cloudwatchlogs.UntagResourceInput) (*cloudwatchlogs.UntagResourceOutput, error) {
	var c checks
	c.resourceARN("resourceArn", in.ResourceArn)
	if c.required("tagKeys", in.TagKeys != nil) {
		c.count("tagKeys", len(in.TagKeys), 0, maxTags)
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	name, err := a.tagged(ctx, *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	if err := a.removeTags(ctx, name, in.TagKeys); err != nil {
		return nil, err
	}
	return &cloudwatchlogs.UntagResourceOutput{}, nil
}

// ListTagsForResource answers a log group's tags.
func (a *API) ListTagsForResource(ctx context.Context, in *cloudwatchlogs.ListTagsForResourceInput) (*cloudwatchlogs.ListTagsForResourceOutput, error) {
	var c checks
	c.resourceARN("resourceArn", in.ResourceArn)
	if err := c.err(); err != nil {
		return nil, err
	}
	name, err := a.tagged(ctx, *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	tags, err := a.tagsOf(ctx, name)
	if err != nil {
		return nil, err
	}
	return &cloudwatchlogs.ListTagsForResourceOutput{Tags: tags}, nil
}

// TagLogGroup is the deprecated TagResource.
func (a *API) TagLogGroup(ctx context.Context, in *cloudwatchlogs.TagLogGroupInput) (*cloudwatchlogs.TagLogGroupOutput, error) {
	var c checks
	c.groupName("logGroupName", in.LogGroupName)
	if c.required("tags", in.Tags != nil) {
		c.tags("tags", in.Tags)
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := a.addTags(ctx, *in.LogGroupName, in.Tags); err != nil {
		return nil, err
	}
	return &cloudwatchlogs.TagLogGroupOutput{}, nil
}

// UntagLogGroup is the deprecated UntagResource.
func (a *API) UntagLogGroup(ctx context.Context, in *cloudwatchlogs.UntagLogGroupInput) (*cloudwatchlogs.UntagLogGroupOutput, error) {
	var c checks
	c.groupName("logGroupName", in.LogGroupName)
	if c.required("tags", in.Tags != nil) {
		c.count("tags", len(in.Tags), 1, maxTags)
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := a.removeTags(ctx, *in.LogGroupName, in.Tags); err != nil {
		return nil, err
	}
	return &cloudwatchlogs.UntagLogGroupOutput{}, nil
}

// ListTagsLogGroup is the deprecated ListTagsForResource.
func (a *API) ListTagsLogGroup(ctx context.Context, in *cloudwatchlogs.ListTagsLogGroupInput) (*cloudwatchlogs.ListTagsLogGroupOutput, error) {
	var c checks
	c.groupName("logGroupName", in.LogGroupName)
	if err := c.err(); err != nil {
		return nil, err
	}
	tags, err := a.tagsOf(ctx, *in.LogGroupName)
	if err != nil {
		return nil, err
	}
	return &cloudwatchlogs.ListTagsLogGroupOutput{Tags: tags}, nil
}

func (a *API) addTags(ctx context.Context, name string, tags map[string]string) error {
	return a.update(ctx, name, func(g *metastore.Group) error {
		if g.Tags == nil {
			g.Tags = map[string]string{}
		}
		maps.Copy(g.Tags, tags)
		if len(g.Tags) > maxTags {
			return &types.TooManyTagsException{
				Message:      aws.String(fmt.Sprintf("The log group would have %d tags; at most %d are allowed.", len(g.Tags), maxTags)),
				ResourceName: aws.String(g.Name),
			}
		}
		return nil
	})
}

func (a *API) removeTags(ctx context.Context, name string, keys []string) error {
	return a.update(ctx, name, func(g *metastore.Group) error {
		for _, k := range keys {
			delete(g.Tags, k)
		}
		return nil
	})
}

// tagsOf returns a group's tags, an empty map for none.
func (a *API) tagsOf(ctx context.Context, name string) (map[string]string, error) {
	g, err := a.group(awswire.Info(ctx).Scope, name)
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	maps.Copy(tags, g.Tags)
	return tags, nil
}
