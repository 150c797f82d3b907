package metrics

// Distribution is a mergeable summary of raw samples that answers percentile
// and range questions: exact value and count pairs while few, a sketch with
// bounded relative error when many.
type Distribution struct{}
