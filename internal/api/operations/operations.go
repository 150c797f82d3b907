// Package operations describes CloudWatch and CloudWatch Logs to package
// awswire: their names on the wire, their errors, and a generated table of
// every operation they have. A service returned here has no handlers yet; the
// packages metricsapi and logsapi register theirs on it, and the server passes
// it to the mux.
package operations

import (
	"net/http"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/traits"

	"skywatch/internal/awswire"
)

//go:generate go run ./gen

const (
	// metricsMaxBody is AWS's limit of a PutMetricData request as sent. AWS does
	// not say that it holds after decompression, and a full call of 1,000 data
	// with long dimensions is larger as JSON, so what it inflates to gets more.
	metricsMaxBody     = 1 << 20
	metricsMaxInflated = 8 << 20
	// logsMaxBody fits a batch of 1 MiB (the limit of PutLogEvents, counted in
	// UTF-8) whose every byte JSON writes as \u00XX, and its framing.
	logsMaxBody = 8 << 20
)

// CloudWatch returns the description of CloudWatch, new on every call.
func CloudWatch() *awswire.Service {
	return &awswire.Service{
		Name:            "CloudWatch",
		SigningName:     "monitoring",
		TargetPrefix:    "GraniteServiceVersion20100801",
		RPCName:         "GraniteServiceVersion20100801",
		XMLNamespace:    "http://monitoring.amazonaws.com/doc/2010-08-01/",
		Version:         "2010-08-01",
		JSONVersion:     "1.0",
		ShapeNamespace:  "com.amazonaws.cloudwatch",
		QueryCompatible: true,
		AuthStatus:      http.StatusForbidden,
		InternalError:   "InternalServiceFault",
		MaxBody:         metricsMaxBody,
		MaxInflated:     metricsMaxInflated,
		Operations:      cloudWatchOperations,
		Errors:          errorSchemas(cloudwatch.TypeRegistry),
		Unions: awswire.Unions{
			reflect.TypeFor[cwtypes.EvaluationCriteria](): {
				"PromQLCriteria": reflect.TypeFor[cwtypes.EvaluationCriteriaMemberPromQLCriteria](),
			},
			reflect.TypeFor[cwtypes.EvaluationWindow](): {
				"SlidingWindow":   reflect.TypeFor[cwtypes.EvaluationWindowMemberSlidingWindow](),
				"WallClockWindow": reflect.TypeFor[cwtypes.EvaluationWindowMemberWallClockWindow](),
			},
		},
	}
}

// Logs returns the description of CloudWatch Logs, new on every call.
func Logs() *awswire.Service {
	return &awswire.Service{
		Name:           "CloudWatch Logs",
		SigningName:    "logs",
		TargetPrefix:   "Logs_20140328",
		Version:        "2014-03-28",
		JSONVersion:    "1.1",
		ShapeNamespace: "com.amazonaws.cloudwatchlogs",
		AuthStatus:     http.StatusBadRequest,
		InternalError:  "InternalFailure",
		MaxBody:        logsMaxBody,
		MaxInflated:    logsMaxBody,
		Operations:     logsOperations,
		Errors:         errorSchemas(cloudwatchlogs.TypeRegistry),
		Unions: awswire.Unions{
			reflect.TypeFor[logstypes.ResourceConfig](): {
				"openSearchResourceConfig": reflect.TypeFor[logstypes.ResourceConfigMemberOpenSearchResourceConfig](),
			},
		},
	}
}

// errorSchemas picks the error shapes out of a service's types.
func errorSchemas(r *smithy.TypeRegistry) map[string]*smithy.Schema {
	m := map[string]*smithy.Schema{}
	for _, e := range r.Entries {
		if _, ok := smithy.SchemaTrait[*traits.Error](e.Schema); ok {
			m[e.Schema.ID().Name] = e.Schema
		}
	}
	return m
}
