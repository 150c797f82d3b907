package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const liveGroups = 10 // that StartLiveTail takes

// checkLive refuses what a live tail cannot do.
func (c *tailCmd) checkLive() error {
	switch {
	case c.NoFollow:
		return usagef("--live and --no-follow exclude each other: a live tail shows only what comes")
	case c.Since != tailSince:
		return usagef("--live and --since exclude each other: a live tail shows only what comes")
	}
	return nil
}

// live follows the groups over sessions of StartLiveTail, one after another:
// the service ends each after three hours, and a server may restart.
func (t *tailer) live(ctx context.Context) error {
	names, err := findGroups(ctx, t.client, t.cmd.Group)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return usagef("no log group fits %s", strings.Join(t.cmd.Group, ", "))
	}
	if len(names) > liveGroups || t.cmd.Stream != "" && len(names) > 1 {
		return usagef("--live follows at most %d log groups, and one with --stream; %d fit: leave --live out", liveGroups, len(names))
	}
	in := &cloudwatchlogs.StartLiveTailInput{}
	for _, name := range names {
		arn, err := groupARN(ctx, t.client, name)
		if err != nil {
			return err
		}
		in.LogGroupIdentifiers = append(in.LogGroupIdentifiers, arn)
		t.groups[name] = &tailGroup{name: name}
	}
	if t.cmd.Filter != "" {
		in.LogEventFilterPattern = &t.cmd.Filter
	}
	if t.cmd.Stream != "" {
		in.LogStreamNamePrefixes = []string{t.cmd.Stream}
	}
	for pause := t.cmd.Interval; ; {
		err := t.session(ctx, in)
		var expired *types.SessionTimeoutException
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &expired):
			continue
		case !t.connected || errors.Is(err, errWrite) || !passing(err):
			return err
		}
		if !t.trouble {
			t.con.warn("%s; waiting for the server", message(err))
		}
		t.trouble = true
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, tailBackOff)
	}
}

var errWrite = errors.New("write events")

// session writes what one session brings, until it ends. The error is never nil.
func (t *tailer) session(ctx context.Context, in *cloudwatchlogs.StartLiveTailInput) error {
	out, err := t.client.StartLiveTail(ctx, in, t.cmd.Remote.hostAsGiven)
	if err != nil {
		return err
	}
	stream := out.GetStream()
	defer stream.Close()
	sampled := false
	for event := range stream.Events() {
		if t.trouble {
			t.con.warn("the server is back")
		}
		t.connected, t.trouble = true, false
		update, ok := event.(*types.StartLiveTailResponseStreamMemberSessionUpdate)
		if !ok {
			continue
		}
		if m := update.Value.SessionMetadata; m != nil && m.Sampled != sampled {
			if sampled = m.Sampled; sampled {
				t.con.warn("more than 500 events a second match: only a sample of them is shown")
			}
		}
		var b strings.Builder
		for _, e := range update.Value.SessionResults {
			if err := t.line(&b, &tailEvent{groupName(aws.ToString(e.LogGroupIdentifier)), types.FilteredLogEvent{
				Timestamp: e.Timestamp, IngestionTime: e.IngestionTime, LogStreamName: e.LogStreamName, Message: e.Message,
			}}); err != nil {
				return err
			}
		}
		if _, err := io.WriteString(t.con.out, b.String()); err != nil {
			return fmt.Errorf("%w: %w", errWrite, err)
		}
	}
	if err := stream.Err(); err != nil {
		return err
	}
	return errors.New("the live tail ended")
}

// groupName is the name in a log group's ARN; what is no ARN is the name, with
// or without the account before it.
func groupName(identifier string) string {
	if _, name, ok := strings.Cut(identifier, ":log-group:"); ok {
		return strings.TrimSuffix(name, ":*")
	}
	if _, name, ok := strings.Cut(identifier, ":"); ok {
		return name
	}
	return identifier
}

// groupARN asks for the ARN of a group.
func groupARN(ctx context.Context, c *cloudwatchlogs.Client, name string) (string, error) {
	// Among the names that begin so, the name itself is the first.
	page, err := c.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name, Limit: aws.Int32(1)})
	if err != nil {
		return "", err
	}
	if len(page.LogGroups) == 0 || aws.ToString(page.LogGroups[0].LogGroupName) != name {
		return "", fmt.Errorf("there is no log group %s", name)
	}
	return aws.ToString(page.LogGroups[0].LogGroupArn), nil
}

// hostAsGiven keeps the SDK from putting "stream-" before the host of an
// endpoint, unless that is AWS's own, which wants it.
func (f *remoteFlags) hostAsGiven(o *cloudwatchlogs.Options) {
	u, err := url.Parse(aws.ToString(o.BaseEndpoint))
	if err == nil && (strings.HasSuffix(u.Hostname(), ".amazonaws.com") || strings.HasSuffix(u.Hostname(), ".amazonaws.com.cn")) {
		return
	}
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("hostAsGiven", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
		}), middleware.Before)
	})
}
