package metricsapi

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"skywatch/internal/awswire"
	"skywatch/internal/metricexec"
	"skywatch/internal/metrics"
	"skywatch/internal/scope"
)

const maxQueryID = 255

// dataRequest is a checked GetMetricData request.
type dataRequest struct {
	start, end  int64 // milliseconds
	descending  bool
	pageSize    int
	queries     []dataQuery // those that return data, in order
	fingerprint uint64
}

// dataQuery is one MetricStat query.
type dataQuery struct {
	id     string
	period int64 // seconds
	stat   string
	exec   metricexec.Query
	label  label
}

var (
	idPattern       = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`)
	timezonePattern = regexp.MustCompile(`^[+-][0-9]{4}$`)
)

// violation is AWS's sentence about a violated constraint.
func violation(value any, at, constraint string) error {
	return awswire.ValidationError("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: %s",
		clip(fmt.Sprint(value)), at, constraint)
}

// missing is AWS's sentence about a missing member.
func missing(at string) error {
	return awswire.ValidationError("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", at)
}

func clip(s string) string {
	if len(s) > 300 {
		return strings.ToValidUTF8(s[:300], "") + "…"
	}
	return s
}

// asValidationError gives the errors of the parameter checks, which PutMetricData
// and its siblings share, the code that GetMetricData uses.
func asValidationError(err error) error {
	var e *awswire.Error
	if errors.As(err, &e) {
		return awswire.ValidationError("%s", e.Message)
	}
	return err
}

func checkDataRequest(sc scope.Scope, in *cloudwatch.GetMetricDataInput) (*dataRequest, error) {
	switch {
	case in.StartTime == nil:
		return nil, missing("startTime")
	case in.EndTime == nil:
		return nil, missing("endTime")
	case in.StartTime.Equal(*in.EndTime):
		return nil, awswire.ValidationError("The parameter StartTime must not equal parameter EndTime.")
	case in.EndTime.Before(*in.StartTime):
		return nil, awswire.ValidationError("The parameter EndTime must be greater than StartTime.")
	case len(in.MetricDataQueries) == 0:
		return nil, missing("metricDataQueries")
	case len(in.MetricDataQueries) > maxQueries:
		return nil, awswire.ValidationError("The collection MetricDataQueries must not have a size greater than %d.", maxQueries)
	}
	req := &dataRequest{start: clampMillis(*in.StartTime), end: clampMillis(*in.EndTime), pageSize: maxPage}
	if req.start >= req.end { // closer than a millisecond
		return nil, awswire.ValidationError("The parameter StartTime must not equal parameter EndTime.")
	}
	switch in.ScanBy {
	case "", types.ScanByTimestampDescending:
		req.descending = true
	case types.ScanByTimestampAscending:
	default:
		return nil, violation(in.ScanBy, "scanBy", "Member must satisfy enum value set: [TimestampDescending, TimestampAscending]")
	}
	if in.MaxDatapoints != nil {
		if *in.MaxDatapoints < 1 {
			return nil, violation(*in.MaxDatapoints, "maxDatapoints", "Member must have value greater than or equal to 1")
		}
		req.pageSize = min(int(*in.MaxDatapoints), maxPage)
	}
	if o := in.LabelOptions; o != nil && o.Timezone != nil && !timezonePattern.MatchString(*o.Timezone) {
		return nil, violation(*o.Timezone, "labelOptions.timezone", "Member must satisfy regular expression pattern: [+-][0-9]{4}")
	}

	seen := map[string]bool{}
	for i := range in.MetricDataQueries {
		mq := &in.MetricDataQueries[i]
		q, err := checkQuery(sc, i, mq)
		if err != nil {
			return nil, err
		}
		if seen[q.id] {
			return nil, awswire.ValidationError("The values for parameter id in MetricDataQueries are not unique: %s is used more than once.", q.id)
		}
		seen[q.id] = true
		if mq.ReturnData == nil || *mq.ReturnData {
			req.queries = append(req.queries, q)
		}
	}
	if len(req.queries) == 0 {
		return nil, awswire.ValidationError("At least one query in MetricDataQueries must have ReturnData set to true.")
	}
	setDefaultLabels(req.queries)
	req.setFingerprint(sc)
	return req, nil
}

func checkQuery(sc scope.Scope, i int, mq *types.MetricDataQuery) (q dataQuery, err error) {
	at := fmt.Sprintf("metricDataQueries.%d.member.", i+1)
	switch {
	case mq.Id == nil || *mq.Id == "":
		return q, missing(at + "id")
	case len(*mq.Id) > maxQueryID:
		return q, violation(*mq.Id, at+"id", fmt.Sprintf("Member must have length less than or equal to %d", maxQueryID))
	case !idPattern.MatchString(*mq.Id):
		return q, violation(*mq.Id, at+"id", "Member must satisfy regular expression pattern: [a-z][a-zA-Z0-9_]*")
	}
	q.id = *mq.Id
	switch {
	case mq.MetricStat != nil && mq.Expression != nil, mq.MetricStat == nil && mq.Expression == nil:
		return q, awswire.ValidationError("Exactly one of MetricStat and Expression must be specified for the query with id %s.", q.id)
	case mq.Expression != nil:
		return q, awswire.ValidationError("The expression of the query with id %s is not supported: this server does not evaluate Expression %q yet.", q.id, clip(*mq.Expression))
	case mq.AccountId != nil && *mq.AccountId != sc.Account:
		return q, awswire.ValidationError("The AccountId %s of the query with id %s is not supported: only the account of the request (%s) can be read.", clip(*mq.AccountId), q.id, sc.Account)
	case mq.Period != nil:
		return q, awswire.ValidationError("The query with id %s has a Period next to MetricStat: Period is for expressions, MetricStat has its own.", q.id)
	}
	ms := mq.MetricStat
	at += "metricStat."
	switch {
	case ms.Metric == nil:
		return q, missing(at + "metric")
	case ms.Metric.Namespace == nil || *ms.Metric.Namespace == "":
		return q, missing(at + "metric.namespace")
	case ms.Metric.MetricName == nil || *ms.Metric.MetricName == "":
		return q, missing(at + "metric.metricName")
	case ms.Period == nil:
		return q, missing(at + "period")
	case ms.Stat == nil || *ms.Stat == "":
		return q, missing(at + "stat")
	case *ms.Period < 1:
		return q, violation(*ms.Period, at+"period", "Member must have value greater than or equal to 1")
	case !metricexec.ValidPeriod(int64(*ms.Period)):
		return q, violation(*ms.Period, at+"period", badPeriod)
	}
	if err := checkNamespace(at+"metric.namespace", ms.Metric.Namespace); err != nil {
		return q, asValidationError(err)
	}
	if err := checkMetricName(at+"metric.metricName", ms.Metric.MetricName); err != nil {
		return q, asValidationError(err)
	}
	dims, err := dimensions(nil, func() string { return at + "metric.dimensions" }, ms.Metric.Dimensions)
	if err != nil {
		return q, asValidationError(err)
	}
	unit, err := checkUnit(at+"unit", ms.Unit, "")
	if err != nil {
		return q, asValidationError(err)
	}
	stat, err := metricexec.ParseStatistic(*ms.Stat)
	if err != nil {
		return q, violation(*ms.Stat, at+"stat", err.Error())
	}
	q.period, q.stat = int64(*ms.Period), *ms.Stat
	q.exec = metricexec.Query{
		Key:  metrics.Key{Scope: sc, Namespace: *ms.Metric.Namespace, Name: *ms.Metric.MetricName, Dimensions: dims},
		Unit: unit,
		Stat: stat,
	}
	if mq.Label != nil {
		if q.label, err = parseLabel(*mq.Label); err != nil {
			return q, awswire.ValidationError("The Label of the query with id %s is invalid: %s.", q.id, err)
		}
	}
	return q, nil
}

// setFingerprint binds paging tokens to what was asked. The page size may
// change from page to page.
func (r *dataRequest) setFingerprint(sc scope.Scope) {
	parts := []any{sc, r.start, r.end, r.descending}
	for i := range r.queries {
		q := &r.queries[i]
		parts = append(parts, q.id, q.period, q.stat, q.exec.Unit, q.exec.Key.Namespace, q.exec.Key.Name, q.exec.Key.Dimensions)
	}
	r.fingerprint = fingerprint(parts...)
}
