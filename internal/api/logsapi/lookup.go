package logsapi

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/metastore"
	"skywatch/internal/scope"
)

// groupARN returns the ARN of a log group without the trailing ":*".
func groupARN(sc scope.Scope, name string) string { return sc.ARN("logs", "log-group:"+name) }

// groupFromARN returns the scope and name in a log group's ARN, with or
// without the trailing ":*". Any partition is accepted.
func groupFromARN(arn string) (sc scope.Scope, name string, ok bool) {
	parts := strings.SplitN(arn, ":", 7)
	if len(parts) != 7 || parts[0] != "arn" || parts[2] != "logs" || parts[5] != "log-group" {
		return scope.Scope{}, "", false
	}
	return scope.Scope{Region: parts[3], Account: parts[4]}, strings.TrimSuffix(parts[6], ":*"), true
}

// group returns the scope's group of that name.
func (a *API) group(sc scope.Scope, name string) (metastore.Group, error) {
	g, ok := a.cfg.Store.Group(sc, name)
	if !ok {
		return g, notFound(msgNoGroup)
	}
	return g, nil
}

// identified returns the group that a name or an ARN means. Another scope's
// ARN is not found.
func (a *API) identified(sc scope.Scope, identifier string) (metastore.Group, error) {
	if strings.HasPrefix(identifier, "arn:") {
		owner, name, ok := groupFromARN(identifier)
		if !ok {
			return metastore.Group{}, invalid("The specified log group ARN is invalid: %s", shown(identifier))
		}
		if owner != sc {
			return metastore.Group{}, notFound(msgNoGroup)
		}
		identifier = name
	}
	return a.group(sc, identifier)
}

// nameOrIdentifier checks the pair of members that name one group: exactly one
// must be there.
func nameOrIdentifier(c *checks, name, identifier *string) error {
	if name != nil && identifier != nil {
		return &types.ValidationException{Message: aws.String("LogGroup name and LogGroup ARN are mutually exclusive parameters.")}
	}
	if identifier != nil {
		c.identifier("logGroupIdentifier", *identifier)
	} else {
		c.groupName("logGroupName", name)
	}
	return nil
}

// either returns the group of the pair that nameOrIdentifier has checked.
func (a *API) either(sc scope.Scope, name, identifier *string) (metastore.Group, error) {
	if identifier != nil {
		return a.identified(sc, *identifier)
	}
	return a.group(sc, *name)
}

func (a *API) stream(g metastore.Group, name string) (metastore.Stream, error) {
	s, ok := a.cfg.Store.Stream(g.ID, name)
	if !ok {
		return s, notFound(msgNoStream)
	}
	return s, nil
}
