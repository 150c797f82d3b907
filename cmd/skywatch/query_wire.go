package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"skywatch/internal/awswire"
)

// What this server says beyond AWS's own shapes goes past the SDK's types: a
// header of StartQuery and a member of GetQueryResults. Other servers ignore
// the one and leave out the other.

// liftRowLimit asks on StartQuery for all rows.
func liftRowLimit(o *cloudwatchlogs.Options) {
	o.APIOptions = append(o.APIOptions, smithyhttp.AddHeaderValue(awswire.RowLimitHeader, awswire.RowLimitNone))
}

// rowLimitLifted says whether the server did as liftRowLimit asked.
func rowLimitLifted(answer middleware.Metadata) bool {
	res, ok := awsmiddleware.GetRawResponse(answer).(*smithyhttp.Response)
	return ok && res.Header.Get(awswire.RowLimitHeader) == awswire.RowLimitNone
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
