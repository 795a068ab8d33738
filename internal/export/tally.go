package export

import "time"

// Tally counts what was written.
type Tally struct {
	Records uint64    `json:"records"`
	Kinds   Kinds     `json:"kinds"` // in, out, event, …
	Bytes   uint64    `json:"message_bytes"`
	Masked  uint64    `json:"masked_records"`
	First   time.Time `json:"first,omitzero"` // the earliest and latest time of a record, wherever it stands
	Last    time.Time `json:"last,omitzero"`
}

func newTally() Tally { return Tally{Kinds: Kinds{}} }

func (t *Tally) add(r *Record) {
	t.Records++
	t.Kinds.add(r.Kind)
	if isMessage(r.Kind) {
		t.Bytes += uint64(len(r.Raw))
	}
	if r.Masked {
		t.Masked++
	}
	if t.First.IsZero() || r.Time.Before(t.First) {
		t.First = r.Time
	}
	if t.Last.IsZero() || r.Time.After(t.Last) {
		t.Last = r.Time
	}
}
