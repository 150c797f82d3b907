package operations

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"skywatch/internal/awswire"
)

// TestTablesAreCurrent regenerates the tables and compares.
func TestTablesAreCurrent(t *testing.T) {
	dir := t.TempDir()
	gen := filepath.Join(dir, "gen")
	if out, err := exec.Command("go", "build", "-o", gen, "./gen").CombinedOutput(); err != nil {
		t.Fatalf("build the generator: %v\n%s", err, out)
	}
	cmd := exec.Command(gen)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("run the generator: %v\n%s", err, out)
	}
	for _, file := range []string{"cloudwatch_table.go", "logs_table.go"} {
		want, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the SDK's version asks for: run go generate", file)
		}
	}
}

func TestServices(t *testing.T) {
	f := func(svc *awswire.Service, operations []string, errors ...string) {
		t.Helper()
		for _, op := range operations {
			if _, ok := svc.Operations[op]; !ok {
				t.Errorf("%s lacks the operation %s", svc.Name, op)
			}
		}
		for _, e := range append(errors, "ResourceNotFoundException", "ConflictException") {
			if svc.Errors[e] == nil {
				t.Errorf("%s lacks the error %s", svc.Name, e)
			}
		}
		if svc.Errors["MetricDatum"] != nil || svc.Errors["InputLogEvent"] != nil {
			t.Errorf("%s takes structures for errors", svc.Name)
		}
	}
	f(CloudWatch(), []string{"PutMetricData", "GetMetricData", "GetMetricStatistics", "ListMetrics", "PutMetricAlarm", "PutDashboard"},
		"InvalidParameterValueException", "ResourceNotFound", "InternalServiceFault", "DashboardInvalidInputError")
	f(Logs(), []string{"PutLogEvents", "StartQuery", "GetQueryResults", "CreateLogGroup", "StartLiveTail"},
		"MalformedQueryException", "ResourceAlreadyExistsException", "ServiceUnavailableException")
}
