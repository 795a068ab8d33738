package fixarchive

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/store"
)

// stepping is the golden archive's parts with a clock that runs, stands, and steps to and fro by up to days.
func stepping(t *testing.T, seed uint64) *golden {
	random := rand.New(rand.NewPCG(seed, 3))
	g, _ := goldenArchives(t)
	g.open()
	for range 60 {
		switch random.IntN(6) {
		case 0:
			g.clock -= record.Nanos(random.Int64N(50 * 3600e9))
		case 1:
			g.clock += record.Nanos(random.Int64N(50 * 3600e9))
		case 2:
			g.clock -= 1_000_000 // the next record has the time of the last
		}
		g.batch(1+random.IntN(3), true)
		g.journal.Free(g.checkpoint())
	}
	g.close()
	return g
}

// TestTimesThatGoBackHideNothing asks for stretches of time in an archive whose clock was stepped to and fro: a query
// returns each record of that time, whatever lies between, in the order of sequences; forward and backward, with
// catalogue and index, and without.
func TestTimesThatGoBackHideNothing(t *testing.T) {
	seeds := uint64(2)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		g := stepping(t, seed)
		for _, derived := range []string{"both", "index", "neither"} {
			r := goldenReader(g.fs)
			var all []Message
			for m, err := range r.Messages(Query{Kinds: AllKinds()}) {
				g.check(err)
				all = append(all, m.Clone())
			}
			g.inOrder(all)
			random := rand.New(rand.NewPCG(seed, 4))
			for range 100 {
				q := Query{Kinds: AllKinds(), Since: all[random.IntN(len(all))].Time, Until: all[random.IntN(len(all))].Time}
				switch {
				case random.IntN(4) == 0:
					q.Since = q.Since.Truncate(0).AddDate(-9, 0, 0)
				case random.IntN(4) == 0:
					q.Until = q.Until.AddDate(9, 0, 0)
				}
				if q.Since.Before(q.Until) {
					g.sameAsAll(r, q, all)
				}
			}
			if report, err := r.Verify(t.Context(), VerifyOptions{}); err != nil || !report.Sound() {
				t.Fatalf("seed %d, %s: %+v, %v", seed, derived, report, err)
			}
			g.lose(map[string]string{"both": "logs/*/catalogue", "index": "logs/*/*.idx"}[derived])
		}
	}
}

// inOrder fails where a session's sequences do not follow each other, or no time goes back.
func (g *golden) inOrder(all []Message) {
	next, latest, back := map[string]uint64{}, map[string]int64{}, 0
	for _, m := range all {
		if n := next[m.Session]; n != 0 && n != m.Sequence {
			g.t.Fatalf("%s: sequence %d, want %d", m.Session, m.Sequence, n)
		}
		next[m.Session] = m.Sequence + 1
		if m.Lost != nil {
			next[m.Session] = m.Lost.Last + 1
		}
		if m.Time.UnixNano() < latest[m.Session] {
			back++
		}
		latest[m.Session] = m.Time.UnixNano()
	}
	if back < 10 {
		g.t.Fatalf("times go back %d times", back)
	}
}

// sameAsAll compares what a query returns with what was picked from everything.
func (g *golden) sameAsAll(r *Reader, q Query, all []Message) {
	var want, got []string
	for i := range all {
		if m := &all[i]; !m.Time.Before(q.Since) && m.Time.Before(q.Until) {
			want = append(want, spelled(m))
		}
	}
	for m, err := range r.Messages(q) {
		g.check(err)
		got = append(got, spelled(&m))
	}
	if !slices.Equal(got, want) {
		g.t.Fatalf("from %v until %v: %d records, want %d", q.Since, q.Until, len(got), len(want))
	}
	last, err := r.Last(7, q)
	g.check(err)
	got = got[:0]
	for i := range last {
		got = append(got, spelled(&last[i]))
	}
	if !slices.Equal(got, want[max(0, len(want)-7):]) {
		g.t.Fatalf("from %v until %v: the last %d are others", q.Since, q.Until, len(got))
	}
}

// lose removes the files of a pattern.
func (g *golden) lose(pattern string) {
	for path := range g.fs.Files() {
		name, _ := filepath.Rel(goldenPath, path)
		if ok, _ := filepath.Match(pattern, filepath.ToSlash(name)); ok {
			g.check(g.fs.Remove(path))
		}
	}
}

// TestTimesAtTheEdges: the earliest and the latest time there can be, and those about the epoch of Unix, which stand for
// open ends elsewhere.
func TestTimesAtTheEdges(t *testing.T) {
	g, _ := goldenArchives(t)
	g.open()
	times := []record.Nanos{-1 << 62, -1, 1, 5, 1 << 62}
	for _, at := range times {
		g.clock = at - 1_000_000
		l := g.logs[0]
		rec := g.next(l.State())
		g.check(l.Add(rec))
		l.Commit(func(x store.Extent) { g.journal.Add(0, x.Segment, x.Offset, x.Bytes) })
		g.check(g.journal.Write(g.position))
		g.flush()
	}
	g.close()
	r := goldenReader(g.fs)
	var all []Message
	for m, err := range r.Messages(Query{Kinds: AllKinds()}) {
		g.check(err)
		all = append(all, m.Clone())
	}
	for _, from := range append(times, 0, 2) {
		for _, to := range append(times, 0, 2) {
			if q := (Query{Kinds: AllKinds(), Since: time.Unix(0, int64(from)), Until: time.Unix(0, int64(to))}); from < to {
				g.sameAsAll(r, q, all)
			}
		}
	}
}
