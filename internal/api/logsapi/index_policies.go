package logsapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/awswire"
	"skywatch/internal/logs"
	"skywatch/internal/metastore"
	"skywatch/internal/scope"
)

// Field index policies are kept and answered, and filterIndex asks them; every
// field is searched fast without, so nothing else follows from them. A group
// without a policy of its own has the account's (account_policies.go).

// indexPolicyKind names the documents of policies; keys are group ids, so that
// a group made anew begins without.
const indexPolicyKind = "logs.index-policy"

const (
	maxIndexFields     = 20
	maxIndexField      = 100
	maxPolicyDocument  = 30720
	maxDescribedGroups = 100
)

// defaultIndexed are indexed in every group, from its first event on.
var defaultIndexed = []string{"@logStream", "@log", "@aws.account", "@aws.region", "@requestId", "traceId", "severityText", "attributes.session.id"}

// indexPolicy is a group's policy as it is stored.
type indexPolicy struct {
	account string // the name of the account's policy that this is, not stored

	Document string       `json:"document"`
	Fields   []indexField `json:"fields"`
	Updated  int64        `json:"updated"` // milliseconds
}

type indexField struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Since int64  `json:"since"` // milliseconds
}

// PutIndexPolicy sets the fields by which a group's events are indexed from now on.
func (a *API) PutIndexPolicy(ctx context.Context, in *cloudwatchlogs.PutIndexPolicyInput) (*cloudwatchlogs.PutIndexPolicyOutput, error) {
	var c checks
	if c.required("logGroupIdentifier", in.LogGroupIdentifier != nil) {
		c.identifier("logGroupIdentifier", *in.LogGroupIdentifier)
	}
	if c.required("policyDocument", in.PolicyDocument != nil) {
		c.length("policyDocument", *in.PolicyDocument, 1, maxPolicyDocument)
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	fields, err := indexFields(*in.PolicyDocument)
	if err != nil {
		return nil, invalid("The policyDocument is invalid: %s", err)
	}
	sc := awswire.Info(ctx).Scope
	g, err := a.identified(sc, *in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	if g.Class != string(types.LogGroupClassStandard) {
		return nil, invalid("Field indexes are only possible in log groups of class STANDARD.")
	}
	a.writes.Lock()
	defer a.writes.Unlock()
	var old indexPolicy
	if _, err := a.cfg.Store.GetDoc(ctx, indexPolicyKind, sc, policyKey(g), &old); err != nil {
		return nil, err
	}
	p := indexPolicy{Document: *in.PolicyDocument, Updated: a.cfg.Now().UnixMilli()}
	p.Fields = since(fields, old.Fields, p.Updated)
	if err := a.cfg.Store.PutDoc(ctx, indexPolicyKind, sc, policyKey(g), p); err != nil {
		return nil, err
	}
	described := describePolicy(g, p)
	return &cloudwatchlogs.PutIndexPolicyOutput{IndexPolicy: &described}, nil
}

// since says from when on fields are indexed: from now, and those that were in
// the policy before, from when they were.
func since(fields, old []indexField, now int64) []indexField {
	for i := range fields {
		fields[i].Since = now
		if k := slices.IndexFunc(old, func(o indexField) bool { return o.Name == fields[i].Name }); k >= 0 {
			fields[i].Since = old[k].Since
		}
	}
	return fields
}

func policyKey(g metastore.Group) string { return strconv.FormatUint(uint64(g.ID), 10) }

// indexFields reads {"Fields":["a"]} or {"FieldsV2":{"a":{"type":"FACET"}}}.
func indexFields(document string) ([]indexField, error) {
	var doc struct {
		Fields   []string
		FieldsV2 map[string]struct {
			Type string `json:"type"`
		}
	}
	d := json.NewDecoder(bytes.NewReader([]byte(document)))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	var out []indexField
	for _, name := range doc.Fields {
		out = append(out, indexField{Name: name, Type: string(types.IndexTypeFieldIndex)})
	}
	for name, f := range doc.FieldsV2 {
		switch f.Type {
		case "":
			f.Type = string(types.IndexTypeFieldIndex)
		case string(types.IndexTypeFieldIndex), string(types.IndexTypeFacet):
		default:
			return nil, fmt.Errorf("the type of field %q is %q, want FIELD_INDEX or FACET", name, f.Type)
		}
		out = append(out, indexField{Name: name, Type: f.Type})
	}
	slices.SortFunc(out, func(a, b indexField) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	switch {
	case len(out) == 0:
		return nil, fmt.Errorf("it names no fields")
	case len(out) > maxIndexFields:
		return nil, fmt.Errorf("it names %d fields, want at most %d", len(out), maxIndexFields)
	}
	for i, f := range out {
		if len(f.Name) == 0 || len(f.Name) > maxIndexField {
			return nil, fmt.Errorf("a field has %d characters, want 1 to %d", len(f.Name), maxIndexField)
		}
		if i > 0 && f.Name == out[i-1].Name {
			return nil, fmt.Errorf("it names field %q twice", f.Name)
		}
	}
	return out, nil
}

func describePolicy(g metastore.Group, p indexPolicy) types.IndexPolicy {
	d := types.IndexPolicy{LogGroupIdentifier: aws.String(groupARN(g.Scope, g.Name)), PolicyDocument: aws.String(p.Document),
		LastUpdateTime: aws.Int64(p.Updated), Source: types.IndexSourceLogGroup}
	if p.account != "" {
		d.Source, d.PolicyName = types.IndexSourceAccount, aws.String(p.account)
	}
	return d
}

// DeleteIndexPolicy ends the indexing of a group.
func (a *API) DeleteIndexPolicy(ctx context.Context, in *cloudwatchlogs.DeleteIndexPolicyInput) (*cloudwatchlogs.DeleteIndexPolicyOutput, error) {
	var c checks
	if c.required("logGroupIdentifier", in.LogGroupIdentifier != nil) {
		c.identifier("logGroupIdentifier", *in.LogGroupIdentifier)
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	g, err := a.identified(awswire.Info(ctx).Scope, *in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	found, err := a.cfg.Store.DeleteDoc(ctx, indexPolicyKind, g.Scope, policyKey(g))
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound("The specified index policy does not exist.")
	}
	return &cloudwatchlogs.DeleteIndexPolicyOutput{}, nil
}

// policies finds the policies of the groups that a request names.
func (a *API) policies(ctx context.Context, identifiers []string) (groups []metastore.Group, found []indexPolicy, err error) {
	var c checks
	c.count("logGroupIdentifiers", len(identifiers), 1, maxDescribedGroups)
	for i, id := range identifiers {
		c.identifier(fmt.Sprintf("logGroupIdentifiers.%d.member", i+1), id)
	}
	if err := c.err(); err != nil {
		return nil, nil, err
	}
	all, err := a.indexes(ctx, awswire.Info(ctx).Scope)
	if err != nil {
		return nil, nil, err
	}
	for _, id := range identifiers {
		g, err := a.identified(awswire.Info(ctx).Scope, id)
		if err != nil {
			return nil, nil, err
		}
		if p, ok := all.of(g); ok {
			groups, found = append(groups, g), append(found, p)
		}
	}
	return groups, found, nil
}

// DescribeIndexPolicies lists the policies of groups, all on one page.
func (a *API) DescribeIndexPolicies(ctx context.Context, in *cloudwatchlogs.DescribeIndexPoliciesInput) (*cloudwatchlogs.DescribeIndexPoliciesOutput, error) {
	if in.NextToken != nil {
		return nil, invalid(msgBadToken)
	}
	groups, found, err := a.policies(ctx, in.LogGroupIdentifiers)
	if err != nil {
		return nil, err
	}
	out := &cloudwatchlogs.DescribeIndexPoliciesOutput{IndexPolicies: []types.IndexPolicy{}}
	for i, g := range groups {
		out.IndexPolicies = append(out.IndexPolicies, describePolicy(g, found[i]))
	}
	return out, nil
}

// DescribeFieldIndexes lists the fields of the policies, all on one page.
func (a *API) DescribeFieldIndexes(ctx context.Context, in *cloudwatchlogs.DescribeFieldIndexesInput) (*cloudwatchlogs.DescribeFieldIndexesOutput, error) {
	if in.NextToken != nil {
		return nil, invalid(msgBadToken)
	}
	groups, found, err := a.policies(ctx, in.LogGroupIdentifiers)
	if err != nil {
		return nil, err
	}
	out := &cloudwatchlogs.DescribeFieldIndexesOutput{FieldIndexes: []types.FieldIndex{}}
	if len(in.IndexCategories) > 0 && !slices.Contains(in.IndexCategories, types.IndexCategoryCustom) {
		return out, nil
	}
	for i, g := range groups {
		stat := a.cfg.Catalog.GroupStat(g.ID)
		for _, f := range found[i].Fields {
			rec := types.FieldIndex{FieldIndexName: aws.String(f.Name), LogGroupIdentifier: aws.String(groupARN(g.Scope, g.Name)),
				Type: types.IndexType(f.Type), IndexCategory: types.IndexCategoryCustom, LastScanTime: aws.Int64(a.cfg.Now().UnixMilli())}
			if stat.Events > 0 && stat.LastEvent >= f.Since {
				rec.FirstEventTime, rec.LastEventTime = aws.Int64(max(stat.FirstEvent, f.Since)), aws.Int64(stat.LastEvent)
			}
			out.FieldIndexes = append(out.FieldIndexes, rec)
		}
	}
	return out, nil
}

// groupIndexes are the index policies of a scope; they answer filterIndex for
// one query.
type groupIndexes struct {
	store   *metastore.Store
	own     map[logs.GroupID]indexPolicy
	account []accountPolicy
}

// of returns the policy that a group has: its own or, without one, the
// account's.
func (m *groupIndexes) of(g metastore.Group) (indexPolicy, bool) {
	if p, ok := m.own[g.ID]; ok {
		return p, true
	}
	if p := accountIndex(m.account, g); p != nil {
		return indexPolicy{account: p.Name, Document: p.Document, Fields: p.Fields, Updated: p.Updated}, true
	}
	return indexPolicy{}, false
}

// Since implements logexec.Indexes.
func (m *groupIndexes) Since(id logs.GroupID, field string) (int64, bool) {
	if slices.Contains(defaultIndexed, field) {
		return 0, true
	}
	g, ok := m.store.GroupByID(id)
	if !ok {
		return 0, false // deleted meanwhile
	}
	p, _ := m.of(g)
	for _, f := range p.Fields {
		if f.Name == field {
			return f.Since, true
		}
	}
	return 0, false
}

// indexes reads the policies of a scope.
func (a *API) indexes(ctx context.Context, sc scope.Scope) (*groupIndexes, error) {
	docs, err := a.cfg.Store.ListDocs(ctx, indexPolicyKind, sc)
	if err != nil {
		return nil, err
	}
	m := &groupIndexes{store: a.cfg.Store, own: map[logs.GroupID]indexPolicy{}}
	if m.account, err = a.accountPolicies(ctx, sc, types.PolicyTypeFieldIndexPolicy); err != nil {
		return nil, err
	}
	for _, d := range docs {
		id, err := strconv.ParseUint(d.Key, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read index policy %q: %w", d.Key, err)
		}
		var p indexPolicy
		if err := json.Unmarshal(d.JSON, &p); err != nil {
			return nil, fmt.Errorf("read index policy %q: %w", d.Key, err)
		}
		m.own[logs.GroupID(id)] = p
	}
	return m, nil
}
