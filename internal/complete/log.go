package complete

import "fmt"

// gapsMax bounds the gap records that a log keeps. Those behind are added to the last, which then speaks of a longer
// time than it should.
const gapsMax = 1 << 16

// gap is a place in a log's sequences where something is missing.
type gap struct {
	Place
	last    uint64 // the last sequence that is missing
	unknown bool   // how many records
	left    uint64 // how many of the records may still turn out to be a number that is missing
	reason  string
	kind    gapKind
}

type gapKind uint8

const (
	dropped gapKind = iota // a gap record says so
	damaged                // damage was met there
	absent                 // nothing says so
)

// log is one log of the session.
type log struct {
	at    int    // its index
	first uint64 // sequence
	next  uint64 // sequence that comes if nothing is missing
	gaps  []gap
	hurt  string // damage that was met behind the last record

	life  *life
	epoch uint32 // of the last message
	heard int    // how many gaps there were at the last message

	// What was told since the last message and belongs to the next one's life.
	resetIn uint32   // the epoch of a store reset, 0 if there was none
	sets    [2]*skip // by direction: a number was set

	saved  saved
	voided ranges // sequences
}

// follow accounts for r's sequence.
func (l *log) follow(r *Record) {
	switch {
	case l.first == 0:
		l.first = r.Sequence
	case r.Sequence > l.next:
		l.hole(r)
	}
	l.hurt = ""
	l.next = max(l.next, r.last()+1)
	if r.Kind == Gap {
		l.lost(gap{
			Place: r.place(), last: r.last(),
			unknown: r.Lost.Count == 0, left: r.Lost.Count, reason: r.Lost.Reason,
		})
	}
}

// hole is sequences that neither a record nor a gap record accounts for. Where damage was met, that is why.
func (l *log) hole(r *Record) {
	g := gap{
		Place: Place{l.at, l.next, r.Time}, last: r.Sequence - 1, left: r.Sequence - l.next,
		kind: absent, reason: "nothing says why",
	}
	if l.hurt != "" {
		g.kind, g.reason = damaged, l.hurt
	}
	l.lost(g)
}

func (l *log) lost(g gap) {
	if k := len(l.gaps); k >= gapsMax {
		end := &l.gaps[k-1]
		end.last, end.left = g.last, end.left+g.left
		end.unknown = end.unknown || g.unknown
		end.kind = max(end.kind, g.kind)
		return
	}
	l.gaps = append(l.gaps, g)
}

// findings says what is missing in the log's own sequences.
func (l *log) findings() (all []Finding) {
	if l.first > 1 {
		all = append(all, Finding{What: BeginsAt, Range: Range{l.first, l.first}, Log: l.at})
	}
	for i := range l.gaps {
		g := &l.gaps[i]
		f := Finding{What: LostRecords, Range: Range{g.Sequence, g.last}, Log: l.at, Cause: g.cause()}
		if g.kind == absent {
			f.What, f.Cause = AbsentRecords, nil
			f.After = g.Place
		}
		all = append(all, f)
	}
	return all
}

func (g *gap) cause() *Cause {
	var text string
	switch {
	case g.kind == absent:
		text = fmt.Sprintf("records %d to %d are not there", g.Sequence, g.last)
	case g.kind == damaged:
		text = "damage: " + g.reason
	case g.unknown:
		text = fmt.Sprintf("from record %d on an unknown number was lost: %s", g.Sequence, g.reason)
	case g.last == g.Sequence:
		text = fmt.Sprintf("record %d was lost: %s", g.Sequence, g.reason)
	default:
		text = fmt.Sprintf("records %d to %d were lost: %s", g.Sequence, g.last, g.reason)
	}
	return &Cause{Place: g.Place, Text: text}
}
