// Package awswire speaks the wire protocols of CloudWatch and CloudWatch Logs
// for any set of operations: AWS JSON 1.0 and 1.1, Query with XML answers (POST
// form and GET query string) and Smithy RPC v2 CBOR, all on one port. It knows
// no operation: a [Service] describes one (its names, its table of operations
// and errors), and handlers are plain functions from an SDK input type to an
// SDK output type, registered with [Handle].
//
// A request passes through like this:
//
//	route.go     which protocol, service and operation (headers, path, Action)
//	body.go      read with a size limit
//	sigv4.go     who sent it: header or presigned SigV4 over the bytes as sent,
//	             a UI session, or nobody
//	body.go      gunzip with a size limit
//	decode.go    one reflection decoder led by plans (plan.go), fed by a front
//	             end for the format (json_reader.go, cbor_reader.go, form.go)
//	handler      func(ctx, *Input) (*Output, error), or one that returns a
//	             Streamer, whose events eventstream.go frames
//	*_writer.go  the output's own Serialize method into one of three
//	             serializers
//	errors.go    any error as the shape, code, status and member names that
//	             clients of that protocol expect
//
// # Unknown and unbuilt operations
//
// An operation that the service's table does not hold answers
// UnknownOperationException with status 404 (Query: InvalidAction, 400). One
// that the table holds but nobody has registered a handler for answers
// UnsupportedOperationException (Query: UnsupportedOperation) with status 400 and a message naming it: a retry does
// not help, so it is the client's fault class.
//
// # Bad requests
//
// Members that the input shape does not have are skipped, as AWS does. A value
// of the wrong type, malformed JSON or malformed CBOR answer
// SerializationException (Query: MalformedInput) with status 400, naming the
// path of the member. null and CBOR's undefined count as absent, but not
// inside lists, where leaving an element out would shift the others.
package awswire
