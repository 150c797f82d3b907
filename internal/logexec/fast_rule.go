package logexec

import (
	"context"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logpart"
	"skywatch/internal/logs"
	"skywatch/internal/logtype"
)

// Ruling parts out. A part knows of most texts that none of its messages holds
// them (logtype.TextFilter). A leading filter that can hold only for such
// messages makes the part go without being opened. Its events count as skipped.

// textProbe is what a leaf of a predicate asks of a part's filter: one of its
// texts must be in the message.
type textProbe struct {
	texts []logtype.TextProbe
	// decoded says that the text is that of a discovered field: a JSON string may
	// write it otherwise.
	decoded bool
}

// newTextProbe answers nil when no filter could say no to one of the texts.
func newTextProbe(texts []string, decoded bool) *textProbe {
	p := &textProbe{decoded: decoded}
	for _, s := range texts {
		t := logtype.NewTextProbe(s)
		if t.Empty() {
			return nil
		}
		p.texts = append(p.texts, t)
	}
	if len(p.texts) == 0 {
		return nil
	}
	return p
}

// probe notes what texts a leaf needs in the message, if any.
func (c *compiler) probe(p *predicate, e insights.Expr) {
	switch e := e.(type) {
	case *insights.Like:
		if p.text == nil || p.text.not || p.text.needles == nil {
			return
		}
		var texts []string
		for _, n := range p.text.needles {
			texts = append(texts, n.text)
		}
		p.probe = newTextProbe(texts, false)
	case *insights.Binary:
		if s, ok := e.R.(*insights.String); ok && e.Op == "=" && c.verbatim(p, e.L) && isASCII(s.Value) {
			p.probe = newTextProbe([]string{s.Value}, true)
		}
	case *insights.In:
		if e.Not || e.Sub != nil || !c.verbatim(p, e.X) {
			return
		}
		var texts []string
		for _, item := range e.List {
			s, ok := item.(*insights.String)
			if !ok || !isASCII(s.Value) {
				return
			}
			texts = append(texts, s.Value)
		}
		p.probe = newTextProbe(texts, true)
	}
}

// verbatim says whether the leaf reads one field whose text stands in the
// message as it is, but for escapes of JSON: those of JSON and of lines of a
// known kind, and the request id of a Lambda event. A number equals others that
// are written otherwise, but none of these holds a letter or is a UUID.
func (c *compiler) verbatim(p *predicate, e insights.Expr) bool {
	f, ok := e.(*insights.Field)
	if !ok || c.src == nil || len(p.slots) != 1 || c.mapBehind(f.Path) > 0 || p.slots[0] >= len(c.src.of) {
		return false
	}
	s := c.src.of[p.slots[0]]
	return s != nil && s.fill == nil && (s.json || s.lambda == lambdaRequestID)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// probes says whether some part could be ruled out.
func (p *predicate) probes() bool {
	switch p.op {
	case '&':
		for _, k := range p.kids {
			if k.probes() {
				return true
			}
		}
		return false
	case '|':
		for _, k := range p.kids {
			if !k.probes() {
				return false
			}
		}
		return true
	}
	return p.probe != nil
}

// mayHold says whether some message of a part may pass.
func (p *predicate) mayHold(f *logtype.TextFilter) bool {
	switch p.op {
	case '&':
		for _, k := range p.kids {
			if !k.mayHold(f) {
				return false
			}
		}
		return true
	case '|':
		for _, k := range p.kids {
			if k.mayHold(f) {
				return true
			}
		}
		return false
	}
	if p.probe == nil {
		return true
	}
	for i := range p.probe.texts {
		t := &p.probe.texts[i]
		if p.probe.decoded && f.MayDecode(t) || !p.probe.decoded && f.MayHold(t) {
			return true
		}
	}
	return false
}

// ruledOut says whether no event of a part passes the filters, for certain.
func (s *partScan) ruledOut(ctx context.Context, p logpart.Part) (bool, error) {
	if len(s.probing) == 0 {
		return false, nil
	}
	f, err := p.TextFilter(ctx)
	if f == nil || err != nil {
		return false, err
	}
	for _, k := range s.probing {
		if !k.mayHold(f) {
			return true, nil
		}
	}
	return false, nil
}

// skipped counts the events of a part that is ruled out.
func skipped(p logpart.Part) logs.ScanStats {
	info := p.Info()
	return logs.ScanStats{SkippedRows: int64(info.Rows), SkippedBytes: info.Bytes}
}
