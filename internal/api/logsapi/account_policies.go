package logsapi

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/awswire"
	"skywatch/internal/metastore"
	"skywatch/internal/scope"
)

// Account policies of every type are kept, listed and deleted. Those of type
// FIELD_INDEX_POLICY index the groups they select; the other types have no
// effect here, and the log says so when one is put.

// accountPolicyKind names the documents of account policies; keys are type and
// name.
const accountPolicyKind = "logs.account-policy"

const (
	maxPolicyName        = 256
	maxSelectionCriteria = 25 << 10
	msgNoPolicy          = "The specified policy does not exist."
)

// accountPolicyLimits says how many policies of a type an account has at most:
// for all groups, and for groups selected by prefixes that do not overlap.
var accountPolicyLimits = map[types.PolicyType]struct{ whole, selected int }{
	types.PolicyTypeDataProtectionPolicy:     {1, 0},
	types.PolicyTypeSubscriptionFilterPolicy: {1, 1},
	types.PolicyTypeMetricExtractionPolicy:   {1, 0},
	types.PolicyTypeFieldIndexPolicy:         {1, 20},
	types.PolicyTypeTransformerPolicy:        {1, 20},
	types.PolicyTypeRetentionPolicy:          {1, 20},
}

// accountPolicy is a policy as it is stored.
type accountPolicy struct {
	Type     types.PolicyType `json:"type"`
	Name     string           `json:"name"`
	Document string           `json:"document"`
	Criteria *string          `json:"criteria,omitempty"`
	Updated  int64            `json:"updated"`          // milliseconds
	Fields   []indexField     `json:"fields,omitempty"` // of FIELD_INDEX_POLICY
}

func (p *accountPolicy) key() string { return string(p.Type) + "/" + p.Name }

// selects reports whether the policy is for a group. Groups have no data
// sources, so policies that select by these are for none.
func (p *accountPolicy) selects(group string) bool {
	if p.Criteria == nil {
		return true
	}
	prefixes, _ := namePrefixes(*p.Criteria)
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(group, prefix) })
}

var (
	prefixEquals = regexp.MustCompile(`^\s*LogGroupNamePrefix\s*={1,2}\s*("[^"]+"|'[^']+'|[^\s"'\[\]]+)\s*$`)
	prefixIn     = regexp.MustCompile(`^\s*LogGroupNamePrefix\s+IN\s*(\[.*\])\s*$`)
	nameNotIn    = regexp.MustCompile(`^\s*LogGroupName\s+NOT\s+IN\s*(\[.*\])\s*$`)
	dataSource   = regexp.MustCompile(`^\s*DataSource(Name|Type)\b.*\bAND\s+DataSource(Name|Type)\b`)
)

// namePrefixes reads LogGroupNamePrefix = "a" and LogGroupNamePrefix IN ["a", "b"].
func namePrefixes(criteria string) ([]string, bool) {
	if m := prefixEquals.FindStringSubmatch(criteria); m != nil {
		return []string{strings.Trim(m[1], `"'`)}, true
	}
	m := prefixIn.FindStringSubmatch(criteria)
	if m == nil {
		return nil, false
	}
	var prefixes []string
	err := json.Unmarshal([]byte(m[1]), &prefixes)
	return prefixes, err == nil && len(prefixes) > 0 && !slices.Contains(prefixes, "")
}

// checkCriteria holds a selection against what its type of policy takes.
func checkCriteria(of types.PolicyType, criteria string) error {
	if len(criteria) > maxSelectionCriteria {
		return invalid("The selectionCriteria has %d bytes, at most %d are allowed.", len(criteria), maxSelectionCriteria)
	}
	_, byPrefix := namePrefixes(criteria)
	switch of {
	case types.PolicyTypeSubscriptionFilterPolicy:
		var names []string
		if m := nameNotIn.FindStringSubmatch(criteria); m != nil && json.Unmarshal([]byte(m[1]), &names) == nil {
			return nil
		}
		return invalid(`The selectionCriteria of a %s must be LogGroupName NOT IN ["name", ...].`, of)
	case types.PolicyTypeFieldIndexPolicy:
		if byPrefix || dataSource.MatchString(criteria) {
			return nil
		}
		return invalid(`The selectionCriteria of a %s must be LogGroupNamePrefix IN ["prefix", ...], or DataSourceName and DataSourceType together.`, of)
	case types.PolicyTypeTransformerPolicy, types.PolicyTypeRetentionPolicy:
		if byPrefix {
			return nil
		}
		return invalid(`The selectionCriteria of a %s must be LogGroupNamePrefix IN ["prefix", ...].`, of)
	}
	return invalid("A %s takes no selectionCriteria.", of)
}

