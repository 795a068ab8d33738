package fixarchive

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/session"
)

// TestEveryDamage cuts each file of the golden archive off at each length and turns each bit of it. What is returned then is
// what was returned before, or less, and then it is told, with the file's name: by the reader that returned less, and by
// Open. Damage that nobody tells of, and damage that takes something away and is not told, lie in stretches that are named
// below, and nowhere else. It tries some of the damages, and with FIXARCHIVE_FULL=1 all of them.
func TestEveryDamage(t *testing.T) {
	closed, unclean := goldenArchives(t)
	for name, d := range map[string]*damaging{
		"closed": {golden: closed, stretches: closedStretches()}, "unclean": {golden: unclean, stretches: uncleanStretches(unclean)},
	} {
		d.whole(t)
		t.Run(name, func(t *testing.T) {
			t.Cleanup(func() { d.report(t) })
			for path, b := range d.fs.Files() {
				if b != nil {
					t.Run(filepath.Base(filepath.Dir(path))+"/"+filepath.Base(path), func(t *testing.T) { t.Parallel(); d.file(t, path, b) })
				}
			}
		})
	}
}

// stretch is a part of a file where damage may change nothing, or hide something.
type stretch struct {
	name     string
	path     string // as filepath.Match has it, below the archive
	from, to int64
	cut      bool // of cuts alone
	hides    bool // records may be missing, and nobody knows
}

const toTheEnd = 1 << 62

// derived is the same in both archives.
var derived = []stretch{
	{name: "the status file", path: "status", to: toTheEnd},
	{name: "the lock's text", path: "lock", to: toTheEnd},
	{name: "an index that ends early", path: "logs/*/*.idx", to: toTheEnd, cut: true},
	{name: "a catalogue that ends early", path: "logs/*/catalogue", to: toTheEnd, cut: true},
}

// closedStretches: the checkpoint covers all that the journal holds.
func closedStretches() []stretch {
	return append(derived, stretch{name: "the journal of a closed archive", path: "journal/*", to: toTheEnd})
}

// uncleanStretches: the first lap of the second generation is written over that of the first.
func uncleanStretches(g *golden) []stretch {
	point, err := journal.ReadCheckpoint(g.fs, g.at("checkpoint"))
	g.check(err)
	n := len(g.ends)
	first, before, last := g.ends[3], g.ends[n-3], g.ends[n-2]
	all := append(derived,
		stretch{name: "batches that the checkpoint covers, but for the registrations", path: "journal/0001.journal", from: first.Offset, to: point.Journal.Offset},
		stretch{name: "what an earlier lap left", path: "journal/0001.journal", from: before.Offset, to: toTheEnd},
		stretch{name: "the batch that was never synced", path: "journal/0002.journal", from: last.Offset, to: toTheEnd, hides: true},
		stretch{name: "the newest lap, cut off: nobody else knows of it", path: "journal/0002.journal", to: toTheEnd, cut: true, hides: true},
	)
	files := g.fs.Files()
	for _, s := range point.Logs {
		dir := "logs/" + session.DirName(s.Log) + "/"
		known := files[g.at(fmt.Sprintf("%s%08d.seg", dir, s.Segment))][:s.Length]
		all = append(all, stretch{
			name: "zeros before what the journal writes again", path: fmt.Sprintf("%s%08d.seg", dir, s.Segment),
			from: int64(len(bytes.TrimRight(known, "\x00"))), to: s.Length, cut: true,
		})
		all = append(all, stretch{name: "what the journal writes again", path: fmt.Sprintf("%s%08d.seg", dir, s.Segment), from: s.Length, to: toTheEnd})
		for later := s.Segment + 1; later < s.Segment+4; later++ {
			all = append(all, stretch{name: "what the journal writes again", path: fmt.Sprintf("%s%08d.seg", dir, later), to: toTheEnd})
		}
	}
	return all
}

// damaging is an archive to be damaged, and what it is without.
type damaging struct {
	*golden
	stretches            []stretch
	read, proved, opened seen

	mu    sync.Mutex
	tried int
	inert map[string]int // by the stretch's name: damages that nobody told of
}

