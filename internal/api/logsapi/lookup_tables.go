package logsapi

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/awswire"
	"skywatch/internal/logexec"
	"skywatch/internal/metastore"
	"skywatch/internal/scope"
)

// lookupTableKind names the documents of lookup tables; keys are their names.
const lookupTableKind = "logs.lookup-table"

const (
	maxLookupTables = 100
	msgNoTable      = "The specified lookup table does not exist."
)

// lookupTable is an uploaded table as it is stored.
type lookupTable struct {
	Description string            `json:"description,omitempty"`
	Body        string            `json:"body"` // CSV with a header
	Fields      []string          `json:"fields"`
	Records     int64             `json:"records"` // without the header
	Updated     int64             `json:"updated"` // milliseconds
	Tags        map[string]string `json:"tags,omitempty"`
}

func lookupARN(sc scope.Scope, name string) string { return sc.ARN("logs", "lookup-table:"+name) }

// lookupName is the name in the ARN of one of the scope's tables.
func lookupName(sc scope.Scope, arn *string) (string, error) {
	var c checks
	c.resourceARN("lookupTableArn", arn)
	if err := c.err(); err != nil {
		return "", err
	}
	name, ok := strings.CutPrefix(*arn, lookupARN(sc, ""))
	if !ok {
		if strings.HasPrefix(*arn, "arn:") {
			return "", notFound(msgNoTable)
		}
		name = *arn // the name alone is as good
	}
	return name, nil
}

// refuseForeign refuses what the server cannot do with a table.
func refuseForeign(kms, query *string) error {
	if kms != nil {
		return unsupported("kmsKeyId", "lookup tables are not encrypted with KMS.")
	}
	if query != nil {
		return unsupported("queryId", "a table is made from tableBody only.")
	}
	return nil
}

// CreateLookupTable stores a CSV table for lookup and cidrlookup.
func (a *API) CreateLookupTable(ctx context.Context, in *cloudwatchlogs.CreateLookupTableInput) (*cloudwatchlogs.CreateLookupTableOutput, error) {
	var c checks
	if c.required("lookupTableName", in.LookupTableName != nil) {
		c.length("lookupTableName", *in.LookupTableName, 1, 256)
		c.pattern("lookupTableName", *in.LookupTableName, `[a-zA-Z0-9_-]+`, func(r rune) bool { return isAlphanumeric(r) || r == '_' || r == '-' })
	}
	c.required("tableBody", in.TableBody != nil || in.QueryId != nil)
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := refuseForeign(in.KmsKeyId, in.QueryId); err != nil {
		return nil, err
	}
	sc := awswire.Info(ctx).Scope
	a.writes.Lock()
	defer a.writes.Unlock()
	docs, err := a.cfg.Store.ListDocs(ctx, lookupTableKind, sc)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(docs, func(d metastore.Doc) bool { return d.Key == *in.LookupTableName }) {
		return nil, exists("The specified lookup table already exists")
	}
	if len(docs) >= maxLookupTables {
		return nil, &types.LimitExceededException{Message: aws.String("Resource limit exceeded.")}
	}
	t := lookupTable{Description: value(in.Description), Tags: in.Tags}
	if err := a.storeTable(ctx, sc, *in.LookupTableName, *in.TableBody, &t); err != nil {
		return nil, err
	}
	return &cloudwatchlogs.CreateLookupTableOutput{CreatedAt: &t.Updated, LookupTableArn: aws.String(lookupARN(sc, *in.LookupTableName))}, nil
}

func (a *API) storeTable(ctx context.Context, sc scope.Scope, name, body string, t *lookupTable) error {
	parsed, err := logexec.ParseTable(body)
	if err != nil {
		return invalid("The tableBody is invalid: %s", err)
	}
	t.Body, t.Fields, t.Records, t.Updated = body, parsed.Columns, int64(len(parsed.Rows)), a.cfg.Now().UnixMilli()
	return a.cfg.Store.PutDoc(ctx, lookupTableKind, sc, name, t)
}

// UpdateLookupTable replaces the content of a table.
func (a *API) UpdateLookupTable(ctx context.Context, in *cloudwatchlogs.UpdateLookupTableInput) (*cloudwatchlogs.UpdateLookupTableOutput, error) {
	sc := awswire.Info(ctx).Scope
	name, err := lookupName(sc, in.LookupTableArn)
	if err != nil {
		return nil, err
	}
	var c checks
	c.required("tableBody", in.TableBody != nil || in.QueryId != nil)
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := refuseForeign(in.KmsKeyId, in.QueryId); err != nil {
		return nil, err
	}
	a.writes.Lock()
	defer a.writes.Unlock()
	var t lookupTable
	if ok, err := a.cfg.Store.GetDoc(ctx, lookupTableKind, sc, name, &t); err != nil {
		return nil, err
	} else if !ok {
		return nil, notFound(msgNoTable)
	}
	if in.Description != nil {
		t.Description = *in.Description
	}
	if err := a.storeTable(ctx, sc, name, *in.TableBody, &t); err != nil {
		return nil, err
	}
	return &cloudwatchlogs.UpdateLookupTableOutput{LastUpdatedTime: &t.Updated, LookupTableArn: aws.String(lookupARN(sc, name))}, nil
}

