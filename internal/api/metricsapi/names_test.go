package metricsapi

import (
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"pgregory.net/rapid"
)

// TestPlainDimensionsAgree compares the quick way with the thorough one.
func TestPlainDimensionsAgree(t *testing.T) {
	name := rapid.SampledFrom([]string{"a", "b", "ab", "Z", "", ":a", "a b", "\x00", "é"})
	rapid.Check(t, func(t *rapid.T) {
		var dims []types.Dimension
		for range rapid.IntRange(0, 32).Draw(t, "n") {
			var d types.Dimension
			if v := name.Draw(t, "name"); rapid.IntRange(0, 20).Draw(t, "present") > 0 {
				d.Name = &v
			}
			if v := name.Draw(t, "value"); rapid.IntRange(0, 20).Draw(t, "present") > 0 {
				d.Value = &v
			}
			dims = append(dims, d)
		}
		want, err := dimensions(nil, func() string { return "Dimensions" }, dims)
		got, ok := plainDimensions(nil, dims)
		if ok && (err != nil || len(got)+len(want) > 0 && !reflect.DeepEqual(got, want)) {
			t.Fatalf("quick %v, thorough %v %v", got, want, err)
		}
	})
}
