package logtype

import (
	"strconv"
	"testing"

	"skywatch/internal/lambdalog"
)

// TestLambdaTypes: every type that lambdalog gives has a number here.
func TestLambdaTypes(t *testing.T) {
	for _, m := range []string{"START RequestId: x", "END RequestId: x", "REPORT RequestId: x", "INIT_START Runtime Version: x",
		"INIT_REPORT Init Duration: x", "RESTORE_START Runtime Version: x", "RESTORE_REPORT Restore Duration: x",
		"EXTENSION\tName: x", "LOGS\tName: x", "TELEMETRY\tName: x", `{"type":"platform.runtimeDone"}`,
		`{"type":"platform.initRuntimeDone"}`, `{"type":"platform.restoreRuntimeDone"}`, `{"type":"platform.logsDropped"}`} {
		s := scanner{}
		s.scan(m)
		kind, _ := s.lambda()
		typ := lambdalog.Type(m)
		if typ == "" {
			t.Errorf("%q has no type", m)
		}
		if got := int(kind&^lambdaReport) - 1; lambdaRequestKnown(m) && (got < 0 || lambdaTypes[got] != typ) {
			t.Errorf("%q is %s, want %q", m, strconv.Itoa(got), typ)
		}
	}
}

// lambdaRequestKnown: a request id that is a word without a digit is no hole.
func lambdaRequestKnown(m string) bool { return lambdalog.RequestID(m) == "" }
