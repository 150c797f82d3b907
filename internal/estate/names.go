package estate

import "strconv"

// The words that names of an ETL estate are made of.
var (
	functionDomains = []string{
		"orders", "payments", "clickstream", "crm", "inventory", "shipments", "returns", "pricing",
		"catalog", "customers", "loyalty", "invoices", "ledger", "fraud", "sessions", "email",
		"campaigns", "attribution", "suppliers", "warehouse", "sensors", "fleet", "tickets", "reviews",
		"search", "recommend", "exchange-rates", "tax", "subscriptions", "refunds", "web-events", "mobile-events",
	}
	functionActions = []string{
		"ingest", "sessionize", "sync-contacts", "validate", "enrich", "deduplicate", "to-parquet", "compact",
		"load-redshift", "fan-out", "notify", "export-csv", "partition-index", "schema-check", "archive", "replay",
		"aggregate-hourly", "dlq-retry", "snapshot", "geo-lookup", "currency-convert", "mask-pii", "index", "reconcile",
	}
	jobSubjects = []string{
		"orders", "customers", "inventory", "clickstream", "payments", "shipments", "finance", "marketing",
		"crm", "web-sessions", "product-catalog", "returns", "supplier-prices", "sensor-readings", "ad-spend", "support-tickets",
	}
	jobActions = []string{
		"bronze-to-silver", "silver-to-gold", "daily-snapshot", "dedupe", "backfill", "compact-iceberg", "load-redshift",
		"scd2-merge", "quality-checks", "export-s3", "feature-build", "partition-repair", "aggregate", "reconcile",
	}
	apiNames = []string{
		"orders-api", "partner-feed-api", "catalog-api", "ingest-api", "customers-api", "pricing-api",
		"events-collector", "reports-api", "webhook-receiver", "lookup-api", "files-api", "admin-api",
		"search-api", "status-api", "loyalty-api", "exports-api",
	}
	bucketPurposes = []string{
		"raw-landing", "bronze", "silver", "gold", "clickstream-raw", "orders-archive", "glue-assets", "glue-temp",
		"athena-results", "redshift-unload", "ml-features", "partner-exchange", "exports", "invoices", "crm-dumps", "sensor-raw",
		"web-logs", "audit-trail", "backup-daily", "backup-weekly", "lambda-artifacts", "emr-logs", "data-quality", "images",
		"inventory-feed", "tax-reports", "cold-archive", "sessions", "ad-spend", "email-events", "returns", "pricing-history",
		"catalog-media", "fraud-models", "ledger", "staging", "sandbox", "quarantine", "schemas", "iceberg-warehouse",
	}
)

// combine returns n distinct names of the form first-second in an order drawn
// from seed; when the words run out, -2, -3, … is appended.
func combine(seed uint64, first, second []string, n int) []string {
	total := len(first) * len(second)
	order := make([]int, total)
	for i := range order {
		order[i] = i
	}
	r := rng{seed}
	for i := total - 1; i > 0; i-- {
		j := r.intn(i + 1)
		order[i], order[j] = order[j], order[i]
	}
	names := make([]string, n)
	for i := range names {
		k := order[i%total]
		names[i] = numbered(first[k%len(first)]+"-"+second[k/len(first)], i/total)
	}
	return names
}

// numbered appends the round in which a name was given out, from the second on.
func numbered(name string, round int) string {
	if round == 0 {
		return name
	}
	return name + "-" + strconv.Itoa(round+1)
}
