package store

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
	"github.com/fixarchive/fixarchive/internal/record"
)

const theQuarantine = "/archive/quarantine"

func planOf(r *rig, known Known) *Repair {
	r.Helper()
	p, err := PlanRepair(r.fs, r.dir(known.Log), RepairOptions{Known: known, Checkpoint: true, Quarantine: theQuarantine})
	if err != nil {
		r.Fatal(err)
	}
	return p
}

// repaired does what there is to be done, and fails when something is left to do.
func repaired(r *rig, known Known) *Repair {
	r.Helper()
	p := planOf(r, known)
	if err := p.Do(); err != nil {
		r.Fatal(err)
	}
	if again := planOf(r, known); len(again.Deeds) > 0 || len(again.Report.Damage) != len(p.Report.Damage) {
		r.Fatalf("after %+v\nthere is %+v", p, again)
	}
	return p
}

// tree is every file of a rig in memory.
func tree(r *rig) map[string]string {
	all := map[string]string{}
	for name, c := range r.memory.files {
		all[name] = string(c.b)
	}
	return all
}

// in is what of a tree lies in a directory.
func in(all map[string]string, dir string) map[string]string {
	some := map[string]string{}
	for name, text := range all {
		if filepath.Dir(name) == dir {
			some[name] = text
		}
	}
	return some
}

func restore(r *rig, all map[string]string) {
	clear(r.memory.files)
	for name, text := range all {
		r.memory.files[name] = &content{[]byte(text)}
	}
}

func TestASoundLogNeedsNoRepair(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		r, id, _ := small(t, sealed)
		if p := planOf(r, knownOf(r, id)); len(p.Deeds) > 0 || len(p.Report.Damage) > 0 {
			t.Errorf("%+v", p)
		}
	}
	r, id := large(t)
	if p := planOf(r, knownOf(r, id)); len(p.Deeds) > 0 || len(p.Report.Damage) > 0 {
		t.Errorf("%+v", p)
	}
}

// Whatever happens to what is derived, a repair makes it byte for byte as the writer had made it.
func TestARepairMakesWhatTheWriterMade(t *testing.T) {
	r, id := large(t)
	known := knownOf(r, id)
	dir := r.dir(id)
	sound := tree(r)
	var derived []string
	for name := range in(sound, dir) {
		if !strings.HasSuffix(name, segmentSuffix) {
			derived = append(derived, name)
		}
	}
	if len(derived) != 4 { // three indexes and the catalogue
		t.Fatalf("derived: %q", derived)
	}
	other := "FIX of another"
	spoils := map[string]func(b []byte) []byte{
		"missing":       nil,
		"empty":         func([]byte) []byte { return nil },
		"junk":          func([]byte) []byte { return []byte(other) },
		"zeros":         func(b []byte) []byte { return make([]byte, len(b)) },
		"cut short":     func(b []byte) []byte { return b[:len(b)-spanSize] },
		"cut in a span": func(b []byte) []byte { return b[:len(b)-30] },
		"header alone":  func(b []byte) []byte { return b[:spansHeader] },
		"junk behind":   func(b []byte) []byte { return append(b, other...) },
		"a span twice":  func(b []byte) []byte { return append(b, b[len(b)-spanSize:]...) },
		"no first span": func(b []byte) []byte { return append(b[:spansHeader], b[spansHeader+spanSize:]...) },
		"spans swapped": func(b []byte) []byte {
			if len(b) < spansHeader+2*spanSize {
				return nil
			}
			first := bytes.Clone(b[spansHeader : spansHeader+spanSize])
			copy(b[spansHeader:], b[spansHeader+spanSize:spansHeader+2*spanSize])
			copy(b[spansHeader+spanSize:], first)
			return b
		},
	}
	for at := 0; at < spansHeader+3*spanSize; at += 17 {
		spoils[fmt.Sprintf("a bit at %d", at)] = func(b []byte) []byte { b[at%len(b)] ^= 4; return b }
	}
	for _, path := range derived {
		for what, spoil := range spoils {
			restore(r, sound)
			if spoil == nil {
				r.remove(path)
			} else {
				r.write(path, spoil([]byte(sound[path])))
			}
			p := repaired(r, known)
			if now := tree(r); !maps.Equal(now, sound) {
				t.Fatalf("%s of %s: not as it was after %+v", what, path, p.Deeds)
			}
			if len(p.Deeds) == 0 || p.Deeds[0].Why == "" || len(p.Report.Damage) > 0 {
				t.Errorf("%s of %s: %+v", what, path, p)
			}
		}
	}
	restore(r, sound)
	for _, path := range derived {
		r.remove(path)
	}
	if repaired(r, known); !maps.Equal(tree(r), sound) {
		t.Error("all missing: not as it was")
	}
}