// policyNamed checks type and name.
func (c *checks) policyNamed(of types.PolicyType, name *string) {
	if c.required("policyType", of != "") {
		oneOf(c, "policyType", of, types.PolicyType("").Values()...)
	}
	if c.required("policyName", name != nil) {
		c.length("policyName", *name, 1, maxPolicyName)
		c.pattern("policyName", *name, `[^:*]*`, func(r rune) bool { return r != ':' && r != '*' })
		if strings.HasPrefix(*name, "aws/") {
			c.fail(shown(*name), "policyName", "Member must not start with aws/")
		}
	}
}

// PutAccountPolicy makes or replaces a policy of the caller's account.
func (a *API) PutAccountPolicy(ctx context.Context, in *cloudwatchlogs.PutAccountPolicyInput) (*cloudwatchlogs.PutAccountPolicyOutput, error) {
	var c checks
	c.policyNamed(in.PolicyType, in.PolicyName)
	if c.required("policyDocument", in.PolicyDocument != nil) {
		c.length("policyDocument", *in.PolicyDocument, 1, maxPolicyDocument)
	}
	oneOf(&c, "scope", in.Scope, types.ScopeAll)
	if err := c.err(); err != nil {
		return nil, err
	}
	if in.DryRun {
		return nil, unsupported("dryRun", "what a policy would change is not estimated.")
	}
	p := accountPolicy{Type: in.PolicyType, Name: *in.PolicyName, Document: *in.PolicyDocument, Criteria: in.SelectionCriteria, Updated: a.cfg.Now().UnixMilli()}
	if p.Criteria != nil {
		if err := checkCriteria(p.Type, *p.Criteria); err != nil {
			return nil, err
		}
	}
	if !json.Valid([]byte(p.Document)) {
		return nil, invalid("The policyDocument is not JSON.")
	}
	if p.Type == types.PolicyTypeFieldIndexPolicy {
		fields, err := indexFields(p.Document)
		if err != nil {
			return nil, invalid("The policyDocument is invalid: %s", err)
		}
		p.Fields = fields
	}
	sc := awswire.Info(ctx).Scope
	a.writes.Lock()
	defer a.writes.Unlock()
	all, err := a.accountPolicies(ctx, sc, p.Type)
	if err != nil {
		return nil, err
	}
	var old accountPolicy
	if i := slices.IndexFunc(all, func(o accountPolicy) bool { return o.Name == p.Name }); i >= 0 {
		old = all[i]
		all = slices.Delete(all, i, i+1)
	}
	if err := fits(&p, all); err != nil {
		return nil, err
	}
	p.Fields = since(p.Fields, old.Fields, p.Updated)
	if err := a.cfg.Store.PutDoc(ctx, accountPolicyKind, sc, p.key(), p); err != nil {
		return nil, err
	}
	if p.Type != types.PolicyTypeFieldIndexPolicy {
		a.cfg.Logger.Warn("the account policy is kept and listed, and has no effect", "type", p.Type, "name", p.Name)
	}
	described := describeAccountPolicy(sc, &p)
	return &cloudwatchlogs.PutAccountPolicyOutput{AccountPolicy: &described}, nil
}

// fits holds a policy against the others of its type: their number, and
// prefixes that overlap.
func fits(p *accountPolicy, others []accountPolicy) error {
	limit := accountPolicyLimits[p.Type]
	whole, selected := 0, 0
	for i := range others {
		if others[i].Criteria == nil {
			whole++
			continue
		}
		selected++
		if p.Criteria == nil {
			continue
		}
		mine, _ := namePrefixes(*p.Criteria)
		theirs, _ := namePrefixes(*others[i].Criteria)
		for _, m := range mine {
			for _, t := range theirs {
				if strings.HasPrefix(m, t) || strings.HasPrefix(t, m) {
					return invalid("The prefix %q overlaps with %q of the policy %q.", m, t, others[i].Name)
				}
			}
		}
	}
	switch {
	case p.Criteria == nil && whole >= limit.whole, p.Criteria != nil && selected >= limit.selected:
		return &types.LimitExceededException{Message: aws.String("Resource limit exceeded.")}
	case limit.whole+limit.selected == 2 && whole+selected >= 1: // one, with a selection or without
		return &types.LimitExceededException{Message: aws.String("Resource limit exceeded.")}
	}
	return nil
}

