package main

import (
	"fmt"
	"strings"
)

// sqlText is a question over each of the tables.
type sqlText struct{ raw, loaded string }

// Fields as they are taken out of a message.
const (
	isReport   = `(starts_with(grp, '/aws/lambda/') AND (starts_with(message, 'REPORT RequestId: ') OR contains(message, '"type":"platform.report"')))`
	duration   = `CAST(regexp_extract(message, '(?:\tDuration: |"durationMs":)([0-9.]+)', 1) AS DOUBLE)`
	maxMemory  = `CAST(regexp_extract(message, '(?:Max Memory Used: |"maxMemoryUsedMB":)([0-9]+)', 1) AS DOUBLE)`
	isJSON     = `(starts_with(grp, '/aws/lambda/') AND starts_with(message, '{'))`
	level      = `json_extract_string(message, '$.level')`
	elapsed    = `CAST(json_extract_string(message, '$.elapsed_ms') AS DOUBLE)`
	code       = `json_extract_string(message, '$.status.code')`
	isS3       = `starts_with(grp, '/skywatch/s3/access/')`
	s3Key      = `regexp_extract(message, '^[^ ]+ [^ ]+ \[[^\]]*\] [^ ]+ [^ ]+ [^ ]+ [^ ]+ ([^ ]+)', 1)`
	s3Total    = `CAST(regexp_extract(message, '^[^ ]+ [^ ]+ \[[^\]]*\] [^ ]+ [^ ]+ [^ ]+ [^ ]+ [^ ]+ "[^"]*" [^ ]+ [^ ]+ [^ ]+ [^ ]+ ([0-9]+)', 1) AS DOUBLE)`
	hasJSON    = `CASE WHEN ` + isJSON + ` THEN %s END`
	hasReport  = `CASE WHEN ` + isReport + ` THEN %s END`
	hasAccess  = `CASE WHEN ` + isS3 + ` THEN %s END`
	percentile = `quantile_cont(%s, [0.5, 0.95, 0.99])`
)

// loading returns the statements that fill a table from the file of events.
func loading(table, events string) []string {
	read := fmt.Sprintf(`FROM read_json('%s', format = 'newline_delimited', columns = {ts: 'BIGINT', "group": 'VARCHAR', stream: 'VARCHAR', message: 'VARCHAR'}, maximum_object_size = 4194304)`,
		strings.ReplaceAll(events, "'", "''"))
	columns := `make_timestamp_ms(ts) AS ts, "group" AS grp, stream, message`
	if table == "loaded" {
		// The fields are taken from grp and message, which only exist outside.
		read = "FROM (SELECT " + columns + " " + read + ")"
		columns = "ts, grp, stream, message, " + strings.Join([]string{
			fmt.Sprintf(hasReport, duration) + " AS duration", fmt.Sprintf(hasReport, maxMemory) + " AS max_memory",
			fmt.Sprintf(hasJSON, level) + " AS level", fmt.Sprintf(hasJSON, elapsed) + " AS elapsed_ms", fmt.Sprintf(hasJSON, code) + " AS code",
			fmt.Sprintf(hasAccess, s3Key) + " AS s3_key", fmt.Sprintf(hasAccess, s3Total) + " AS s3_total",
		}, ", ")
	}
	return []string{"CREATE TABLE " + table + " AS SELECT " + columns + " " + read, "CHECKPOINT"}
}

// questions returns the questions by id. Where no field helps, both texts are
// the same but for the table.
func questions(r report) map[string]sqlText {
	same := func(text string) sqlText {
		return sqlText{strings.ReplaceAll(text, "TABLE", "raw"), strings.ReplaceAll(text, "TABLE", "loaded")}
	}
	inHour := fmt.Sprintf("grp = '%s' AND ts >= '%s' AND ts < '%s'", r.Picks.Group, r.Picks.HourFrom.Format("2006-01-02 15:04:05"), r.Picks.HourTo.Format("2006-01-02 15:04:05"))
	last := same("SELECT ts, message FROM TABLE WHERE " + inHour + " ORDER BY ts DESC LIMIT 100")
	matching := func(pattern string) sqlText {
		return same("SELECT grp, count(*) FROM TABLE WHERE starts_with(grp, '/aws/lambda/') AND regexp_matches(message, '" + pattern + "') GROUP BY grp")
	}
	report := func(where, duration, memory string) string {
		return "SELECT grp, count(*), max(" + memory + "), avg(" + memory + "), " + fmt.Sprintf(percentile, duration) + " FROM TABLE WHERE " + where + " GROUP BY grp"
	}
	json := func(where, level, elapsed, code string) string {
		return "SELECT " + code + ", count(*), avg(" + elapsed + ") FROM TABLE WHERE " + where + level + " = 'INFO' GROUP BY 1"
	}
	keys := func(where, key, total string) string {
		return "SELECT k, count(*) AS n, quantile_cont(t, 0.99) FROM (SELECT " + key + " AS k, " + total + " AS t FROM TABLE WHERE " + where + ") WHERE k <> '-' GROUP BY k ORDER BY n DESC, k LIMIT 20"
	}
	two := func(raw, loaded string) sqlText { return sqlText{same(raw).raw, same(loaded).loaded} }
	return map[string]sqlText{
		"count":          same("SELECT date_trunc('hour', ts) AS h, count(*) FROM TABLE GROUP BY h ORDER BY h"),
		"last":           last,
		"last-query":     last,
		"last-stream":    same("SELECT ts, message FROM TABLE WHERE " + inHour + " AND stream = '" + r.Picks.Stream + "' ORDER BY ts DESC LIMIT 100"),
		"report":         two(report(isReport, duration, maxMemory), report("duration IS NOT NULL", "duration", "max_memory")),
		"errors":         same("SELECT time_bucket(INTERVAL 5 MINUTE, ts) AS slot, grp, count(*) FROM TABLE WHERE contains(message, 'ERROR') GROUP BY slot, grp"),
		"request":        same("SELECT ts, grp, message FROM TABLE WHERE contains(message, '" + r.Picks.RequestID + "') ORDER BY ts"),
		"regex":          matching(`timed out after \d+ms`),
		"regex-task":     matching(`Task timed out after \d+\.\d\d seconds`),
		"json":           two(json(isJSON+" AND ", level, elapsed, code), json("", "level", "elapsed_ms", "code")),
		"s3":             two(keys(isS3, s3Key, s3Total), keys("s3_key IS NOT NULL", "s3_key", "s3_total")),
		"nowhere":        same("SELECT ts, message FROM TABLE WHERE contains(message, 'quetzalcoatlus') LIMIT 100"),
		"nowhere-number": same("SELECT ts, message FROM TABLE WHERE contains(message, 'ord-20000001') LIMIT 100"),
	}
}
