package logtype

import (
	"errors"
	"fmt"
)

// ErrVerify says that a block does not join back to its messages: a fault of
// this program or of the machine's memory.
var ErrVerify = errors.New("encoded messages do not come back as they were")

// Verify opens a block that AppendBlock made of the messages since the last
// Reset and compares all it gives back with them. It costs about a sixth of
// encoding them, and is for those who throw away what the messages came from.
func (e *Encoder) Verify(block []byte) error {
	b, err := Open(block)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrVerify, err)
	}
	if b.Rows != len(e.rows) || b.Bytes != e.bytes {
		return fmt.Errorf("%w: %d messages of %d bytes, want %d of %d", ErrVerify, b.Rows, b.Bytes, len(e.rows), e.bytes)
	}
	if err := e.joiner.Reset(b, e.refs); err != nil {
		return fmt.Errorf("%w: %w", ErrVerify, err)
	}
	for i := range e.rows {
		if e.joined, err = e.joiner.Append(e.joined[:0], i); err != nil {
			return fmt.Errorf("%w: message %d: %w", ErrVerify, i, err)
		}
		if string(e.joined) != e.rows[i].msg {
			return fmt.Errorf("%w: message %d of %d is %.200q, want %.200q", ErrVerify, i, len(e.rows), e.joined, e.rows[i].msg)
		}
	}
	return nil
}
