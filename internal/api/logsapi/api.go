// Package logsapi answers the operations of CloudWatch Logs: one file per
// operation (small siblings share one), each a function from the SDK's input
// to its output. It decodes nothing and encodes nothing (awswire does) and
// stores nothing itself:
//
//	groups, streams, tags   metastore
//	PutLogEvents            shape checked here, then ingest (time window, append)
//	GetLogEvents,           logs.Scanner, with filterpattern; page tokens are
//	FilterLogEvents         positions (token.go)
//	StartLiveTail           livetail, with filterpattern
//	StartQuery and kin      lang/insights, then queries
//	query definitions,      documents of metastore, in the caller's scope
//	index and account
//	policies, lookup tables
//	sizes, last events      logs.Catalog
//
// Who calls is in the context ([awswire.Info]); a handler sees nothing of
// other scopes. Checks of the input's shape are gathered (validate.go) and
// answered together, as AWS does, before anything is looked up.
//
// Where the published description is silent, or this server goes another way,
// decided here:
//
//   - A group's KMS key is kept and shown; its events are not encrypted with it.
//   - The log class ESSENTIALS is refused by name, since nobody knows its rules.
//   - INFREQUENT_ACCESS costs less on AWS because it can do less. Here it costs
//     the same, so GetLogEvents, FilterLogEvents and StartLiveTail are allowed
//     on purpose (export and tail rely on it). In queries it is as in AWS, so
//     that one that runs here runs there: pattern, diff, filterIndex and unmask
//     are refused, and no field of a message is discovered, nor in
//     GetLogGroupFields and GetLogRecord; parse and jsonParse find them. Field
//     indexes are refused too, by the group's policy as by the account's. SOURCE
//     without a class means STANDARD groups.
//   - An entity is kept with the events of its call (metastore says how) and
//     gives them the fields @entity.KeyAttributes.* and @entity.Attributes.*.
//     One that is rejected keeps no event from being stored. Service,
//     RemoteService and AWS::Service need a Name, Resource and AWS::Resource a
//     ResourceType and an Identifier, else MissingRequiredFields. Keys and
//     values that are too long are EntitySizeTooLarge, groups that are not
//     STANDARD UnsupportedLogGroupType. A stream has up to 1,000 different
//     entities, further ones are InvalidEntity.
//   - A field index policy is kept and answers filterIndex; @logStream, @log,
//     @aws.account, @aws.region, @requestId, traceId, severityText and
//     attributes.session.id are always indexed. Account policies
//     of other types are kept and listed, without effect.
//   - Events are of the @aws.account and @aws.region of their log group, as
//     nothing here is centralized from elsewhere; there is no @source.log.
//   - A data source in SOURCE dataSource is one of the tags cw:datasource:name and
//     cw:datasource:type, also one with the name of an AWS service, which is
//     refused when no group has it.
//   - DescribeQueries tells all groups of a query that names several in the
//     prefix of its text, and logGroupName only where there is one.
//   - StartQuery's limit ends at AWS's 100,000 rows. The header
//     X-Skywatch-Row-Limit: none, which the answer then repeats, lifts it for
//     one query, whatever limit the request gives: a limit command still holds,
//     and what is left are the bounds of packages logexec (memory) and queries
//     (bytes of a result). GetQueryResults pages through as ever.
//   - A query's estimatedRecordsSkipped counts, beside what indexes and statistics
//     rule out, the events of blocks that are left out as damaged. How many these
//     are alone is in the header X-Skywatch-Records-Skipped of GetQueryResults,
//     and of GetLogEvents and FilterLogEvents, whose answers have no place for it.
//     Pages of one search count a block once; the number is an upper bound, for
//     nobody knows which of a block's events the search would have found. Of a file
//     that is missing or damaged as a whole not even the groups are known: its
//     events count for every query whose time meets theirs.
//   - A StartQuery time of 100,000,000,000 or more is taken as milliseconds.
package logsapi

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/awswire"
	"skywatch/internal/ingest"
	"skywatch/internal/livetail"
	"skywatch/internal/logs"
	"skywatch/internal/metastore"
	"skywatch/internal/queries"
	"skywatch/internal/scope"
)

// Ingest takes events in; *ingest.Service is one.
type Ingest interface {
	PutLogEvents(ctx context.Context, sc scope.Scope, group metastore.Group, stream metastore.Stream, events []logs.Event) (ingest.Rejected, error)
}

// Config holds what the handlers work with. All but the last three are needed.
type Config struct {
	Store   *metastore.Store
	Ingest  Ingest
	Scanner logs.Scanner
	Catalog logs.Catalog
	Dropper logs.Dropper
	Queries *queries.Service
	Tail    *livetail.Hub

	// ScanTime is how long one FilterLogEvents call may search before it
	// answers with what it has and a token. 0 means three seconds.
	ScanTime time.Duration
	Now      func() time.Time // nil means time.Now
	Logger   *slog.Logger     // nil means slog.Default
}

// API holds the handlers. Safe for concurrent use.
type API struct {
	cfg Config
	// writes orders the operations that read a document before they write it.
	writes sync.Mutex
}