func (d *damaging) whole(t *testing.T) {
	d.inert = map[string]int{}
	d.read, d.proved, d.opened = read(t, d.fs), prove(t, d.fs), reopen(t, d.fs.Clone())
	for _, s := range []*seen{&d.read, &d.proved, &d.opened} {
		if len(s.told) > 0 || len(s.answers) == 0 {
			t.Fatalf("undamaged: %v", s.told)
		}
	}
}

func (d *damaging) report(t *testing.T) {
	t.Logf("%d damages", d.tried)
	for _, s := range d.stretches {
		if n := d.inert[s.name]; n > 0 {
			t.Logf("%6d untold in: %s", n, s.name)
			delete(d.inert, s.name)
		}
	}
}

// file tries the damages of one file.
func (d *damaging) file(t *testing.T, path string, b []byte) {
	flips, cuts := 211, 61
	switch {
	case os.Getenv("FIXARCHIVE_FULL") != "":
		flips, cuts = 1, 1
	case testing.Short():
		flips, cuts = 1009, 251
	}
	for n := len(b) - 1; n >= 0 && !t.Failed(); n -= cuts {
		d.try(t, path, b[:n], int64(n), true)
	}
	bad := slices.Clone(b)
	for i := 0; i < 8*len(b) && !t.Failed(); i += flips {
		if i%8 > 0 && padding(path, i/8) {
			continue
		}
		bad[i/8] ^= 1 << (i % 8)
		d.try(t, path, bad, int64(i/8), false)
		bad[i/8] = b[i/8]
	}
}

// padding reports whether a byte is one of the zeros that fill a journal file's header up to a page: half of all bytes of
// the archive, so that one bit of each will do.
func padding(path string, at int) bool {
	return filepath.Ext(path) == ".journal" && at >= 64 && at < 4096
}

// try looks at one damage.
func (d *damaging) try(t *testing.T, path string, b []byte, at int64, cut bool) {
	f := d.fs.Clone()
	putFile(t, f, path, b)
	what := fmt.Sprintf("bit of byte %d", at)
	if cut {
		what = fmt.Sprintf("cut off at %d", at)
	}
	read, proved := read(t, f), prove(t, f)
	opened := reopen(t, f)
	told := false
	in := d.in(path, at, cut)
	for _, x := range []struct {
		who       string
		want, got *seen
	}{{"readers", &d.read, &read}, {"Verify", &d.proved, &proved}, {"Open", &d.opened, &opened}} {
		said := x.got.names(path, cut)
		told = told || said
		if name := x.got.invents(x.want); x.who != "Verify" && name != "" {
			t.Errorf("%s: %s: %s: there is what was never written", what, x.who, name)
		}
		if name := x.got.differs(x.want); name != "" && !said && (in == nil || !in.hides) {
			t.Errorf("%s: %s: %s is another, and nobody says why (%v)", what, x.who, name, x.got.told)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tried++
	switch {
	case told:
	case in == nil:
		t.Errorf("%s: nobody noticed", what)
	default:
		d.inert[in.name]++
	}
}

// in is the stretch in which a damage lies.
func (d *damaging) in(path string, at int64, cut bool) *stretch {
	name, _ := filepath.Rel(goldenPath, path)
	for i := range d.stretches {
		s := &d.stretches[i]
		if ok, _ := filepath.Match(s.path, filepath.ToSlash(name)); ok && at >= s.from && at < s.to && (cut || !s.cut) {
			return s
		}
	}
	return nil
}

// TestTheLocksTextIsForPeople: what stands in it decides nothing.
func TestTheLocksTextIsForPeople(t *testing.T) {
	dir := t.TempDir()
	o := Options{Path: dir, RingBytes: 64 << 10, LogsMax: 8}
	for _, text := range []string{"", "\x00", "pid 1 on elsewhere\n", strings.Repeat("\xff", 10_000)} {
		a := openTest(t, o)
		sessionLog(t, a.LogFactory(nil)).OnIncoming(heartbeat(1))
		if err := errors.Join(a.Close(), os.WriteFile(filepath.Join(dir, "lock"), []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
		r, err := OpenReader(dir)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := r.Status(); err != nil || s.Writer.Live || s.Unclean != nil {
			t.Errorf("%.20q: %+v, %v", text, s, err)
		}
	}
	if got := count(t, dir); got != 4 {
		t.Errorf("%d messages, want 4", got)
	}
}
