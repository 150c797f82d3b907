package metricsapi

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"skywatch/internal/awswire"
	"skywatch/internal/metricexec"
	"skywatch/internal/metrics"
)

const (
	maxDatapoints         = 1440 // of one GetMetricStatistics answer
	maxStatistics         = 5
	maxExtendedStatistics = 10
)

var basicStatistics = []types.Statistic{"SampleCount", "Average", "Sum", "Minimum", "Maximum"}

const badPeriod = "It must be 1, 5, 10, 20, 30 or a multiple of 60."

func (a *api) getMetricStatistics(ctx context.Context, in *cloudwatch.GetMetricStatisticsInput) (*cloudwatch.GetMetricStatisticsOutput, error) {
	if err := checkNamespace("Namespace", in.Namespace); err != nil {
		return nil, err
	}
	if err := checkMetricName("MetricName", in.MetricName); err != nil {
		return nil, err
	}
	dims, err := dimensions(nil, func() string { return "Dimensions" }, in.Dimensions)
	if err != nil {
		return nil, err
	}
	unit, err := checkUnit("Unit", in.Unit, "")
	if err != nil {
		return nil, err
	}
	switch {
	case in.StartTime == nil:
		return nil, required("StartTime")
	case in.EndTime == nil:
		return nil, required("EndTime")
	case in.Period == nil:
		return nil, required("Period")
	case !metricexec.ValidPeriod(int64(*in.Period)):
		return nil, invalid("Period", *in.Period, badPeriod)
	case !in.StartTime.Before(*in.EndTime):
		return nil, awswire.InvalidParameterCombination("The parameter StartTime must be less than the parameter EndTime.")
	}
	stats, err := requestedStatistics(in)
	if err != nil {
		return nil, err
	}
	start, end := clampMillis(*in.StartTime), clampMillis(*in.EndTime)
	period := int64(*in.Period) * 1000
	if n := (end - start + period - 1) / period; n > maxDatapoints {
		return nil, awswire.InvalidParameterCombination("You have requested up to %s datapoints, which exceeds the limit of %s. "+
			"You may reduce the datapoints requested by increasing Period, or decreasing the time range.",
			thousands(n), thousands(maxDatapoints))
	}
	grid, err := metricexec.GridFor(start, end, int64(*in.Period), a.Now().UnixMilli())
	if err != nil {
		return nil, awswire.InvalidParameterValue("%s.", err)
	}

	key := metrics.Key{Scope: awswire.Info(ctx).Scope, Namespace: *in.Namespace, Name: *in.MetricName, Dimensions: dims}
	read, err := metricexec.Read(ctx, a.Index, a.Selector, key, unit, grid, stats.needDistribution())
	if err != nil {
		return nil, fmt.Errorf("get statistics of %s %s: %w", key.Namespace, key.Name, err)
	}
	out := &cloudwatch.GetMetricStatisticsOutput{Label: in.MetricName, Datapoints: []types.Datapoint{}}
	for _, u := range read {
		for _, b := range u.Buckets {
			if p, ok := stats.datapoint(b); ok {
				t := time.UnixMilli(grid.Start + int64(b.Index)*grid.Period).UTC()
				p.Timestamp, p.Unit = &t, types.StandardUnit(u.Unit)
				out.Datapoints = append(out.Datapoints, p)
			}
		}
	}
	slices.SortStableFunc(out.Datapoints, func(a, b types.Datapoint) int {
		return cmp.Or(a.Timestamp.Compare(*b.Timestamp), cmp.Compare(a.Unit, b.Unit))
	})
	return out, nil
}

// statistics are those that one request asks for.
type statistics struct {
	basic    map[types.Statistic]bool
	extended []metricexec.Statistic
	names    []string // of extended
}

func requestedStatistics(in *cloudwatch.GetMetricStatisticsInput) (statistics, error) {
	s := statistics{basic: map[types.Statistic]bool{}}
	switch {
	case len(in.Statistics) == 0 && len(in.ExtendedStatistics) == 0:
		return s, awswire.MissingParameter("At least one of the parameters Statistics and ExtendedStatistics must be specified.")
	case len(in.Statistics) > 0 && len(in.ExtendedStatistics) > 0:
		return s, awswire.InvalidParameterCombination("The parameters Statistics and ExtendedStatistics are mutually exclusive and you have specified both.")
	case len(in.Statistics) > maxStatistics:
		return s, tooMany("Statistics", maxStatistics)
	case len(in.ExtendedStatistics) > maxExtendedStatistics:
		return s, tooMany("ExtendedStatistics", maxExtendedStatistics)
	}
	for i, name := range in.Statistics {
		if !slices.Contains(basicStatistics, name) {
			return s, notInSet(fmt.Sprintf("Statistics.member.%d", i+1), basicStatistics)
		}
		s.basic[name] = true
	}
	for i, name := range in.ExtendedStatistics {
		stat, err := metricexec.ParseStatistic(name)
		if err != nil {
			return s, invalid(fmt.Sprintf("ExtendedStatistics.member.%d", i+1), name, "("+err.Error()+")")
		}
		s.extended, s.names = append(s.extended, stat), append(s.names, name)
	}
	return s, nil
}

func (s statistics) needDistribution() bool {
	return slices.ContainsFunc(s.extended, metricexec.Statistic.NeedsDistribution)
}

// datapoint draws the statistics from a bucket. It returns false when there is
// nothing to say: the bucket has no distribution, say.
func (s statistics) datapoint(b metrics.Bucket) (types.Datapoint, bool) {
	var p types.Datapoint
	for i, stat := range s.extended {
		if v, ok := stat.Eval(b); ok {
			if p.ExtendedStatistics == nil {
				p.ExtendedStatistics = map[string]float64{}
			}
			p.ExtendedStatistics[s.names[i]] = v
		}
	}
	if len(s.extended) > 0 {
		return p, p.ExtendedStatistics != nil
	}
	set := func(name types.Statistic, place **float64, v float64) {
		if s.basic[name] {
			*place = &v
		}
	}
	set("SampleCount", &p.SampleCount, b.Stats.Count)
	set("Average", &p.Average, b.Stats.Average())
	set("Sum", &p.Sum, b.Stats.Sum)
	set("Minimum", &p.Minimum, b.Stats.Min)
	set("Maximum", &p.Maximum, b.Stats.Max)
	return p, true
}

// clampMillis returns t in milliseconds, brought into the years 1 to 9999, so
// that differences of two cannot overflow.
func clampMillis(t time.Time) int64 {
	const first, last = -62135596800, 253402300799
	return min(max(t.Unix(), first), last)*1000 + int64(t.Nanosecond()/1e6)
}

// thousands writes n with commas: 1,440.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
