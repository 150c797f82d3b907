package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"skywatch/internal/awswire"
)

// What this server says beyond AWS's own shapes goes past the SDK's types: a
// header of StartQuery, a member of GetQueryResults, and a header of answers
// from which events are missing. Other servers ignore the first and leave out
// the others.

// liftRowLimit asks on StartQuery for all rows.
func liftRowLimit(o *cloudwatchlogs.Options) {
	o.APIOptions = append(o.APIOptions, smithyhttp.AddHeaderValue(awswire.RowLimitHeader, awswire.RowLimitNone))
}

// rowLimitLifted says whether the server did as liftRowLimit asked.
func rowLimitLifted(answer middleware.Metadata) bool {
	res, ok := awsmiddleware.GetRawResponse(answer).(*smithyhttp.Response)
	return ok && res.Header.Get(awswire.RowLimitHeader) == awswire.RowLimitNone
}

// losses are the events that the server could not read.
type losses struct {
	found  bool
	events int64 // at most; 0 when the server does not know
}

// add takes the answer of GetLogEvents, FilterLogEvents or GetQueryResults into
// account.
func (l *losses) add(answer middleware.Metadata) {
	res, ok := awsmiddleware.GetRawResponse(answer).(*smithyhttp.Response)
	if !ok {
		return
	}
	if n, err := strconv.ParseInt(res.Header.Get(awswire.SkippedHeader), 10, 64); err == nil {
		l.found, l.events = true, l.events+n
	}
}

// merge adds what others have found.
func (l *losses) merge(other losses) {
	l.found, l.events = l.found || other.found, l.events+other.events
}

// err is a *lossError, nil when nothing is lost.
func (l *losses) err() error {
	if !l.found {
		return nil
	}
	return &lossError{l.events}
}

// readReason sets *reason to why the query ended as it did, "" when the answer
// of GetQueryResults does not tell. The body is held in memory, so it should be
// asked for with few rows.
func readReason(reason *string) func(*cloudwatchlogs.Options) {
	read := func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, meta, err := next.HandleDeserialize(ctx, in)
		res, ok := out.RawResponse.(*smithyhttp.Response)
		if err != nil || !ok {
			return out, meta, err
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			return out, meta, fmt.Errorf("read the answer: %w", err)
		}
		res.Body = io.NopCloser(bytes.NewReader(body))
		var more struct {
			Reason string `json:"statusReason"`
		}
		// What is no JSON is for the SDK to complain about.
		_ = json.Unmarshal(body, &more)
		*reason = more.Reason
		return out, meta, nil
	}
	return func(o *cloudwatchlogs.Options) {
		o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
			return s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("readReason", read), middleware.After)
		})
	}
}
