package awswire

import (
	"fmt"
	"net/http"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/traits"
)

// Error is an error that a client gets to see as it is. Handlers may return
// it, one of the SDK's own error types (types.ResourceNotFoundException, …),
// or anything else, which the client sees only as an internal failure.
type Error struct {
	// Code is the shape name, such as "InvalidParameterValueException" or
	// "ResourceNotFoundException". The code of the Query protocol, the status
	// and the fault follow from the service's model, or from the table of
	// common errors; an unknown code is the client's fault with status 400.
	Code    string
	Message string
	// Fields are extra string members of the error shape.
	Fields map[string]string

	// query, when not empty, replaces the Query code and its status.
	query       string
	queryStatus int
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Errorf returns an Error with that shape name.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// InvalidParameterValue is CloudWatch's refusal of a parameter.
func InvalidParameterValue(format string, args ...any) *Error {
	return Errorf("InvalidParameterValueException", format, args...)
}

// InvalidParameterCombination is CloudWatch's refusal of parameters that
// exclude each other.
func InvalidParameterCombination(format string, args ...any) *Error {
	return Errorf("InvalidParameterCombinationException", format, args...)
}

// MissingParameter is CloudWatch's refusal of a request without a required
// parameter.
func MissingParameter(format string, args ...any) *Error {
	return Errorf("MissingRequiredParameterException", format, args...)
}

// ValidationError is a violated constraint (ValidationException; the Query
// code is ValidationError).
func ValidationError(format string, args ...any) *Error {
	return Errorf("ValidationException", format, args...)
}

// InvalidParameter is CloudWatch Logs' refusal of a parameter.
func InvalidParameter(format string, args ...any) *Error {
	return Errorf("InvalidParameterException", format, args...)
}

// NotFound is a ResourceNotFoundException.
func NotFound(format string, args ...any) *Error {
	return Errorf("ResourceNotFoundException", format, args...)
}

// AlreadyExists is a ResourceAlreadyExistsException.
func AlreadyExists(format string, args ...any) *Error {
	return Errorf("ResourceAlreadyExistsException", format, args...)
}

// LimitExceeded is a LimitExceededException.
func LimitExceeded(format string, args ...any) *Error {
	return Errorf("LimitExceededException", format, args...)
}

// Throttling asks the client to come back later.
func Throttling(format string, args ...any) *Error {
	return Errorf("ThrottlingException", format, args...)
}

// Unavailable is the server's temporary inability (503): clients retry.
func Unavailable(format string, args ...any) *Error {
	return Errorf("ServiceUnavailableException", format, args...)
}

// Unsupported is a request for something that AWS has and this server has not.
func Unsupported(format string, args ...any) *Error {
	return Errorf("UnsupportedOperationException", format, args...)
}

// commonError is an error that no service models.
type commonError struct {
	query       string // code over Query; "" for the same
	status      int
	queryStatus int // 0 for the same
}

// commonErrors are errors of the AWS front end and those of ours that have no
// counterpart in the models. The
// status of authentication errors over JSON is the service's AuthStatus.
var commonErrors = map[string]commonError{
	"AccessDeniedException":               {"AccessDenied", http.StatusForbidden, 0},
	"ExpiredTokenException":               {"ExpiredToken", http.StatusForbidden, 0},
	"IncompleteSignatureException":        {"IncompleteSignature", http.StatusForbidden, 0},
	"InternalFailure":                     {"", http.StatusInternalServerError, 0},
	"InvalidSignatureException":           {"SignatureDoesNotMatch", http.StatusForbidden, 0},
	"MalformedHttpRequestException":       {"", http.StatusBadRequest, 0},
	"MalformedQueryString":                {"", http.StatusBadRequest, 0},
	"MissingAction":                       {"", http.StatusBadRequest, 0},
	"MissingAuthenticationTokenException": {"MissingAuthenticationToken", http.StatusForbidden, 0},
	"NotAuthorized":                       {"", http.StatusUnauthorized, 0},
	"OptInRequired":                       {"", http.StatusForbidden, 0},
	"RequestAbortedException":             {"", http.StatusBadRequest, 0},
	"RequestEntityTooLargeException":      {"", http.StatusRequestEntityTooLarge, 0},
	"RequestTimeoutException":             {"", http.StatusRequestTimeout, 0},
	"SerializationException":              {"MalformedInput", http.StatusBadRequest, 0},
	"ServiceUnavailableException":         {"ServiceUnavailable", http.StatusServiceUnavailable, 0},
	"ThrottlingException":                 {"Throttling", http.StatusBadRequest, 0},
	"UnknownOperationException":           {"InvalidAction", http.StatusNotFound, http.StatusBadRequest},
	"UnrecognizedClientException":         {"InvalidClientTokenId", http.StatusForbidden, 0},
	"UnsupportedOperationException":       {"UnsupportedOperation", http.StatusBadRequest, 0},
	"ValidationException":                 {"ValidationError", http.StatusBadRequest, 0},
}

// authErrors are the errors whose status over JSON differs by service.
var authErrors = map[string]bool{
	"ExpiredTokenException":               true,
	"IncompleteSignatureException":        true,
	"InvalidSignatureException":           true,
	"MissingAuthenticationTokenException": true,
	"UnrecognizedClientException":         true,
}

// wireError is an error resolved against a service: everything the three
// encodings need.
type wireError struct {
	shape     string // bare shape name
	namespace string // Smithy namespace of the shape, "" when not modelled
	query     string // code over Query, also in x-amzn-query-error
	status    int
	message   string
	member    string              // name of the message member
	fields    map[string]string   // extra members
	typed     smithy.Serializable // when not nil: writes the members itself
}

// fault returns the word that Query answers use for whose fault it is.
func (e *wireError) fault() string {
	if e.status >= 500 {
		return "Receiver"
	}
	return "Sender"
}

// sdkError is implemented by the modelled error types of the SDK.
type sdkError interface {
	error
	smithy.Serializable
	ErrorMessage() string
}

// resolveError fills in what the service's model and the common table say.
func (svc *Service) resolveError(e *Error, p Protocol) *wireError {
	return svc.resolve(&wireError{shape: e.Code, message: e.Message, fields: e.Fields}, svc.Errors[e.Code], e, p)
}

func (svc *Service) resolveTyped(e sdkError, p Protocol) *wireError {
	schema := schemaOf(e)
	we := &wireError{message: e.ErrorMessage(), typed: e}
	if schema != nil {
		we.shape = schema.ID().Name
	}
	return svc.resolve(we, schema, nil, p)
}

func (svc *Service) resolve(we *wireError, schema *smithy.Schema, e *Error, p Protocol) *wireError {
	we.query, we.member = we.shape, "message"
	common, isCommon := commonErrors[we.shape]
	queryStatus := 0
	if isCommon {
		we.status, queryStatus = common.status, common.queryStatus
		if common.query != "" {
			we.query = common.query
		}
		if authErrors[we.shape] && svc.AuthStatus != 0 && p == JSON {
			we.status = svc.AuthStatus
		}
	}
	if schema != nil {
		we.namespace = schema.ID().Namespace
		if schema.Member("Message") != nil {
			we.member = "Message"
		}
		if t, ok := smithy.SchemaTrait[*traits.AWSQueryError](schema); ok {
			we.query, queryStatus = t.ErrorCode, t.StatusCode
		} else if !isCommon {
			we.query = we.shape
		}
		if t, ok := smithy.SchemaTrait[*traits.HTTPError](schema); ok {
			we.status = t.Code
		} else if t, ok := smithy.SchemaTrait[*traits.Error](schema); ok && we.status == 0 && t.Type == "server" {
			we.status = http.StatusInternalServerError
		}
	}
	if e != nil && e.query != "" {
		we.query, queryStatus = e.query, e.queryStatus
	}
	if we.status == 0 {
		we.status = http.StatusBadRequest
	}
	if p == Query && queryStatus != 0 {
		we.status = queryStatus
	}
	return we
}