// A span that has the right checksum and does not say what the blocks hold is made anew, and so is another log's.
func TestARepairBelievesBlocks(t *testing.T) {
	r, id := large(t)
	known := knownOf(r, id)
	dir := r.dir(id)
	sound := tree(r)
	base := baseOf(theArchive, id)
	for n := uint32(1); n <= 2; n++ {
		b := []byte(sound[indexPath(dir, n)])
		header := &spansFile{magic: indexMagic, archive: theArchive, log: id, segment: n}
		spans, err := parseSpans(b, header, base, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range spans {
			for what, lie := range map[string]func(s *span){
				"inbound": func(s *span) { s.in.max++ },
				"time":    func(s *span) { s.time.min-- },
				"records": func(s *span) { s.records-- },
				"length":  func(s *span) { s.length -= 8 },
			} {
				lied := slices.Clone(spans)
				lie(&lied[i])
				b := appendSpansHeader(nil, header)
				for j := range lied {
					b = appendSpan(b, &lied[j], seedOf(base, n))
				}
				restore(r, sound)
				r.write(indexPath(dir, n), b)
				if repaired(r, known); !maps.Equal(tree(r), sound) {
					t.Fatalf("%s of span %d in index %d: not as it was", what, i, n)
				}
			}
		}
	}
	restore(r, sound)
	r.write(indexPath(dir, 1), r.read(indexPath(dir, 2)))
	r.write(indexPath(dir, 2), r.read(cataloguePath(dir)))
	if repaired(r, known); !maps.Equal(tree(r), sound) {
		t.Error("another's: not as it was")
	}
}

// Where damage hides what a span sums up, it is still not believed against the blocks around the damage.
func TestARepairBelievesBlocksAroundDamage(t *testing.T) {
	r, id := large(t)
	known := knownOf(r, id)
	dir := r.dir(id)
	sound := r.read(indexPath(dir, 1))
	flip(r, segmentPath(dir, 1), 5000)
	for what, lie := range map[string]func(s *span){
		"ends later":    func(s *span) { s.last += 100 },
		"begins later":  func(s *span) { s.first++; s.records--; s.inbound-- },
		"other epoch":   func(s *span) { s.epoch++ },
		"another place": func(s *span) { s.offset += 8; s.length -= 8 },
	} {
		header := &spansFile{magic: indexMagic, archive: theArchive, log: id, segment: 1}
		base := baseOf(theArchive, id)
		spans, err := parseSpans(sound, header, base, nil)
		if err != nil {
			t.Fatal(err)
		}
		lie(&spans[0])
		b := appendSpansHeader(nil, header)
		for i := range spans {
			b = appendSpan(b, &spans[i], seedOf(base, 1))
		}
		r.write(indexPath(dir, 1), b)
		repaired(r, known)
		full, fast := verifyBoth(r, known)
		if len(full.Damage) != 1 || len(fast.Damage) > 1 || full.Damage[0].Path != segmentPath(dir, 1) {
			t.Errorf("%s: verified as %v, fast as %v", what, full.Damage, fast.Damage)
		}
	}
}

// A plan writes nothing.
func TestAPlanChangesNothing(t *testing.T) {
	r, id := large(t)
	known := knownOf(r, id)
	dir := r.dir(id)
	flip(r, indexPath(dir, 1), 100)
	flip(r, segmentPath(dir, 1), 100_000)
	r.write(filepath.Join(dir, "junk"), []byte("junk"))
	before := tree(r)
	p := planOf(r, known)
	if !maps.Equal(tree(r), before) {
		t.Error("it did")
	}
	if len(p.Deeds) != 2 || len(p.Report.Damage) == 0 {
		t.Errorf("%+v", p)
	}
}

// Damage to records stays where it is, is named, and takes nothing with it that tells of it.
func TestARepairNeverTouchesRecords(t *testing.T) {
	r, id := large(t)
	known := knownOf(r, id)
	dir := r.dir(id)
	sound := tree(r)
	for n := uint32(1); n <= 3; n++ {
		for at := 8; at < len(sound[segmentPath(dir, n)]); at += 37_003 {
			restore(r, sound)
			flip(r, segmentPath(dir, n), at)
			damaged := tree(r)
			p := repaired(r, known)
			if n == 3 { // of the last segment the index tells as much as ends at the damage
				p.Deeds = slices.DeleteFunc(p.Deeds, func(d Deed) bool { return d.Path == indexPath(dir, n) })
				r.write(indexPath(dir, n), []byte(damaged[indexPath(dir, n)]))
			}
			if len(p.Deeds) > 0 || !maps.Equal(tree(r), damaged) {
				t.Fatalf("segment %d, offset %d: %+v", n, at, p.Deeds)
			}
			if len(p.Report.Damage) == 0 || p.Report.Damage[0].Path != segmentPath(dir, n) {
				t.Fatalf("segment %d, offset %d: %v", n, at, p.Report.Damage)
			}
			// Without the index too, and then the rest can be found as before.
			r.remove(indexPath(dir, n))
			r.remove(cataloguePath(dir))
			repaired(r, known)
			if now := tree(r); now[segmentPath(dir, n)] != damaged[segmentPath(dir, n)] {
				t.Fatalf("segment %d, offset %d: its bytes were changed", n, at)
			}
			full, err := Verify(r.fs, dir, nil, nil)
			if err != nil || slices.ContainsFunc(full.Damage, func(d *CorruptError) bool { return !strings.HasSuffix(d.Path, segmentSuffix) }) {
				t.Fatalf("segment %d, offset %d: verified as %v, %v", n, at, full.Damage, err)
			}
		}
	}
}

// What does not belong into the directory is kept elsewhere, whole.
func TestARepairMovesWhatDoesNotBelong(t *testing.T) {
	r, id := large(t)
	known := knownOf(r, id)
	dir := r.dir(id)
	other := newRig(t, r.options)
	other.fs, other.memory = r.fs, r.memory
	s := other.set()
	other.put(other.open(s, session(2), nil), message(record.Inbound, 1, 5, "other"))
	foreign := r.read(segmentPath(r.dir(session(2)), 1))

	before := in(tree(r), dir)
	put := map[string][]byte{
		"junk": []byte("junk"), "catalogue.tmp": []byte("half"), "1.seg": foreign, "00000009.idx": []byte("x"),
		"00000004.seg": foreign, "00000004.idx": r.read(indexPath(dir, 1)), "00000005.seg": bytes.Repeat([]byte("no block "), 1000),
		"a" + strings.Repeat("long", 60): []byte("long"), "b" + strings.Repeat("long", 60): []byte("another"),
	}
	for name, b := range put {
		r.write(filepath.Join(dir, name), b)
	}
	if err := r.fs.MkdirAll(theQuarantine); err != nil {
		t.Fatal(err)
	}
	r.write(theQuarantine+"/GATEWAY1.junk", []byte("was here before"))
	p := repaired(r, known)
	if now := in(tree(r), dir); !maps.Equal(now, before) {
		t.Errorf("left: %q", slices.Sorted(maps.Keys(now)))
	}
	if len(p.Deeds) != len(put) || len(p.Report.Damage) > 0 {
		t.Errorf("%+v", p)
	}
	aside := in(tree(r), theQuarantine)
	for _, d := range p.Deeds {
		if d.Act != Move || aside[d.To] != string(put[filepath.Base(d.Path)]) {
			t.Errorf("%+v", d)
		}
		delete(aside, d.To)
	}
	if len(aside) != 1 || aside[theQuarantine+"/GATEWAY1.junk"] != "was here before" {
		t.Errorf("in quarantine there is also %q", aside)
	}
}

// What may be all that is left of acknowledged records stays, however it looks.
func TestARepairKeepsWhatWasAcknowledged(t *testing.T) {
	for what, c := range map[string]struct {
		segment    uint32
		checkpoint bool
	}{"the last": {3, true}, "one before": {2, true}, "nobody knows": {3, false}} {
		r, id := large(t)
		known := knownOf(r, id)
		r.write(segmentPath(r.dir(id), c.segment), make([]byte, 5000))
		o := RepairOptions{Known: known, Checkpoint: c.checkpoint, Quarantine: theQuarantine}
		if !c.checkpoint {
			o.Known.End = record.Snapshot{}
		}
		p, err := PlanRepair(r.fs, r.dir(id), o)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(p.Deeds, func(d Deed) bool { return d.Act == Move && strings.HasSuffix(d.Path, segmentSuffix) }) {
			t.Errorf("%s: %+v", what, p.Deeds)
		}
		if c.checkpoint && len(p.Report.Damage) == 0 {
			t.Errorf("%s: no damage", what)
		}
	}
}

// A foreign segment in the middle leaves a hole, which is damage that no repair mends.
func TestAForeignSegmentLeavesAHole(t *testing.T) {
	r, id := large(t)
	known := knownOf(r, id)
	dir := r.dir(id)
	r.write(segmentPath(dir, 2), r.read(segmentPath(dir, 1)))
	p := repaired(r, known)
	if len(p.Report.Damage) != 1 || p.Report.Damage[0].Path != segmentPath(dir, 2) || !strings.Contains(p.Report.Damage[0].Reason, "missing") {
		t.Errorf("%v", p.Report.Damage)
	}
}

// A directory that holds nothing of the log is left as it is: more than one file is wrong there.
func TestARepairLeavesAnotherLogsDirectory(t *testing.T) {
	r, id := large(t)
	known := knownOf(r, id)
	before := tree(r)
	for what, change := range map[string]func(k *Known){
		"another log":     func(k *Known) { k.Log = session(2) },
		"another archive": func(k *Known) { k.Archive[0]++ },
	} {
		k := known
		change(&k)
		if _, err := PlanRepair(r.fs, r.dir(id), RepairOptions{Known: k, Checkpoint: true, Quarantine: theQuarantine}); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if !maps.Equal(tree(r), before) {
		t.Error("something was changed")
	}
}

func TestARepairLeavesWhatIsTooNew(t *testing.T) {
	r, id := large(t)
	known := knownOf(r, id)
	path := indexPath(r.dir(id), 1)
	b := r.read(path)
	b[8]++
	b[60]++ // a checksum of its own
	r.write(path, b)
	if p := repaired(r, known); len(p.Deeds) != 0 || len(p.Report.Damage) != 1 || p.Report.Damage[0].Path != path {
		t.Errorf("%+v", p)
	}
}

// TestRepairsOfRandomHistories: whatever a log has been through, a repair finds nothing to do, and makes what was taken
// away so that everything can be found again.
func TestRepairsOfRandomHistories(t *testing.T) {
	rnd := newRand(t)
	for n := range 20 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			h := newHistory(newRig(t, Options{SegmentBytes: 1 << (12 + rnd.IntN(8)), SegmentAge: time.Hour}), rnd)
			for range 40 {
				switch rnd.IntN(9) {
				case 0:
					h.checkpoint()
				case 1:
					if n%2 == 0 {
						h.reopen()
					}
				default:
					h.batch()
				}
			}
			h.flush()
			known := Known{Archive: theArchive, Log: h.id, End: h.log.Snapshot()}
			if p := planOf(h.rig, known); len(p.Deeds) > 0 || len(p.Report.Damage) > 0 || p.Report.End != known.End {
				t.Fatalf("%+v", p)
			}
			before := in(tree(h.rig), h.dir(h.id))
			for name, text := range before {
				if !strings.HasSuffix(name, segmentSuffix) && rnd.IntN(3) > 0 {
					if h.remove(name); rnd.IntN(2) == 0 {
						h.write(name, []byte(text)[:rnd.IntN(len(text)+1)])
					}
				}
			}
			repaired(h.rig, known)
			now := in(tree(h.rig), h.dir(h.id))
			h.check(h.reader())
			for name, text := range before {
				if strings.HasSuffix(name, segmentSuffix) && now[name] != text {
					t.Errorf("%s was changed", name)
				}
				if n%2 == 1 && now[name] != text && (len(text) > 0 || now[name] != "") {
					t.Errorf("%s is not as the writer had made it", name)
				}
			}
		})
	}
}

