package insights

import "strings"

// Entry is one word of the language, for completion and help.
type Entry struct {
	Kind   string `json:"kind"` // command, function, aggregate, operator, keyword or field
	Name   string `json:"name"`
	Syntax string `json:"syntax"`
	Help   string `json:"help"`
	// Example is a whole query that uses the word; commands and functions have one.
	Example string `json:"example,omitempty"`
}

// word is a row of the tables below.
type word struct{ kind, name, syntax, help string }

var commandEntries = []word{
	{"command", "fields", "fields expr [as name], …", "Adds columns to the result."},
	{"command", "display", "display expr [as name], …", "Fixes the columns of the result; the last display counts."},
	{"command", "filter", "filter condition", "Keeps the rows for which the condition holds."},
	{"command", "where", "where condition", "The same as filter."},
	{"command", "stats", "stats aggregate [as name], … [by key [as name], …]", "Computes aggregates, for each combination of the keys."},
	{"command", "sort", "sort expr [as name] [asc|desc], …", "Orders the rows; ascending unless desc is given. A bin(period) needs a name."},
	{"command", "limit", "limit N", "Ends the result after N rows; limit any N takes arbitrary ones."},
	{"command", "parse", `parse [field] "glob *" as name, … or parse [field] /(?<name>…)/ [multi] or parse [field] logfmt as map or parse [field] csv as name, …`, "Cuts new fields out of a text."},
	{"command", "dedup", "dedup field, …", "Keeps the first row for each combination of values."},
	{"command", "SOURCE", "SOURCE logGroups(namePrefix: ['…'], class: ['…'], accountIdentifiers: ['…']) or SOURCE logGroupTags([{key: '…', values: ['…']}]) or SOURCE dataSource(['name.type']) or SOURCE 'group', …", "Chooses log groups inside the query; stands first."},
	{"command", "filterIndex", "filterIndex field = value or filterIndex field in [value, …]", "Like filter, over log groups whose index policy has the field."},
	{"command", "pattern", "pattern @message", "Groups events by the shape of their text, most frequent first."},
	{"command", "diff", "diff [previousDay|previousWeek|previousMonth]", "Compares the patterns with those of an earlier time range."},
	{"command", "logcompare", "logcompare timeshift period", "Compares the patterns of the messages with those of the range moved back, such as 7d."},
	{"command", "anomaly", "pattern @message | anomaly", "Scores what is unusual about each pattern."},
	{"command", "unnest", "unnest list into name", "Makes a row for each element of a list."},
	{"command", "expand", "expand field", "Makes a row for each element of a field's JSON array."},
	{"command", "unmask", "unmask field, …", "Adds columns with masked data shown."},
	{"command", "lookup", "lookup table column as field, … OUTPUT column [as name], …", "Adds columns of an uploaded table."},
	{"command", "cidrlookup", "cidrlookup table field [as column] OUTPUT|OUTPUTNEW column [as name], …", "Adds columns of the table row whose address range holds the field."},
	{"command", "join", "join type=inner|left left=a right=b where a.field = b.field (SOURCE 'group' | …)", "Joins each row with the rows of a subquery that have the same key."},
	{"command", "appendcols", "appendcols [override=false] [max=10000] (subquery)", "Puts the columns of a subquery's rows beside the rows."},
	{"command", "addtotals", "addtotals [fieldname=Total] [row=true] [col=false] [field, …]", "Adds the sums of rows, of columns or of both."},
	{"command", "relevantfields", "relevantfields [field, …] where condition", "Ranks fields by how much they differ where the condition holds."},
	{"command", "json", `json field=name "path" as name`, "Takes one member out of a JSON text."},
	{"command", "autoregress", "autoregress field [as name] [p=1-4]", "Adds the values of the field in the rows before."},
	{"command", "accum", "accum field [as name]", "Adds up the field from row to row."},
	{"command", "filldown", "filldown [field …]", "Fills missing values with the last one."},
	{"command", "fillmissing", "fillmissing [with value for field, …]", "Adds rows for empty time bins after stats by bin()."},
	{"command", "outlier", "outlier [action=remove|transform] [param=2.5] [uselower=false] [mark=false] field …", "Removes or clamps values far outside the quartiles."},
	{"command", "sessionize", "sessionize field, … [maxspan 30m] [as session_id]", "Numbers sessions by keys and pauses."},
	{"command", "countFrequent", "countFrequent field, …", "Counts combinations of values, most frequent first."},
	{"command", "count_frequent", "count_frequent field, …", "The same as countFrequent."},
	{"command", "estimate", "estimate", "Tells what the query would scan; stands last."},
}

