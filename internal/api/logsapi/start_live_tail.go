package logsapi

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/schemas"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"

	"skywatch/internal/awswire"
	"skywatch/internal/lang/filterpattern"
	"skywatch/internal/livetail"
	"skywatch/internal/logs"
)

// StartLiveTail streams the events that arrive from now on: sessionStart, then
// a sessionUpdate every second. Log groups may be given by name as well as by
// ARN; named streams need not exist yet.
func (a *API) StartLiveTail(ctx context.Context, in *cloudwatchlogs.StartLiveTailInput) (awswire.Streamer, error) {
	if err := checkLiveTail(in); err != nil {
		return nil, err
	}
	pattern, err := filterpattern.Parse(value(in.LogEventFilterPattern))
	if err != nil {
		return nil, wirePattern(err)
	}
	info := awswire.Info(ctx)
	spec := livetail.Spec{Account: info.Scope.Account, Streams: in.LogStreamNames, Prefixes: in.LogStreamNamePrefixes}
	if value(in.LogEventFilterPattern) != "" {
		spec.Match = pattern.Match
	}
	arns := map[logs.GroupID]*string{}
	for _, id := range in.LogGroupIdentifiers {
		g, err := a.identified(info.Scope, id)
		if err != nil {
			return nil, err
		}
		if arns[g.ID] == nil {
			arns[g.ID] = aws.String(groupARN(info.Scope, g.Name))
			spec.Groups = append(spec.Groups, g.ID)
		}
	}
	session, err := a.cfg.Tail.Open(spec)
	if err != nil {
		return nil, wireTail(err)
	}
	return func(ctx context.Context, events *awswire.EventStream) error {
		defer session.Close()
		err := events.Send(&types.StartLiveTailResponseStreamMemberSessionStart{Value: types.LiveTailSessionStart{
			RequestId: &info.RequestID, SessionId: aws.String(newUUID()),
			LogGroupIdentifiers: in.LogGroupIdentifiers, LogStreamNames: listed(in.LogStreamNames),
			LogStreamNamePrefixes: listed(in.LogStreamNamePrefixes), LogEventFilterPattern: aws.String(value(in.LogEventFilterPattern)),
		}})
		for err == nil {
			var u livetail.Update
			if u, err = session.Next(ctx); err == nil {
				err = events.Send(&tailUpdate{u, arns})
			}
		}
		return wireTail(err)
	}, nil
}

func checkLiveTail(in *cloudwatchlogs.StartLiveTailInput) error {
	var c checks
	if c.required("logGroupIdentifiers", in.LogGroupIdentifiers != nil) {
		c.count("logGroupIdentifiers", len(in.LogGroupIdentifiers), 1, 10)
		for i, id := range in.LogGroupIdentifiers {
			c.identifier(fmt.Sprintf("logGroupIdentifiers.%d.member", i+1), id)
		}
	}
	streams := func(member string, names []string) {
		if names != nil {
			c.count(member, len(names), 1, 100)
			for i, name := range names {
				c.streamText(fmt.Sprintf("%s.%d.member", member, i+1), name)
			}
		}
	}
	streams("logStreamNames", in.LogStreamNames)
	streams("logStreamNamePrefixes", in.LogStreamNamePrefixes)
	if in.LogEventFilterPattern != nil {
		c.length("logEventFilterPattern", *in.LogEventFilterPattern, 0, filterpattern.MaxLength)
	}
	if err := c.err(); err != nil {
		return err
	}
	switch {
	case in.LogStreamNames != nil && in.LogStreamNamePrefixes != nil:
		return invalid("logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.")
	case (in.LogStreamNames != nil || in.LogStreamNamePrefixes != nil) && len(in.LogGroupIdentifiers) > 1:
		return invalid("logStreamNames and logStreamNamePrefixes can be given only with a single log group.")
	}
	return nil
}

// listed is what sessionStart shows for an absent list.
func listed(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}

// wireTail gives the end of a session its AWS shape.
func wireTail(err error) error {
	switch {
	case errors.Is(err, livetail.ErrTooMany):
		return &types.LimitExceededException{Message: aws.String("The live tail cannot begin: " + err.Error() + ".")}
	case errors.Is(err, livetail.ErrExpired):
		return &types.SessionTimeoutException{Message: aws.String("The Live Tail session has reached its time limit.")}
	case errors.Is(err, livetail.ErrClosed):
		return &types.SessionStreamingException{Message: aws.String("The server is shutting down.")}
	}
	return err
}

// tailUpdate is the event sessionUpdate. It writes itself, since the SDK's own
// shape leaves out a false member that clients read unasked (the AWS CLI's
// reading of sampled fails without it).
type tailUpdate struct {
	livetail.Update
	arns map[logs.GroupID]*string
}

// Serialize implements smithy.Serializable.
func (u *tailUpdate) Serialize(s smithy.ShapeSerializer) {
	s.WriteStruct(schemas.StartLiveTailResponseStream_sessionUpdate)
	s.WriteStruct(schemas.LiveTailSessionUpdate_sessionMetadata)
	s.WriteBool(schemas.LiveTailSessionMetadata_sampled, u.Sampled)
	s.CloseStruct()
	s.WriteList(schemas.LiveTailSessionUpdate_sessionResults)
	for i := range u.Events {
		e := &u.Events[i]
		(&types.LiveTailSessionLogEvent{
			LogGroupIdentifier: u.arns[e.Group], LogStreamName: &e.Stream,
			Timestamp: &e.Timestamp, IngestionTime: &e.Ingested, Message: &e.Message,
		}).Serialize(s)
	}
	s.CloseList()
	s.CloseStruct()
}
