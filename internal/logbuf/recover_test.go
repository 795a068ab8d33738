package logbuf

import (
	"testing"
)

func collect(into *[]string) func(Position, []byte) error {
	return func(_ Position, b []byte) error {
		*into = append(*into, string(b))
		return nil
	}
}

func TestRecoverFindsWhatWasNotTaken(t *testing.T) {
	m := heap(t, 4096, 0)
	r := NewMPSC(m)
	r.Put([]byte("taken"))
	r.Put([]byte("first"))
	r.TryClaim(9) // never settled
	r.Put([]byte("second"))
	r.Next()
	r.MarkTaken()
	var got []string
	report, err := Recover(m, collect(&got))
	if err != nil || len(got) != 2 || got[0] != "first" || got[1] != "second" || report.Claimed != 1 {
		t.Fatalf("%q %+v %v", got, report, err)
	}
}