// TestARepairMayBeCutShort stops the process, and the machine, after each step of a repair. What the next repair
// leaves is what one that is not cut short would have left.
func TestARepairMayBeCutShort(t *testing.T) {
	r, id := large(t)
	known := knownOf(r, id)
	dir := r.dir(id)
	sound := in(tree(r), dir)
	r.remove(indexPath(dir, 1))
	flip(r, indexPath(dir, 2), 90)
	flip(r, cataloguePath(dir), 70)
	r.write(filepath.Join(dir, "junk"), []byte("junk"))
	r.write(segmentPath(dir, 7), bytes.Repeat([]byte("no block "), 1000))

	start := crashfs.New()
	if err := start.MkdirAll(dir); err != nil {
		t.Fatal(err)
	}
	for name, text := range in(tree(r), dir) {
		if err := disk.WriteFile(start, name, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	start.SyncAll()
	run := func(fsys disk.FS) error {
		p, err := PlanRepair(fsys, dir, RepairOptions{Known: known, Checkpoint: true, Quarantine: theQuarantine})
		if err == nil {
			err = p.Do()
		}
		return err
	}
	for step := 0; ; step++ {
		f := start.Clone()
		f.CrashAfter(step)
		run(f) //nolint:errcheck // it is cut short, and what it says of that is of no interest
		done := !f.Crashed()
		for seed := range uint64(6) {
			left := f.Crash(seed)
			if done { // then it is durable
				left = f.Image(seed)
				checkRepaired(t, left, dir, sound)
			}
			if err := run(left); err != nil {
				t.Fatalf("step %d, %v: %v", step, left, err)
			}
			checkRepaired(t, left, dir, sound)
		}
		if done {
			return
		}
	}
}

// checkRepaired fails unless a log's directory is as it should be and nothing that was taken out of it is lost.
func checkRepaired(t *testing.T, f *crashfs.FS, dir string, sound map[string]string) {
	t.Helper()
	now, aside := map[string]string{}, map[string]bool{}
	for name, b := range f.Files() {
		switch {
		case strings.HasSuffix(name, "/"):
		case filepath.Dir(name) == dir:
			now[name] = string(b)
		case filepath.Dir(name) == theQuarantine:
			aside[string(b)] = true
		}
	}
	if !maps.Equal(now, sound) {
		t.Fatalf("%v: left %q", f, slices.Sorted(maps.Keys(now)))
	}
	if !aside["junk"] || !aside[strings.Repeat("no block ", 1000)] {
		t.Fatalf("%v: something was lost", f)
	}
}
