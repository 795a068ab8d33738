package store

import (
	"errors"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

// knownOf is what an archive knows of a rig's log after a clean close.
func knownOf(r *rig, id record.LogID) Known {
	r.Helper()
	report, err := Verify(r.fs, r.dir(id), nil, nil)
	if err != nil || len(report.Damage) > 0 || report.Tail > 0 {
		r.Fatalf("%+v, %v", report, err)
	}
	return Known{Archive: theArchive, Log: id, End: report.End}
}

func flip(r *rig, path string, at int) {
	b := r.read(path)
	b[(at+len(b))%len(b)] ^= 1
	r.write(path, b)
}

// readKnown is what a Reader makes of a log that is known.
func readKnown(r *rig, known Known) (got []record.Record, damage []error) {
	r.Helper()
	reader, err := OpenKnown(r.fs, r.dir(known.Log), known)
	if err != nil {
		return nil, []error{err}
	}
	for rec, err := range reader.Records(Query{}) {
		if err != nil {
			damage = append(damage, err)
		} else {
			got = append(got, Clone(rec))
		}
	}
	return got, damage
}

// verifyBoth returns the damage that a full and a fast verify find.
func verifyBoth(r *rig, known Known) (full, fast Report) {
	r.Helper()
	full, err := VerifyWith(r.fs, r.dir(known.Log), VerifyOptions{Known: &known})
	if err != nil {
		r.Fatal(err)
	}
	fast, err = VerifyWith(r.fs, r.dir(known.Log), VerifyOptions{Known: &known, Fast: true})
	if err != nil {
		r.Fatal(err)
	}
	return full, fast
}

// A log's only header says whose the log is. Without it the blocks do: their checksums begin with that.
func TestALogWithoutAHeaderIsReadByItsBlocks(t *testing.T) {
	r, id, all := small(t, false)
	known := knownOf(r, id)
	path := segmentPath(r.dir(id), 1)
	flip(r, path, 20)
	got, damage := readKnown(r, known)
	if len(got) != len(all) || len(damage) != 1 || !errors.Is(damage[0], ErrCorrupt) {
		t.Fatalf("%d of %d records, %v", len(got), len(all), damage)
	}
	sameOrLess(t, "without a header", got, all)
	if full, fast := verifyBoth(r, known); len(full.Damage) != 1 || len(fast.Damage) != 1 {
		t.Errorf("verified as %+v, fast as %+v", full, fast)
	}

	other := known
	other.Log = session(2)
	if _, err := OpenKnown(r.fs, r.dir(id), other); !errors.Is(err, ErrCorrupt) {
		t.Errorf("as another log: %v", err)
	}
	r.write(path, make([]byte, 3000))
	if _, err := OpenKnown(r.fs, r.dir(id), known); !errors.Is(err, ErrCorrupt) {
		t.Errorf("zeros: %v", err)
	}
}

// A directory that holds nothing but another archive's log is not read as this one's; beside a segment of this one a
// foreign one is damage.
func TestAForeignSegmentIsDamageInAKnownLog(t *testing.T) {
	r, id, all := small(t, true)
	known := knownOf(r, id)
	other := newRig(t, r.options)
	other.fs, other.memory = r.fs, r.memory
	s := other.set()
	l := other.open(s, session(2), nil)
	other.put(l, message(record.Inbound, 1, 5, "other"))
	r.write(segmentPath(r.dir(id), 1), r.read(segmentPath(r.dir(session(2)), 1)))
	got, damage := readKnown(r, known)
	if len(got) == 0 || len(got) >= len(all) || len(damage) == 0 {
		t.Fatalf("%d of %d records, %v", len(got), len(all), damage)
	}
	sameOrLess(t, "with a foreign segment", got, all)

	elsewhere := known
	elsewhere.Archive[0]++
	if _, err := OpenKnown(r.fs, r.dir(id), elsewhere); !errors.Is(err, ErrCorrupt) {
		t.Errorf("in another archive: %v", err)
	}
}

// Where the newest segment was acknowledged a bad block is damage, and what lies behind it is served. Where it was
// not, the bad block may be one that is being written.
func TestDamageBeforeTheAcknowledgedEndHidesNothing(t *testing.T) {
	r, id, all := small(t, false)
	known := knownOf(r, id)
	path := segmentPath(r.dir(id), 1)
	at := int(known.End.Length) / 2
	flip(r, path, at)
	got, damage := readKnown(r, known)
	if len(got) != len(all)-1 || len(damage) != 1 || got[len(got)-1].Sequence != all[len(all)-1].Sequence {
		t.Fatalf("%d of %d records, %v", len(got), len(all), damage)
	}
	if full, fast := verifyBoth(r, known); len(full.Damage) != 1 || len(fast.Damage) != 1 || full.Tail != 0 {
		t.Errorf("verified as %+v, fast as %+v", full, fast)
	}
	known.End = record.Snapshot{}
	if got, damage := readKnown(r, known); len(got) >= len(all)/2+1 || len(damage) != 0 {
		t.Errorf("with nothing acknowledged: %d records, %v", len(got), damage)
	}
}

// Damage at the acknowledged end does not hide what a writer appends behind it, however the reader comes by that.
func TestDamageAtTheAcknowledgedEndHidesNothingBehindIt(t *testing.T) {
	r, id, all := small(t, false)
	known := knownOf(r, id)
	path := segmentPath(r.dir(id), 1)
	s := r.set()
	l := r.open(s, id, &known.End)
	r.put(l, message(record.Inbound, 10, 10, "behind"))
	whole := r.read(path)
	damaged := append([]byte(nil), whole...)
	damaged[known.End.Length-9] ^= 1

	r.write(path, damaged[:known.End.Length+50]) // half of the new block
	reader, err := OpenKnown(r.fs, r.dir(id), known)
	if err != nil {
		t.Fatal(err)
	}
	if last, err := reader.Last(1, Query{}); !errors.Is(err, ErrCorrupt) || last[0].Sequence != all[len(all)-2].Sequence {
		t.Fatalf("half written: %+v, %v", last, err)
	}
	r.write(path, damaged)
	if err := reader.Refresh(); err != nil {
		t.Fatal(err)
	}
	if last, err := reader.Last(1, Query{}); err != nil || string(last[0].Body) != "behind" {
		t.Fatalf("whole: %+v, %v", last, err)
	}
}

// What was acknowledged and is not there is damage, although nothing in the files says so.
func TestAnAcknowledgedEndThatIsMissingIsDamage(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		r, id, _ := small(t, sealed)
		known := knownOf(r, id)
		last := segmentPath(r.dir(id), known.End.Segment)
		if sealed {
			if err := r.fs.Remove(last); err != nil {
				t.Fatal(err)
			}
		} else {
			b := r.read(last)
			r.write(last, b[:len(b)-200])
		}
		full, fast := verifyBoth(r, known)
		if len(full.Damage) != 1 || full.Damage[0].Path != last || len(fast.Damage) != 1 || fast.Damage[0].Path != last {
			t.Errorf("sealed %v: verified as %+v, fast as %+v", sealed, full, fast)
		}
	}
}
