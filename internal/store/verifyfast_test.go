package store

import (
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

// large writes a log of several segments with several spans each, in two epochs.
func large(t testing.TB) (*rig, record.LogID) {
	r := newRig(t, Options{SegmentBytes: 512 << 10})
	s := r.set()
	l := r.open(s, session(1), nil)
	body := strings.Repeat("x", 900)
	for i := range 1500 {
		if i == 800 {
			r.put(l, change(record.Reset, record.Nanos(i)))
		}
		r.put(l, message(record.Inbound, record.MsgSeqNum(i%800+1), record.Nanos(i), body))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return r, session(1)
}

func change(op record.Op, at record.Nanos) record.Record {
	return record.Record{Kind: record.StateChange, Time: at, Body: record.AppendChange(nil, record.Change{Op: op, Value: int64(at)})}
}

func TestFastSaysWhatFullSaysOfASoundLog(t *testing.T) {
	r, id := large(t)
	full, fast := verifyBoth(r, knownOf(r, id))
	if len(fast.Damage) > 0 || fast.Records != full.Records || fast.Messages != full.Messages || fast.Gaps != full.Gaps ||
		fast.Segments != full.Segments || fast.IndexEntries != full.IndexEntries || fast.Tail != 0 {
		t.Errorf("fast %+v\nfull %+v", fast, full)
	}
	if fast.Bytes*12 > full.Bytes {
		t.Errorf("fast reads %d bytes of %d", fast.Bytes, full.Bytes)
	}
}

// What readers need to find things is proved.
func TestFastFindsDamageToWhatReadersGoBy(t *testing.T) {
	for what, damage := range map[string]func(r *rig, dir string){
		"header":                      func(r *rig, dir string) { flip(r, segmentPath(dir, 2), 50) },
		"identity":                    func(r *rig, dir string) { flip(r, segmentPath(dir, 1), 120) },
		"first block of a span":       func(r *rig, dir string) { flip(r, segmentPath(dir, 1), int(headerSize(session(1)))+1) },
		"span":                        func(r *rig, dir string) { flip(r, indexPath(dir, 1), spansHeader+spanSize+30) },
		"header of the index":         func(r *rig, dir string) { flip(r, indexPath(dir, 1), 3) },
		"catalogue":                   func(r *rig, dir string) { flip(r, cataloguePath(dir), -20) },
		"another's index":             func(r *rig, dir string) { r.write(indexPath(dir, 2), r.read(indexPath(dir, 1))) },
		"a block that no span covers": func(r *rig, dir string) { flip(r, segmentPath(dir, 3), -700) },
		"a segment cut short": func(r *rig, dir string) {
			b := r.read(segmentPath(dir, 1))
			r.write(segmentPath(dir, 1), b[:len(b)-5])
		},
		"a segment gone":        func(r *rig, dir string) { r.remove(segmentPath(dir, 2)) },
		"the last segment gone": func(r *rig, dir string) { r.remove(segmentPath(dir, 3)) },
		"an index that tells of another epoch": func(r *rig, dir string) {
			base := baseOf(theArchive, session(1))
			header := &spansFile{magic: indexMagic, archive: theArchive, log: session(1), segment: 3}
			spans, _ := parseSpans(r.read(indexPath(dir, 3)), header, base, nil)
			b := appendSpansHeader(nil, header)
			for i := range spans {
				spans[i].epoch++
				b = appendSpan(b, &spans[i], seedOf(base, 3))
			}
			r.write(indexPath(dir, 3), b)
		},
		"a header that begins elsewhere": func(r *rig, dir string) {
			b := r.read(segmentPath(dir, 1))
			h, err := parseSegmentHeader(b)
			if err != nil {
				r.Fatal(err)
			}
			h.state.Next = 3
			r.write(segmentPath(dir, 1), append(appendSegmentHeader(nil, &h), b[h.length:]...))
		},
		"two segments changed over": func(r *rig, dir string) {
			a, b := r.read(segmentPath(dir, 1)), r.read(segmentPath(dir, 2))
			r.write(segmentPath(dir, 1), b)
			r.write(segmentPath(dir, 2), a)
		},
	} {
		r, id := large(t)
		known := knownOf(r, id)
		damage(r, r.dir(id))
		if full, fast := verifyBoth(r, known); len(fast.Damage) == 0 || len(full.Damage) == 0 {
			t.Errorf("%s: fast finds %v, full %v", what, fast.Damage, full.Damage)
		}
	}
}

// Without an index the blocks are read, and nothing is damaged.
func TestFastReadsWhatNoIndexCovers(t *testing.T) {
	r, id := large(t)
	known := knownOf(r, id)
	r.remove(indexPath(r.dir(id), 1))
	r.remove(cataloguePath(r.dir(id)))
	full, fast := verifyBoth(r, known)
	if len(fast.Damage) > 0 || fast.Records != full.Records || fast.Unindexed == 0 {
		t.Errorf("%+v", fast)
	}
	flip(r, segmentPath(r.dir(id), 1), 100_000)
	if full, fast = verifyBoth(r, known); len(fast.Damage) != len(full.Damage) || len(full.Damage) == 0 {
		t.Errorf("fast %v, full %v", fast.Damage, full.Damage)
	}
}

func (r *rig) remove(path string) {
	r.Helper()
	if err := r.fs.Remove(path); err != nil {
		r.Fatal(err)
	}
}
