package fixarchive

import (
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
)

func TestQueriesSayWhichRecordsTheyMean(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)
	order := record.Record{Kind: record.Outbound, MsgSeqNum: 17, Epoch: 2, Time: nanos(at), Body: []byte("8=FIX.4.4\x0135=D\x01")}
	with := func(change func(r *record.Record)) record.Record {
		r := order
		change(&r)
		return r
	}
	event := with(func(r *record.Record) { r.Kind, r.MsgSeqNum, r.Body = record.Event, 0, []byte("x") })
	gap := with(func(r *record.Record) {
		r.Kind, r.MsgSeqNum, r.Body = record.Gap, 0, record.AppendLost(nil, &record.Lost{})
	})
	for what, c := range map[string]struct {
		q    Query
		r    record.Record
		want bool
	}{
		"everything":           {Query{}, order, true},
		"gaps by default":      {Query{}, gap, true},
		"no events by default": {Query{}, event, false},
		"events":               {Query{Kinds: AllKinds()}, event, true},
		"only events":          {Query{Kinds: []Kind{Event}}, order, false},
		"out":                  {Query{Direction: Out}, order, true},
		"in":                   {Query{Direction: In}, order, false},
		"in, and gaps":         {Query{Direction: In}, gap, true},
		"number":               {Query{From: 17, To: 17}, order, true},
		"number from":          {Query{From: 18}, order, false},
		"number to":            {Query{To: 16}, order, false},
		"number, open":         {Query{From: 3}, order, true},
		"number of a gap":      {Query{From: 1}, gap, false},
		"epoch":                {Query{Epoch: OneEpoch(2)}, order, true},
		"another epoch":        {Query{Epoch: OneEpoch(1)}, order, false},
		"epochs from":          {Query{Epoch: EpochRange{From: 2}}, order, true},
		"epochs till":          {Query{Epoch: EpochRange{Till: 1}}, order, false},
		"since, included":      {Query{Since: at}, order, true},
		"since":                {Query{Since: at.Add(1)}, order, false},
		"until, excluded":      {Query{Until: at}, order, false},
		"until":                {Query{Until: at.Add(1)}, order, true},
		"long ago":             {Query{Since: time.Unix(-1<<62, 0)}, order, true},
		"type":                 {Query{Types: []string{"8", "D"}}, order, true},
		"another type":         {Query{Types: []string{"8"}}, order, false},
		"type of a gap":        {Query{Types: []string{"D"}}, gap, false},
	} {
		if err := c.q.check(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		f := newFilter(&c.q)
		if got := f.wants(&c.r); got != c.want {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
}

func TestImpossibleQueriesAreRefused(t *testing.T) {
	at := time.Unix(1, 0)
	for what, q := range map[string]Query{
		"direction": {Direction: 3}, "numbers": {From: 2, To: 1}, "epochs": {Epoch: EpochRange{2, 1}},
		"times": {Since: at, Until: at}, "limit": {Limit: -1},
	} {
		if q.check() == nil {
			t.Errorf("%s: %+v was taken", what, q)
		}
	}
}

func TestEpochsOfADay(t *testing.T) {
	day := func(d, hour int) time.Time { return time.Date(2026, 11, d, hour, 0, 0, 0, time.UTC) }
	s := Session{Epochs: []Epoch{
		{Number: 1, First: day(20, 8), Last: day(20, 17)}, // lives until the next begins
		{Number: 2, First: day(23, 8), Last: day(23, 12)},
		{Number: 3, First: day(23, 13), Last: day(23, 17)},
	}}
	for d, want := range map[int]EpochRange{20: {1, 1}, 21: {1, 1}, 23: {1, 3}, 19: {}, 24: {}} {
		got, ok := s.EpochsOn(day(d, 23))
		if got != want || ok != (want != EpochRange{}) {
			t.Errorf("day %d: got %v, %v, want %v", d, got, ok, want)
		}
	}
}

// TestEpochsOfADayThatCameTwice: the clock was set back by two days within the second epoch, and by three before the third.
func TestEpochsOfADayThatCameTwice(t *testing.T) {
	day := func(d, hour int) time.Time { return time.Date(2026, 11, d, hour, 0, 0, 0, time.UTC) }
	s := Session{Epochs: []Epoch{
		{Number: 1, First: day(20, 8), Last: day(20, 17)},
		{Number: 2, First: day(21, 8), Last: day(25, 12)},
		{Number: 3, First: day(22, 13), Last: day(22, 17)},
	}}
	for d, want := range map[int]EpochRange{20: {1, 1}, 21: {1, 2}, 22: {2, 3}, 24: {2, 2}, 25: {2, 2}, 26: {}} {
		if got, ok := s.EpochsOn(day(d, 23)); got != want || ok != (want != EpochRange{}) {
			t.Errorf("day %d: got %v, %v, want %v", d, got, ok, want)
		}
	}
}