// New returns the API. It panics when a needed part of cfg is missing.
func New(cfg Config) *API {
	if cfg.Store == nil || cfg.Ingest == nil || cfg.Scanner == nil || cfg.Catalog == nil || cfg.Dropper == nil || cfg.Queries == nil || cfg.Tail == nil {
		panic("logsapi: Store, Ingest, Scanner, Catalog, Dropper, Queries and Tail are needed")
	}
	if cfg.ScanTime == 0 {
		cfg.ScanTime = 3 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	return &API{cfg: cfg}
}

// Register puts every handler on svc, the description made by operations.Logs.
func (a *API) Register(svc *awswire.Service) {
	awswire.Handle(svc, "CreateLogGroup", a.CreateLogGroup)
	awswire.Handle(svc, "DeleteLogGroup", a.DeleteLogGroup)
	awswire.Handle(svc, "DescribeLogGroups", a.DescribeLogGroups)
	awswire.Handle(svc, "ListLogGroups", a.ListLogGroups)
	awswire.Handle(svc, "PutRetentionPolicy", a.PutRetentionPolicy)
	awswire.Handle(svc, "DeleteRetentionPolicy", a.DeleteRetentionPolicy)
	awswire.Handle(svc, "PutLogGroupDeletionProtection", a.PutLogGroupDeletionProtection)
	awswire.Handle(svc, "AssociateKmsKey", a.AssociateKmsKey)
	awswire.Handle(svc, "DisassociateKmsKey", a.DisassociateKmsKey)
	awswire.Handle(svc, "CreateLogStream", a.CreateLogStream)
	awswire.Handle(svc, "DeleteLogStream", a.DeleteLogStream)
	awswire.Handle(svc, "DescribeLogStreams", a.DescribeLogStreams)
	awswire.Handle(svc, "TagResource", a.TagResource)
	awswire.Handle(svc, "UntagResource", a.UntagResource)
	awswire.Handle(svc, "ListTagsForResource", a.ListTagsForResource)
	awswire.Handle(svc, "TagLogGroup", a.TagLogGroup)
	awswire.Handle(svc, "UntagLogGroup", a.UntagLogGroup)
	awswire.Handle(svc, "ListTagsLogGroup", a.ListTagsLogGroup)
	awswire.HandleRows(svc, "PutLogEvents", logEvents, a.PutLogEvents)
	awswire.Handle(svc, "GetLogEvents", a.GetLogEvents)
	awswire.Handle(svc, "FilterLogEvents", a.FilterLogEvents)
	awswire.HandleStream(svc, "StartLiveTail", a.StartLiveTail)
	awswire.Handle(svc, "StartQuery", a.StartQuery)
	awswire.Handle(svc, "GetQueryResults", a.GetQueryResults)
	awswire.Handle(svc, "StopQuery", a.StopQuery)
	awswire.Handle(svc, "DescribeQueries", a.DescribeQueries)
	awswire.Handle(svc, "GetLogRecord", a.GetLogRecord)
	awswire.Handle(svc, "GetLogGroupFields", a.GetLogGroupFields)
	awswire.Handle(svc, "PutQueryDefinition", a.PutQueryDefinition)
	awswire.Handle(svc, "DescribeQueryDefinitions", a.DescribeQueryDefinitions)
	awswire.Handle(svc, "DeleteQueryDefinition", a.DeleteQueryDefinition)
	awswire.Handle(svc, "PutIndexPolicy", a.PutIndexPolicy)
	awswire.Handle(svc, "DescribeIndexPolicies", a.DescribeIndexPolicies)
	awswire.Handle(svc, "DeleteIndexPolicy", a.DeleteIndexPolicy)
	awswire.Handle(svc, "DescribeFieldIndexes", a.DescribeFieldIndexes)
	awswire.Handle(svc, "PutAccountPolicy", a.PutAccountPolicy)
	awswire.Handle(svc, "DescribeAccountPolicies", a.DescribeAccountPolicies)
	awswire.Handle(svc, "DeleteAccountPolicy", a.DeleteAccountPolicy)
	awswire.Handle(svc, "CreateLookupTable", a.CreateLookupTable)
	awswire.Handle(svc, "UpdateLookupTable", a.UpdateLookupTable)
	awswire.Handle(svc, "GetLookupTable", a.GetLookupTable)
	awswire.Handle(svc, "DescribeLookupTables", a.DescribeLookupTables)
	awswire.Handle(svc, "DeleteLookupTable", a.DeleteLookupTable)
}

// The texts AWS answers.
const (
	msgNoGroup      = "The specified log group does not exist."
	msgNoStream     = "The specified log stream does not exist."
	msgGroupExists  = "The specified log group already exists"
	msgStreamExists = "The specified log stream already exists"
	msgBadToken     = "The specified nextToken is invalid."
)

func notFound(message string) error {
	return &types.ResourceNotFoundException{Message: aws.String(message)}
}

func exists(message string) error {
	return &types.ResourceAlreadyExistsException{Message: aws.String(message)}
}

// wire gives an error of ingest its AWS shape. Errors that more than one API
// can meet (a full disk, throttling, a closed store) pass: the mux has one
// table for them, in awswire.Options.MapError.
func wire(err error) error {
	switch {
	case errors.Is(err, ingest.ErrOrder):
		return invalid("Log events in a single PutLogEvents request must be in chronological order.")
	case errors.Is(err, ingest.ErrSpan):
		return invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
	}
	return err
}

// optional returns a pointer to v, nil for the zero value.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// value returns *p, or the zero value for nil.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// newUUID returns a random UUID.
func newUUID() string {
	var u [16]byte
	_, _ = rand.Read(u[:]) // never fails
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[0:4], u[4:6], u[6:8], u[8:10], u[10:16])
}
