package logsapi

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"skywatch/internal/logs"
)

// Page tokens tell everything the next call needs, so the server keeps none
// and they survive its restart. Names and numbers only: a token gives no
// access that the caller does not have anyway.

// cursor is where a listing goes on. Kind keeps tokens of different
// operations and orders apart.
type cursor struct {
	Kind string `json:"k"`
	Name string `json:"n,omitempty"` // last name delivered, or an id
	At   int64  `json:"t,omitempty"` // a time or an offset
	Seq  uint64 `json:"s,omitempty"`
}

func (c cursor) token() *string {
	b, err := json.Marshal(c)
	if err != nil {
		panic("logsapi: encode a cursor: " + err.Error()) // strings and numbers always encode
	}
	s := base64.RawURLEncoding.EncodeToString(b)
	return &s
}

// parseCursor decodes a token of one of the kinds; nil gives the zero cursor.
func parseCursor(token *string, kinds ...string) (cursor, error) {
	if token == nil {
		return cursor{}, nil
	}
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(*token)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err == nil {
		for _, k := range kinds {
			if c.Kind == k {
				return c, nil
			}
		}
	}
	return cursor{}, invalid(msgBadToken)
}

// eventID is the 56-digit form of a position: "3", then the timestamp in 20
// digits and the sequence number in 35. It sorts as positions do.
func eventID(p logs.Position) string {
	return fmt.Sprintf("3%020d%035d", p.Timestamp, p.Seq)
}

// sequenceToken makes the legacy token of 56 digits that PutLogEvents answers.
// Nobody checks it.
func sequenceToken(stream logs.StreamID, ms int64) string {
	return fmt.Sprintf("49%020d%034d", ms, stream)
}
