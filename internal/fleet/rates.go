package fleet

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

//go:embed rates.json
var ratesJSON []byte

// Rates are the prices that costs are estimated with: list prices of one
// Region, first tier, without free tier or discounts.
type Rates struct {
	Checked  string `json:"checked"` // year and month
	Region   string `json:"region"`
	Currency string `json:"currency"`
	Source   string `json:"source"`
	Lambda   struct {
		PerGBSecond float64 `json:"perGBSecond"`
		PerRequest  float64 `json:"perRequest"`
	} `json:"lambda"`
	Glue struct {
		PerDPUHour float64 `json:"perDPUHour"`
	} `json:"glue"`
	S3PerGBMonth   map[string]float64 `json:"s3PerGBMonth"`   // storage class to price
	S3StorageTypes map[string]string  `json:"s3StorageTypes"` // CloudWatch's StorageType to storage class
}

// DefaultRates returns the prices in rates.json, which is part of the program.
func DefaultRates() Rates {
	var r Rates
	if err := json.Unmarshal(ratesJSON, &r); err != nil {
		panic(fmt.Sprintf("fleet: rates.json: %v", err)) // embedded; a test decodes it
	}
	return r
}
