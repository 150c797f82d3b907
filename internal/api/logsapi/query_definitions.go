package logsapi

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/awswire"
	"skywatch/internal/lang/insights"
	"skywatch/internal/scope"
)

// queryDefinitionKind names the documents of saved queries; keys are their ids.
const queryDefinitionKind = "logs.query-definition"

const (
	maxQueryDefinitions = 1000
	maxQueryParameters  = 20
	msgNoDefinition     = "The specified query definition does not exist."
)

// queryDefinition is a saved query as it is stored.
type queryDefinition struct {
	Name       string           `json:"name"`
	Query      string           `json:"query"`
	Language   string           `json:"language"`
	Groups     []string         `json:"groups,omitempty"`
	Parameters []queryParameter `json:"parameters,omitempty"`
	Modified   int64            `json:"modified"` // milliseconds
	Token      string           `json:"token,omitempty"`
}

type queryParameter struct {
	Name        string  `json:"name"`
	Default     *string `json:"default,omitempty"`
	Description *string `json:"description,omitempty"`
}

// PutQueryDefinition saves a query, or replaces all of a saved one. The text is
// not parsed: it may hold {{parameters}}, and AWS takes any.
func (a *API) PutQueryDefinition(ctx context.Context, in *cloudwatchlogs.PutQueryDefinitionInput) (*cloudwatchlogs.PutQueryDefinitionOutput, error) {
	var c checks
	if c.required("name", in.Name != nil) {
		c.length("name", *in.Name, 1, 255)
	}
	if c.required("queryString", in.QueryString != nil) {
		c.length("queryString", *in.QueryString, 1, insights.MaxText)
	}
	if in.QueryDefinitionId != nil {
		c.length("queryDefinitionId", *in.QueryDefinitionId, 0, 256)
	}
	if in.ClientToken != nil {
		c.length("clientToken", *in.ClientToken, 36, 128)
	}
	oneOf(&c, "queryLanguage", in.QueryLanguage, in.QueryLanguage.Values()...)
	for i, name := range in.LogGroupNames {
		c.groupText(fmt.Sprintf("logGroupNames.%d.member", i+1), name)
	}
	c.count("parameters", len(in.Parameters), 0, maxQueryParameters)
	d := queryDefinition{Name: value(in.Name), Query: value(in.QueryString), Language: string(in.QueryLanguage),
		Groups: in.LogGroupNames, Modified: a.cfg.Now().UnixMilli(), Token: value(in.ClientToken)}
	if d.Language == "" {
		d.Language = string(types.QueryLanguageCwli)
	}
	seen := map[string]bool{}
	for i, p := range in.Parameters {
		member := fmt.Sprintf("parameters.%d.member.name", i+1)
		if !c.required(member, p.Name != nil) {
			continue
		}
		if !isParameterName(*p.Name) || seen[*p.Name] {
			c.fail(shown(*p.Name), member, "Member must be a unique name that starts with a letter or underscore and contains only letters, digits, and underscores")
		}
		seen[*p.Name] = true
		d.Parameters = append(d.Parameters, queryParameter{*p.Name, p.DefaultValue, p.Description})
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	sc := awswire.Info(ctx).Scope
	a.writes.Lock()
	defer a.writes.Unlock()
	id := value(in.QueryDefinitionId)
	if id != "" {
		if found, err := a.cfg.Store.GetDoc(ctx, queryDefinitionKind, sc, id, &queryDefinition{}); err != nil {
			return nil, err
		} else if !found {
			return nil, notFound(msgNoDefinition)
		}
	} else {
		all, err := a.queryDefinitions(ctx, sc)
		if err != nil {
			return nil, err
		}
		for _, other := range all {
			if d.Token != "" && other.Token == d.Token {
				return &cloudwatchlogs.PutQueryDefinitionOutput{QueryDefinitionId: aws.String(other.id)}, nil // sent again
			}
		}
		if len(all) >= maxQueryDefinitions {
			return nil, &types.LimitExceededException{Message: aws.String("Resource limit exceeded.")}
		}
		id = newUUID()
	}
	if err := a.cfg.Store.PutDoc(ctx, queryDefinitionKind, sc, id, d); err != nil {
		return nil, err
	}
	return &cloudwatchlogs.PutQueryDefinitionOutput{QueryDefinitionId: &id}, nil
}

func isParameterName(s string) bool {
	for i, r := range s {
		if r != '_' && (!isAlphanumeric(r) || i == 0 && r >= '0' && r <= '9') {
			return false
		}
	}
	return s != ""
}

type storedDefinition struct {
	id string
	queryDefinition
}

// queryDefinitions lists the scope's, in the order of their ids.
func (a *API) queryDefinitions(ctx context.Context, sc scope.Scope) ([]storedDefinition, error) {
	docs, err := a.cfg.Store.ListDocs(ctx, queryDefinitionKind, sc)
	if err != nil {
		return nil, err
	}
	out := make([]storedDefinition, len(docs))
	for i, d := range docs {
		out[i].id = d.Key
		if err := json.Unmarshal(d.JSON, &out[i].queryDefinition); err != nil {
			return nil, fmt.Errorf("read query definition %s: %w", d.Key, err)
		}
	}
	return out, nil
}

// DescribeQueryDefinitions lists saved queries.
func (a *API) DescribeQueryDefinitions(ctx context.Context, in *cloudwatchlogs.DescribeQueryDefinitionsInput) (*cloudwatchlogs.DescribeQueryDefinitionsOutput, error) {
	var c checks
	if in.QueryDefinitionNamePrefix != nil {
		c.length("queryDefinitionNamePrefix", *in.QueryDefinitionNamePrefix, 1, 255)
	}
	oneOf(&c, "queryLanguage", in.QueryLanguage, in.QueryLanguage.Values()...)
	within(&c, "maxResults", in.MaxResults, 1, 1000)
	c.nextToken(in.NextToken)
	if err := c.err(); err != nil {
		return nil, err
	}
	from, err := parseCursor(in.NextToken, "definitions")
	if err != nil {
		return nil, err
	}
	all, err := a.queryDefinitions(ctx, awswire.Info(ctx).Scope)
	if err != nil {
		return nil, err
	}
	out := &cloudwatchlogs.DescribeQueryDefinitionsOutput{QueryDefinitions: []types.QueryDefinition{}}
	limit := limitOr(in.MaxResults, 1000)
	for _, d := range all {
		if d.id <= from.Name || in.QueryLanguage != "" && string(in.QueryLanguage) != d.Language || !strings.HasPrefix(d.Name, value(in.QueryDefinitionNamePrefix)) {
			continue
		}
		if len(out.QueryDefinitions) == limit {
			out.NextToken = cursor{Kind: "definitions", Name: *out.QueryDefinitions[limit-1].QueryDefinitionId}.token()
			break
		}
		rec := types.QueryDefinition{QueryDefinitionId: aws.String(d.id), Name: aws.String(d.Name), QueryString: aws.String(d.Query),
			QueryLanguage: types.QueryLanguage(d.Language), LastModified: aws.Int64(d.Modified), LogGroupNames: d.Groups}
		for _, p := range d.Parameters {
			rec.Parameters = append(rec.Parameters, types.QueryParameter{Name: aws.String(p.Name), DefaultValue: p.Default, Description: p.Description})
		}
		out.QueryDefinitions = append(out.QueryDefinitions, rec)
	}
	return out, nil
}

// DeleteQueryDefinition forgets a saved query.
func (a *API) DeleteQueryDefinition(ctx context.Context, in *cloudwatchlogs.DeleteQueryDefinitionInput) (*cloudwatchlogs.DeleteQueryDefinitionOutput, error) {
	var c checks
	if c.required("queryDefinitionId", in.QueryDefinitionId != nil) {
		c.length("queryDefinitionId", *in.QueryDefinitionId, 0, 256)
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	found, err := a.cfg.Store.DeleteDoc(ctx, queryDefinitionKind, awswire.Info(ctx).Scope, *in.QueryDefinitionId)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound(msgNoDefinition)
	}
	return &cloudwatchlogs.DeleteQueryDefinitionOutput{Success: true}, nil
}
