package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"skywatch/internal/cliout"
)

// metricsCmd reads metrics of a server.
type metricsCmd struct {
	List metricsListCmd `cmd:"" help:"List metrics by namespace, name and dimensions."`
	Get  metricsGetCmd  `cmd:"" help:"Print the datapoints of metrics."`
}

// metricFilter chooses metrics.
type metricFilter struct {
	Namespace string   `short:"n" help:"Namespace, such as AWS/Lambda." placeholder:"NAME"`
	Metric    string   `short:"m" help:"Metric name, such as Duration." placeholder:"NAME"`
	Dimension []string `short:"d" sep:"none" help:"Dimension: NAME=VALUE, or NAME for any value. Repeatable." placeholder:"NAME=VALUE"`
}

// find lists the metrics that have what the filter says, maybe more besides; at
// most limit, and one beyond it when there are more.
func (f *metricFilter) find(ctx context.Context, c *cloudwatch.Client, limit int) ([]types.Metric, error) {
	in := &cloudwatch.ListMetricsInput{}
	if f.Namespace != "" {
		in.Namespace = &f.Namespace
	}
	if f.Metric != "" {
		in.MetricName = &f.Metric
	}
	for _, d := range f.Dimension {
		name, value, has := strings.Cut(d, "=")
		if name == "" {
			return nil, usagef("--dimension %q: want NAME=VALUE or NAME", d)
		}
		filter := types.DimensionFilter{Name: &name}
		if has {
			filter.Value = &value
		}
		in.Dimensions = append(in.Dimensions, filter)
	}
	var found []types.Metric
	pages := cloudwatch.NewListMetricsPaginator(c, in)
	for pages.HasMorePages() && (limit == 0 || len(found) <= limit) {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		found = append(found, page.Metrics...)
	}
	return found, nil
}

// dimensions writes a metric's dimensions as NAME=VALUE, joined by commas.
func dimensions(m *types.Metric) string {
	parts := make([]string, len(m.Dimensions))
	for i, d := range m.Dimensions {
		parts[i] = aws.ToString(d.Name) + "=" + aws.ToString(d.Value)
	}
	return strings.Join(parts, ",")
}

type metricsListCmd struct {
	metricFilter
	Output string `short:"o" enum:"table,json,csv,ndjson" default:"table" help:"How to write rows: table, json, csv or ndjson."`

	Remote remoteFlags `embed:"" group:"Server"`
}

func (c *metricsListCmd) Run(ctx context.Context, con *console) error {
	client, err := c.Remote.metricsClient(os.Getenv)
	if err != nil {
		return err
	}
	found, err := c.find(ctx, client, 0)
	if err != nil {
		return err
	}
	w := cliout.New(con.out, cliout.Format(c.Output), cliout.Options{Columns: []string{"namespace", "metric", "dimensions"}, Width: con.width})
	for i := range found {
		m := &found[i]
		if err := w.Row([]cliout.Value{cliout.Text(aws.ToString(m.Namespace)), cliout.Text(aws.ToString(m.MetricName)), cliout.Text(dimensions(m))}); err != nil {
			return err
		}
	}
	return w.Close()
}

type metricsGetCmd struct {
	metricFilter
	rangeFlags
	Stat   []string      `short:"s" default:"Average" help:"Statistics: Average, Sum, Minimum, Maximum, SampleCount, p99 and the like. Repeatable, or joined by commas." placeholder:"STAT"`
	Period time.Duration `help:"Length of a datapoint (default: so that there are about 60)." placeholder:"DURATION"`
	Exact  bool          `help:"Only the metric with exactly the given dimensions."`
	Output string        `short:"o" enum:"table,json,csv,ndjson" default:"table" help:"How to write rows: table, json, csv or ndjson."`

	Remote remoteFlags `embed:"" group:"Server"`
}

// Help is the longer text of --help.
func (*metricsGetCmd) Help() string {
	return `All metrics that have the given dimensions (and maybe others besides) are read, up to 2,000. Rows are in the order of time, the oldest first; the last three hours unless --since, --start or --end say otherwise.`
}

const (
	maxDataQueries = 500 // of one GetMetricData
	maxGetMetrics  = 2000
	aboutPoints    = 60
	metricsSince   = 3 * time.Hour
)

