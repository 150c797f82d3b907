package ingest

import "sync/atomic"

type counters struct {
	calls, failedCalls, throttledCalls, waits atomic.Int64
	events, eventBytes, rejectedEvents        atomic.Int64
	data, derivedData, malformedRecords       atomic.Int64
	inFlight                                  atomic.Int64
}

// Stats are counts since start, for the server's own metrics.
type Stats struct {
	Calls            int64 // writes acknowledged
	FailedCalls      int64 // writes that ended in an error, throttled ones included
	ThrottledCalls   int64 // writes refused because no room came free in time
	Waits            int64 // writes that had to wait for room
	Events           int64 // log events stored
	EventBytes       int64 // message bytes + 26 per event
	RejectedEvents   int64 // log events outside the time window
	Data             int64 // datapoints stored that writers gave
	DerivedData      int64 // datapoints stored that came out of log events
	MalformedRecords int64 // events in a group of collected records that are none
	InFlightBytes    int64 // being written now
}

// Stats returns the counts as they are now; they are not of one instant.
func (s *Service) Stats() Stats {
	c := &s.stats
	return Stats{
		Calls: c.calls.Load(), FailedCalls: c.failedCalls.Load(), ThrottledCalls: c.throttledCalls.Load(), Waits: c.waits.Load(),
		Events: c.events.Load(), EventBytes: c.eventBytes.Load(), RejectedEvents: c.rejectedEvents.Load(),
		Data: c.data.Load(), DerivedData: c.derivedData.Load(), MalformedRecords: c.malformedRecords.Load(),
		InFlightBytes: c.inFlight.Load(),
	}
}
