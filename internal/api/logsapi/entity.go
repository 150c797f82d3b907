package logsapi

import (
	"context"
	"errors"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/metastore"
)

// Limits of an entity, from the API reference; lengths are in characters.
const (
	maxEntityKeys       = 4
	maxEntityAttributes = 10
	maxEntityKey        = 32
	maxEntityAttribute  = 256
	maxEntityValue      = 512
)

// entityKeys are the key attributes an entity may have.
var entityKeys = map[string]bool{"Type": true, "ResourceType": true, "Identifier": true, "Name": true, "Environment": true}

// entityTypes are the key attributes that an entity of each type must have.
var entityTypes = map[string][]string{
	"Service": {"Name"}, "RemoteService": {"Name"}, "AWS::Service": {"Name"},
	"Resource": {"ResourceType", "Identifier"}, "AWS::Resource": {"ResourceType", "Identifier"},
}

// entityStream is where the events of a call are stored: the stream itself
// without an entity and with one that is rejected, which the answer says; the
// events are kept all the same, as AWS does.
func (a *API) entityStream(ctx context.Context, g metastore.Group, s metastore.Stream, e *types.Entity) (metastore.Stream, *types.RejectedEntityInfo, error) {
	if e == nil {
		return s, nil, nil
	}
	if wrong := entityError(g, e); wrong != "" {
		return s, &types.RejectedEntityInfo{ErrorType: wrong}, nil
	}
	with, err := a.cfg.Store.EntityStream(ctx, s, metastore.Entity{KeyAttributes: e.KeyAttributes, Attributes: e.Attributes})
	switch {
	case errors.Is(err, metastore.ErrTooManyEntities):
		return s, &types.RejectedEntityInfo{ErrorType: types.EntityRejectionErrorTypeInvalidEntity}, nil
	case errors.Is(err, metastore.ErrNotFound):
		return s, nil, notFound(msgNoStream)
	}
	return with, nil, err
}

// entityError says why an entity is not kept, "" when it is.
func entityError(g metastore.Group, e *types.Entity) types.EntityRejectionErrorType {
	keys := e.KeyAttributes
	switch {
	case g.Class != string(types.LogGroupClassStandard):
		return types.EntityRejectionErrorTypeUnsupportedLogGroupType
	case keys["Type"] == "":
		return types.EntityRejectionErrorTypeMissingRequiredFields
	case len(keys) > maxEntityKeys:
		return types.EntityRejectionErrorTypeInvalidKeyAttribute
	case len(e.Attributes) > maxEntityAttributes:
		return types.EntityRejectionErrorTypeInvalidAttributes
	}
	for k, v := range keys {
		switch {
		case !entityKeys[k], v == "":
			return types.EntityRejectionErrorTypeInvalidKeyAttribute
		case utf8.RuneCountInString(k) > maxEntityKey, utf8.RuneCountInString(v) > maxEntityValue:
			return types.EntityRejectionErrorTypeEntitySizeTooLarge
		}
	}
	required, ok := entityTypes[keys["Type"]]
	if !ok {
		return types.EntityRejectionErrorTypeInvalidTypeValue
	}
	for _, k := range required {
		if keys[k] == "" {
			return types.EntityRejectionErrorTypeMissingRequiredFields
		}
	}
	for k, v := range e.Attributes {
		switch {
		case k == "", v == "":
			return types.EntityRejectionErrorTypeInvalidAttributes
		case utf8.RuneCountInString(k) > maxEntityAttribute, utf8.RuneCountInString(v) > maxEntityValue:
			return types.EntityRejectionErrorTypeEntitySizeTooLarge
		}
	}
	return ""
}
