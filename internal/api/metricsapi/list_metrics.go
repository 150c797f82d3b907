package metricsapi

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"skywatch/internal/awswire"
	"skywatch/internal/metrics"
)

const (
	listPage            = 500
	maxDimensionFilters = 10
	// hiddenAfter is how long a metric without new data stays listed.
	hiddenAfter    = 14 * 24 * time.Hour
	recentlyActive = 3 * time.Hour
)

// listToken is the NextToken of ListMetrics: the last metric of the page
// before, so that metrics that come and go in between neither repeat nor hide
// others.
type listToken struct {
	Request    uint64 // fingerprint of the filters
	Namespace  string
	Name       string
	Dimensions []metrics.Dimension
}

func (a *api) listMetrics(ctx context.Context, in *cloudwatch.ListMetricsInput) (*cloudwatch.ListMetricsOutput, error) {
	sc := awswire.Info(ctx).Scope
	f := metrics.Filter{Scope: sc}
	if in.Namespace != nil {
		if err := checkNamespace("Namespace", in.Namespace); err != nil {
			return nil, err
		}
		f.Namespace = *in.Namespace
	}
	if in.MetricName != nil {
		if err := checkMetricName("MetricName", in.MetricName); err != nil {
			return nil, err
		}
		f.Name = *in.MetricName
	}
	if len(in.Dimensions) > maxDimensionFilters {
		return nil, tooMany("Dimensions", maxDimensionFilters)
	}
	for i, d := range in.Dimensions {
		param := fmt.Sprintf("Dimensions.member.%d.", i+1)
		if d.Name == nil || *d.Name == "" {
			return nil, required(param + "Name")
		}
		if err := checkText(param+"Name", *d.Name, maxDimensionName, true); err != nil {
			return nil, err
		}
		filter := metrics.Dimension{Name: *d.Name}
		if d.Value != nil {
			if err := checkText(param+"Value", *d.Value, maxDimensionValue, true); err != nil {
				return nil, err
			}
			filter.Value = *d.Value
		}
		f.Dimensions = append(f.Dimensions, filter)
	}
	now := a.Now()
	switch in.RecentlyActive {
	case "":
		f.Since = now.Add(-hiddenAfter).UnixMilli()
	case types.RecentlyActivePt3h:
		f.Since = now.Add(-recentlyActive).UnixMilli()
	default:
		return nil, notInSet("RecentlyActive", []types.RecentlyActive{types.RecentlyActivePt3h})
	}
	linked := in.IncludeLinkedAccounts != nil && *in.IncludeLinkedAccounts
	if in.OwningAccount != nil && !linked {
		return nil, awswire.InvalidParameterCombination("The parameter OwningAccount needs IncludeLinkedAccounts to be true.")
	}
	request := fingerprint(sc, f.Namespace, f.Name, f.Dimensions, in.RecentlyActive, linked, in.OwningAccount)
	var after *listToken
	if in.NextToken != nil {
		after = new(listToken)
		if !openToken(*in.NextToken, after) || after.Request != request {
			return nil, awswire.InvalidParameterValue("Request parameter NextToken is invalid")
		}
	}
	out := &cloudwatch.ListMetricsOutput{Metrics: []types.Metric{}}
	if in.OwningAccount != nil && *in.OwningAccount != sc.Account {
		return out, nil // no account is linked to another here
	}

	series, err := a.Index.Find(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("list metrics: %w", err)
	}
	// A metric has a series for each of its units, next to each other.
	series = slices.CompactFunc(series, func(a, b metrics.Series) bool { return compareKeys(a.Key, b.Key) == 0 })
	if after != nil {
		series = series[following(series, after):]
	}
	page := series[:min(listPage, len(series))]
	for _, s := range page {
		out.Metrics = append(out.Metrics, metricOf(s.Key))
		if linked {
			out.OwningAccounts = append(out.OwningAccounts, sc.Account)
		}
	}
	if len(series) > len(page) {
		last := page[len(page)-1].Key
		t := sealToken(listToken{request, last.Namespace, last.Name, last.Dimensions})
		out.NextToken = &t
	}
	return out, nil
}

func metricOf(k metrics.Key) types.Metric {
	m := types.Metric{Namespace: &k.Namespace, MetricName: &k.Name, Dimensions: make([]types.Dimension, len(k.Dimensions))}
	for i := range k.Dimensions {
		m.Dimensions[i] = types.Dimension{Name: &k.Dimensions[i].Name, Value: &k.Dimensions[i].Value}
	}
	return m
}

// following returns where the page after the token begins: behind its metric,
// or where that would stand when it is no longer there.
func following(series []metrics.Series, t *listToken) int {
	key := metrics.Key{Namespace: t.Namespace, Name: t.Name, Dimensions: t.Dimensions}
	for i := range series {
		if compareKeys(series[i].Key, key) == 0 {
			return i + 1
		}
	}
	for i := range series {
		if compareKeys(series[i].Key, key) > 0 {
			return i
		}
	}
	return len(series)
}

// compareKeys orders metrics of one scope as [metrics.Index] does.
func compareKeys(a, b metrics.Key) int {
	if c := strings.Compare(a.Namespace, b.Namespace); c != 0 {
		return c
	}
	if c := strings.Compare(a.Name, b.Name); c != 0 {
		return c
	}
	return slices.CompareFunc(a.Dimensions, b.Dimensions, func(a, b metrics.Dimension) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(a.Value, b.Value)
	})
}