// accountPolicies reads the policies of a type, by name.
func (a *API) accountPolicies(ctx context.Context, sc scope.Scope, of types.PolicyType) ([]accountPolicy, error) {
	docs, err := a.cfg.Store.ListDocs(ctx, accountPolicyKind, sc)
	if err != nil {
		return nil, err
	}
	var out []accountPolicy
	for _, d := range docs {
		if !strings.HasPrefix(d.Key, string(of)+"/") {
			continue
		}
		var p accountPolicy
		if err := json.Unmarshal(d.JSON, &p); err != nil {
			return nil, fmt.Errorf("read account policy %q: %w", d.Key, err)
		}
		out = append(out, p)
	}
	return out, nil
}

func describeAccountPolicy(sc scope.Scope, p *accountPolicy) types.AccountPolicy {
	return types.AccountPolicy{AccountId: aws.String(sc.Account), LastUpdatedTime: aws.Int64(p.Updated), PolicyDocument: aws.String(p.Document),
		PolicyName: aws.String(p.Name), PolicyType: p.Type, Scope: types.ScopeAll, SelectionCriteria: p.Criteria}
}

// DescribeAccountPolicies lists the policies of one type, all on one page.
func (a *API) DescribeAccountPolicies(ctx context.Context, in *cloudwatchlogs.DescribeAccountPoliciesInput) (*cloudwatchlogs.DescribeAccountPoliciesOutput, error) {
	var c checks
	if c.required("policyType", in.PolicyType != "") {
		oneOf(&c, "policyType", in.PolicyType, in.PolicyType.Values()...)
	}
	c.count("accountIdentifiers", len(in.AccountIdentifiers), 0, 20)
	if err := c.err(); err != nil {
		return nil, err
	}
	if in.NextToken != nil {
		return nil, invalid(msgBadToken)
	}
	sc := awswire.Info(ctx).Scope
	out := &cloudwatchlogs.DescribeAccountPoliciesOutput{AccountPolicies: []types.AccountPolicy{}}
	if len(in.AccountIdentifiers) > 0 && !slices.Contains(in.AccountIdentifiers, sc.Account) {
		return out, nil
	}
	all, err := a.accountPolicies(ctx, sc, in.PolicyType)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if in.PolicyName == nil || *in.PolicyName == all[i].Name {
			out.AccountPolicies = append(out.AccountPolicies, describeAccountPolicy(sc, &all[i]))
		}
	}
	return out, nil
}

// DeleteAccountPolicy removes a policy.
func (a *API) DeleteAccountPolicy(ctx context.Context, in *cloudwatchlogs.DeleteAccountPolicyInput) (*cloudwatchlogs.DeleteAccountPolicyOutput, error) {
	var c checks
	c.policyNamed(in.PolicyType, in.PolicyName)
	if err := c.err(); err != nil {
		return nil, err
	}
	if in.DryRun {
		return nil, unsupported("dryRun", "what a policy has changed is not estimated.")
	}
	p := accountPolicy{Type: in.PolicyType, Name: *in.PolicyName}
	found, err := a.cfg.Store.DeleteDoc(ctx, accountPolicyKind, awswire.Info(ctx).Scope, p.key())
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound(msgNoPolicy)
	}
	return &cloudwatchlogs.DeleteAccountPolicyOutput{}, nil
}

// accountIndex returns the account's index policy that is for a group, which is
// one at most but for one with and one without a selection: then the former.
func accountIndex(all []accountPolicy, g metastore.Group) *accountPolicy {
	if g.Class != string(types.LogGroupClassStandard) {
		return nil
	}
	var found *accountPolicy
	for i := range all {
		if all[i].selects(g.Name) && (found == nil || all[i].Criteria != nil) {
			found = &all[i]
		}
	}
	return found
}
