package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"

	"skywatch/internal/scope"
)

// Thresholds are the limits of the warning rules. All are percentages except
// APILatencyP99Ms.
type Thresholds struct {
	ErrorRateWarn     float64 `json:"errorRateWarn"`
	ErrorRateCritical float64 `json:"errorRateCritical"`
	MemoryHigh        float64 `json:"memoryHigh"`
	DurationHigh      float64 `json:"durationHigh"`
	ColdStarts        float64 `json:"coldStarts"`
	Throttles         float64 `json:"throttles"`
	MemoryLow         float64 `json:"memoryLow"`
	GlueHeapHigh      float64 `json:"glueHeapHigh"`
	APIErrorRate5xx   float64 `json:"apiErrorRate5xx"`
	APIErrorRate4xx   float64 `json:"apiErrorRate4xx"`
	APILatencyP99Ms   float64 `json:"apiLatencyP99Ms"`
	BucketGrowth      float64 `json:"bucketGrowth"`
}

// DefaultThresholds are the limits where nobody has set others.
func DefaultThresholds() Thresholds {
	return Thresholds{
		ErrorRateWarn: 1, ErrorRateCritical: 10, MemoryHigh: 95, DurationHigh: 95, ColdStarts: 1, Throttles: 10,
		MemoryLow: 10, GlueHeapHigh: 90, APIErrorRate5xx: 1, APIErrorRate4xx: 10, APILatencyP99Ms: 5000, BucketGrowth: 25,
	}
}

// ErrInvalid marks an input that is refused: its text names what and why.
var ErrInvalid = errors.New("invalid input")

// ParseThresholds reads a whole thresholds object: every name, and no other,
// with a finite number that is not negative. Errors wrap ErrInvalid.
func ParseThresholds(body []byte) (Thresholds, error) {
	var given map[string]*float64
	dec := json.NewDecoder(bytes.NewReader(body))
	if err := dec.Decode(&given); err != nil {
		return Thresholds{}, fmt.Errorf("%w: thresholds: want an object of numbers: %v", ErrInvalid, err)
	}
	if dec.More() {
		return Thresholds{}, fmt.Errorf("%w: thresholds: text follows the object", ErrInvalid)
	}
	var t Thresholds
	v := reflect.ValueOf(&t).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("json")
		n, ok := given[name]
		if !ok || n == nil {
			return Thresholds{}, fmt.Errorf("%w: thresholds: %s is missing", ErrInvalid, name)
		}
		if *n < 0 || math.IsInf(*n, 0) || math.IsNaN(*n) {
			return Thresholds{}, fmt.Errorf("%w: thresholds: %s is %v, want a number ≥ 0", ErrInvalid, name, *n)
		}
		v.Field(i).SetFloat(*n)
		delete(given, name)
	}
	for name := range given {
		return Thresholds{}, fmt.Errorf("%w: thresholds: unknown name %q", ErrInvalid, name)
	}
	if t.ErrorRateCritical < t.ErrorRateWarn {
		return Thresholds{}, fmt.Errorf("%w: thresholds: errorRateCritical is %v, want at least errorRateWarn (%v)", ErrInvalid, t.ErrorRateCritical, t.ErrorRateWarn)
	}
	return t, nil
}

// The document that keeps the thresholds of a scope.
const (
	settingsKind  = "settings"
	thresholdsKey = "thresholds"
)

// Settings keeps documents; the metastore is one.
type Settings interface {
	GetDoc(ctx context.Context, kind string, sc scope.Scope, key string, v any) (bool, error)
	PutDoc(ctx context.Context, kind string, sc scope.Scope, key string, v any) error
}

// Thresholds returns the limits in force for a scope.
func (f *Fleet) Thresholds(ctx context.Context, sc scope.Scope) (Thresholds, error) {
	t := DefaultThresholds() // a name added since the document was written keeps its default
	if _, err := f.cfg.Settings.GetDoc(ctx, settingsKind, sc, thresholdsKey, &t); err != nil {
		return Thresholds{}, fmt.Errorf("read thresholds of %s: %w", sc, err)
	}
	return t, nil
}

// SetThresholds keeps the limits of a scope; durable on return.
func (f *Fleet) SetThresholds(ctx context.Context, sc scope.Scope, t Thresholds) error {
	if err := f.cfg.Settings.PutDoc(ctx, settingsKind, sc, thresholdsKey, t); err != nil {
		return fmt.Errorf("keep thresholds of %s: %w", sc, err)
	}
	return nil
}