var wordEntries = []word{
	{"operator", "and", "a and b", "Both hold."},
	{"operator", "or", "a or b", "At least one holds."},
	{"operator", "not", "not a", "Does not hold."},
	{"operator", "in", `f in ["a", "b"] or f in (SOURCE "group" | fields f)`, "The value is one of the list or of a subquery's column; not in is the opposite."},
	{"operator", "like", `f like "text" or f like /regex/`, "The text occurs or the regular expression matches; not like is the opposite."},
	{"operator", "=~", "f =~ /regex/", "The regular expression matches."},
	{"keyword", "as", "expr as name", "Names a result."},
	{"keyword", "by", "stats … by key", "Begins the grouping keys."},
	{"keyword", "offset", "stats … by bin(5m) offset 1h", "Moves the time bins later."},
	{"keyword", "multi", "parse f /(\\d+)/ as n multi", "A row for each match."},
	{"keyword", "logfmt", "parse f logfmt as m", "Reads key=value pairs into a map."},
	{"keyword", "csv", "parse f csv as a, b", "Reads comma-separated values by position."},
	{"keyword", "asc", "sort f asc", "Ascending."},
	{"keyword", "desc", "sort f desc", "Descending."},
	{"keyword", "true", "true", "Equals 1."},
	{"keyword", "false", "false", "Equals 0."},
	{"field", "@timestamp", "@timestamp", "Time of the event."},
	{"field", "@message", "@message", "The event as it was written."},
	{"field", "@ingestionTime", "@ingestionTime", "Time the event arrived."},
	{"field", "@logStream", "@logStream", "Name of the log stream."},
	{"field", "@log", "@log", "Log group as account:name."},
	{"field", "@aws.account", "@aws.account", "Account of the log group."},
	{"field", "@aws.region", "@aws.region", "Region of the log group."},
	{"field", "@ptr", "@ptr", "Pointer to the event; the last column of every event."},
	{"field", "@requestId", "@requestId", "Lambda: id of the invocation."},
	{"field", "@type", "@type", "Lambda: START, END, REPORT and so on."},
	{"field", "@duration", "@duration", "Lambda REPORT: milliseconds."},
	{"field", "@billedDuration", "@billedDuration", "Lambda REPORT: billed milliseconds."},
	{"field", "@initDuration", "@initDuration", "Lambda REPORT: milliseconds of a cold start."},
	{"field", "@memorySize", "@memorySize", "Lambda REPORT: configured memory in bytes (MB × 1,000,000)."},
	{"field", "@maxMemoryUsed", "@maxMemoryUsed", "Lambda REPORT: used memory in bytes (MB × 1,000,000)."},
	{"field", "@xrayTraceId", "@xrayTraceId", "Lambda REPORT: X-Ray trace."},
	{"field", "@xraySegmentId", "@xraySegmentId", "Lambda REPORT: X-Ray segment."},
}

// Reference lists every command, function, operator, keyword and system field
// of the language as it is built, each with one line of help.
func Reference() []Entry {
	var out []Entry
	for _, w := range commandEntries {
		out = append(out, Entry{w.kind, w.name, w.syntax, w.help, commandExamples[w.name]})
	}
	for _, f := range functions {
		kind := "function"
		if f.Aggregate {
			kind = "aggregate"
		}
		out = append(out, Entry{kind, f.Name, f.Syntax, f.Help, functionExamples[f.Name]})
	}
	for _, w := range wordEntries {
		out = append(out, Entry{w.kind, w.name, w.syntax, w.help, ""})
	}
	return out
}

func commandNames() []string {
	names := make([]string, len(commandEntries))
	for i, e := range commandEntries {
		names[i] = e.name
	}
	return names
}

// didYouMean proposes the nearest of names, or nothing when none is near.
func didYouMean(word string, names []string) string {
	if len(word) > 40 {
		return ""
	}
	best, dist := "", 3
	for _, n := range names {
		if d := editDistance(strings.ToLower(word), strings.ToLower(n)); d < dist && d < len(n) {
			best, dist = n, d
		}
	}
	if best == "" {
		return ""
	}
	return ", did you mean " + best + "?"
}

// editDistance counts the letters to change, add or remove to turn a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 0; i < len(a); i++ {
		diag := row[0]
		row[0] = i + 1
		for j := 0; j < len(b); j++ {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diag, row[j+1] = row[j+1], min(diag+cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
