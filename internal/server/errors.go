package server

import (
	"errors"

	"skywatch/internal/awswire"
	"skywatch/internal/ingest"
	"skywatch/internal/logs"
	"skywatch/internal/metastore"
	"skywatch/internal/metrics"
)

// wireError gives the stores' errors their place on the wire. What is not
// named here stays an internal failure: its text is for the log alone.
func wireError(err error) error {
	switch {
	case errors.Is(err, ingest.ErrThrottled):
		return awswire.Throttling("Rate exceeded")
	case errors.Is(err, logs.ErrFull), errors.Is(err, metrics.ErrFull):
		return wrapped{awswire.Unavailable("The server is out of space; nothing was stored."), err}
	case errors.Is(err, logs.ErrClosed), errors.Is(err, metrics.ErrClosed):
		return awswire.Unavailable("The server is shutting down.")
	case errors.Is(err, metastore.ErrReadOnly):
		return wrapped{awswire.Unavailable("The server's data folder is not writable; nothing was stored."), err}
	}
	return err
}

// wrapped shows the client wire and the log cause.
type wrapped struct {
	wire  *awswire.Error
	cause error
}

func (w wrapped) Error() string   { return w.cause.Error() }
func (w wrapped) Unwrap() []error { return []error{w.wire, w.cause} }