// GetLookupTable answers a table with its content.
func (a *API) GetLookupTable(ctx context.Context, in *cloudwatchlogs.GetLookupTableInput) (*cloudwatchlogs.GetLookupTableOutput, error) {
	sc := awswire.Info(ctx).Scope
	name, err := lookupName(sc, in.LookupTableArn)
	if err != nil {
		return nil, err
	}
	var t lookupTable
	if ok, err := a.cfg.Store.GetDoc(ctx, lookupTableKind, sc, name, &t); err != nil {
		return nil, err
	} else if !ok {
		return nil, notFound(msgNoTable)
	}
	return &cloudwatchlogs.GetLookupTableOutput{LookupTableName: &name, LookupTableArn: aws.String(lookupARN(sc, name)), Description: optional(t.Description),
		LastUpdatedTime: &t.Updated, SizeBytes: aws.Int64(int64(len(t.Body))), TableBody: &t.Body}, nil
}

// DescribeLookupTables lists tables without their content.
func (a *API) DescribeLookupTables(ctx context.Context, in *cloudwatchlogs.DescribeLookupTablesInput) (*cloudwatchlogs.DescribeLookupTablesOutput, error) {
	var c checks
	c.nextToken(in.NextToken)
	if in.MaxResults < 0 || in.MaxResults > 100 {
		c.fail(fmt.Sprintf("'%d'", in.MaxResults), "maxResults", "Member must have value less than or equal to 100")
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	from, err := parseCursor(in.NextToken, "tables")
	if err != nil {
		return nil, err
	}
	limit := int(in.MaxResults)
	if limit == 0 {
		limit = 50
	}
	sc := awswire.Info(ctx).Scope
	docs, err := a.cfg.Store.ListDocs(ctx, lookupTableKind, sc)
	if err != nil {
		return nil, err
	}
	out := &cloudwatchlogs.DescribeLookupTablesOutput{LookupTables: []types.LookupTable{}}
	for _, d := range docs {
		if d.Key <= from.Name || !strings.HasPrefix(d.Key, value(in.LookupTableNamePrefix)) {
			continue
		}
		if len(out.LookupTables) == limit {
			out.NextToken = cursor{Kind: "tables", Name: *out.LookupTables[limit-1].LookupTableName}.token()
			break
		}
		var t lookupTable
		if err := json.Unmarshal(d.JSON, &t); err != nil {
			return nil, fmt.Errorf("read lookup table %q: %w", d.Key, err)
		}
		out.LookupTables = append(out.LookupTables, types.LookupTable{LookupTableName: aws.String(d.Key), LookupTableArn: aws.String(lookupARN(sc, d.Key)),
			Description: optional(t.Description), LastUpdatedTime: aws.Int64(t.Updated), RecordsCount: aws.Int64(t.Records),
			SizeBytes: aws.Int64(int64(len(t.Body))), TableFields: t.Fields})
	}
	return out, nil
}

// DeleteLookupTable forgets a table.
func (a *API) DeleteLookupTable(ctx context.Context, in *cloudwatchlogs.DeleteLookupTableInput) (*cloudwatchlogs.DeleteLookupTableOutput, error) {
	sc := awswire.Info(ctx).Scope
	name, err := lookupName(sc, in.LookupTableArn)
	if err != nil {
		return nil, err
	}
	if found, err := a.cfg.Store.DeleteDoc(ctx, lookupTableKind, sc, name); err != nil {
		return nil, err
	} else if !found {
		return nil, notFound(msgNoTable)
	}
	return &cloudwatchlogs.DeleteLookupTableOutput{}, nil
}

// lookupTables gives a query its tables, as they are when it asks.
type lookupTables struct {
	ctx   context.Context // of the query; a lookup is one short read
	store *metastore.Store
	scope scope.Scope
}

// Lookup implements logexec.Tables.
func (l lookupTables) Lookup(name string) (*logexec.Table, error) {
	var t lookupTable
	ok, err := l.store.GetDoc(l.ctx, lookupTableKind, l.scope, name, &t)
	if err != nil || !ok {
		return nil, err
	}
	parsed, err := logexec.ParseTable(t.Body)
	if err != nil {
		return nil, fmt.Errorf("read lookup table %q: %w", name, err)
	}
	return parsed, nil
}