func (c *metricsGetCmd) Run(ctx context.Context, con *console) error {
	if c.Namespace == "" || c.Metric == "" {
		return usagef("say which metric: --namespace and --metric")
	}
	from, to, err := c.window(con.now(), metricsSince)
	if err != nil {
		return err
	}
	period, err := c.period(to.Sub(from))
	if err != nil {
		return err
	}
	client, err := c.Remote.metricsClient(os.Getenv)
	if err != nil {
		return err
	}
	found, err := c.find(ctx, client, maxGetMetrics)
	if err != nil {
		return err
	}
	if c.Exact {
		found = slices.DeleteFunc(found, func(m types.Metric) bool { return len(m.Dimensions) != len(c.Dimension) })
	}
	switch {
	case len(found) == 0:
		with := ""
		switch {
		case len(c.Dimension) > 0:
			with = " with these dimensions"
		case c.Exact:
			with = " without dimensions"
		}
		return fmt.Errorf("namespace %s has no metric %s%s", c.Namespace, c.Metric, with)
	case len(found) > maxGetMetrics:
		return usagef("more than %d metrics fit; give dimensions", maxGetMetrics)
	}
	points, err := c.read(ctx, client, found, from, to, period)
	if err != nil {
		return err
	}
	return c.write(con, found, points)
}

// period is the flag's or one that gives about aboutPoints datapoints, in seconds.
func (c *metricsGetCmd) period(span time.Duration) (int32, error) {
	if c.Period != 0 {
		s := c.Period.Seconds()
		if c.Period < time.Second || c.Period%time.Second != 0 || s > 1<<30 {
			return 0, usagef("--period %v: want whole seconds: 1, 5, 10, 30 or a multiple of 60", c.Period)
		}
		return int32(s), nil
	}
	minutes := int32(span/aboutPoints/time.Minute) + 1
	for _, m := range []int32{1, 5, 15, 60, 360, 1440} {
		if minutes <= m {
			return m * 60, nil
		}
	}
	return (minutes + 1439) / 1440 * 86400, nil
}

// point is one datapoint.
type point struct {
	at     time.Time
	metric int // index
	stat   int
	value  float64
}

// read fetches the datapoints of all metrics and statistics.
func (c *metricsGetCmd) read(ctx context.Context, client *cloudwatch.Client, found []types.Metric, from, to time.Time, period int32) ([]point, error) {
	var queries []types.MetricDataQuery
	for i := range found {
		for j := range c.Stat {
			queries = append(queries, types.MetricDataQuery{
				Id:         aws.String(fmt.Sprintf("q%d_%d", i, j)),
				MetricStat: &types.MetricStat{Metric: &found[i], Period: &period, Stat: &c.Stat[j]},
			})
		}
	}
	var points []point
	for part := range slices.Chunk(queries, maxDataQueries) {
		pages := cloudwatch.NewGetMetricDataPaginator(client, &cloudwatch.GetMetricDataInput{
			StartTime: &from, EndTime: &to, MetricDataQueries: part, ScanBy: types.ScanByTimestampAscending,
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, r := range page.MetricDataResults {
				var p point
				if _, err := fmt.Sscanf(aws.ToString(r.Id), "q%d_%d", &p.metric, &p.stat); err != nil || p.metric >= len(found) || p.stat >= len(c.Stat) {
					return nil, fmt.Errorf("the server answers a result with the id %q, which was not asked for", aws.ToString(r.Id))
				}
				for i, at := range r.Timestamps {
					p.at, p.value = at, r.Values[i]
					points = append(points, p)
				}
			}
		}
	}
	return points, nil
}

// write writes a row for each instant and metric, with a column per statistic.
func (c *metricsGetCmd) write(con *console, found []types.Metric, points []point) error {
	slices.SortStableFunc(points, func(a, b point) int {
		if n := a.at.Compare(b.at); n != 0 {
			return n
		}
		return a.metric - b.metric
	})
	columns := append([]string{"timestamp", "dimensions"}, c.Stat...)
	right := make([]bool, len(columns))
	for i := range c.Stat {
		right[2+i] = true
	}
	w := cliout.New(con.out, cliout.Format(c.Output), cliout.Options{Columns: columns, Right: right, Width: con.width})
	row := make([]cliout.Value, len(columns))
	for i := 0; i < len(points); {
		first := points[i]
		clear(row)
		row[0], row[1] = cliout.Text(first.at.UTC().Format(time.RFC3339)), cliout.Text(dimensions(&found[first.metric]))
		for ; i < len(points) && points[i].at.Equal(first.at) && points[i].metric == first.metric; i++ {
			row[2+points[i].stat] = cliout.Value{Text: strconv.FormatFloat(points[i].value, 'g', -1, 64), Present: true, Number: true}
		}
		if err := w.Row(row); err != nil {
			return err
		}
	}
	return w.Close()
}
