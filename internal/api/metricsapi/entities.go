package metricsapi

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"skywatch/internal/awswire"
)

const (
	maxEntities             = 2
	minKeyAttributes        = 2
	maxKeyAttributes        = 4
	maxEntityAttributes     = 10
	maxEntityKey            = 32
	maxEntityValue          = 2048
	maxEntityAttribute      = 256
	maxEntityAttributeValue = 2048
)

// checkEntities checks the entities of a request. With strict validation a bad
// one fails the request; otherwise failure is the code for the response header
// and the metric data is taken all the same.
func checkEntities(in *cloudwatch.PutMetricDataInput) (failure string, err error) {
	strict := in.StrictEntityValidation != nil && *in.StrictEntityValidation
	fail := func(code, why string) (string, error) {
		if strict {
			return "", awswire.InvalidParameterValue("%s: %s", code, why)
		}
		return code, nil
	}
	if len(in.EntityMetricData) > maxEntities {
		return fail("EntitySizeTooLarge", fmt.Sprintf("The collection EntityMetricData must not have a size greater than %d.", maxEntities))
	}
	for i, e := range in.EntityMetricData {
		if code, why := checkEntity(e.Entity); code != "" {
			return fail(code, fmt.Sprintf("EntityMetricData.member.%d.Entity: %s", i+1, why))
		}
	}
	return "", nil
}

// checkEntity returns the failure code and the reason, or "".
func checkEntity(e *types.Entity) (code, why string) {
	if e == nil {
		return "InvalidEntity", "the entity is missing"
	}
	if n := len(e.KeyAttributes); n < minKeyAttributes || n > maxKeyAttributes {
		return "InvalidKeyAttributes", fmt.Sprintf("%d key attributes, want %d to %d", n, minKeyAttributes, maxKeyAttributes)
	}
	for k, v := range e.KeyAttributes {
		if k == "" || len(k) > maxEntityKey || v == "" || len(v) > maxEntityValue {
			return "InvalidKeyAttributes", fmt.Sprintf("the key attribute %q has a bad length", k)
		}
	}
	if e.KeyAttributes["Type"] == "" {
		return "MissingRequiredFields", "the key attribute Type is missing"
	}
	if n := len(e.Attributes); n > maxEntityAttributes {
		return "InvalidAttributes", fmt.Sprintf("%d attributes, want at most %d", n, maxEntityAttributes)
	}
	for k, v := range e.Attributes {
		if k == "" || len(k) > maxEntityAttribute || v == "" || len(v) > maxEntityAttributeValue {
			return "InvalidAttributes", fmt.Sprintf("the attribute %q has a bad length", k)
		}
	}
	return "", ""
}
