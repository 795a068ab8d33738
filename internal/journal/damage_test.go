package journal

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

// history is a journal in memory and what is known of it.
type history struct {
	m      *memory
	j      *Journal
	want   extents
	ends   []Mark // of the batch that each entry is in
	begins []Mark
	synced Mark // what the last batch says of those before it
}

func begin(t *testing.T, m *memory, generation record.Generation, after Mark) *history {
	h := &history{m: m, j: open(t, m, "j", Options{FileBytes: 2 * headerPage, FilesMax: 8, Generation: generation}, after)}
	h.j.Register(1, buyer)
	return h
}

// batch writes one batch of n entries, of size bytes each.
func (h *history) batch(t *testing.T, n, size int) {
	h.synced = h.j.synced
	for range n {
		i := len(h.want)
		h.want.add(h.j, 1, buyer, 1, int64(i), bytes.Repeat([]byte{byte(i + 1)}, size))
	}
	length := int64(len(h.j.batch.buf))
	write(t, h.j, record.Position(len(h.want)))
	for range n {
		end := h.j.End()
		h.ends = append(h.ends, end)
		h.begins = append(h.begins, Mark{end.Lap, end.Offset - length})
	}
}

func (h *history) sync(t *testing.T) {
	if _, err := h.j.Sync(); err != nil {
		t.Fatal(err)
	}
}

func path(lap uint64) string { return fmt.Sprintf("j/%04d.journal", lap) }

// small is three laps on top of older ones. Everything but the last two batches is acknowledged.
func small(t *testing.T) (h *history, from Mark) {
	h = begin(t, newMemory(), 1, Mark{})
	for range 12 {
		h.batch(t, 3, 500)
	}
	from = h.j.End()
	h.j.Free(from)
	h.want, h.ends, h.begins = nil, nil, nil
	for range 4 {
		h.batch(t, 3, 400)
		h.batch(t, 1, 0)
	}
	h.sync(t)
	h.batch(t, 2, 90)
	h.batch(t, 1, 7)
	return h, from
}

// TestDamageAnywhere flips a bit of each byte and cuts off each tail of a small journal. Nothing may be invented; what
// is missing below the acknowledged mark must be told; without that, what is left is a prefix.
func TestDamageAnywhere(t *testing.T) {
	h, from := small(t)
	told, missing := 0, 0
	for name := range h.m.files {
		size := len(h.m.files[name])
		header, err := parseFileHeader(h.m.files[name])
		if err != nil {
			t.Fatal(err)
		}
		for i := range size {
			if i > headerBytes && i < headerPage && i%61 != 0 {
				continue // zeros
			}
			b := h.m.files[name]
			b[i] ^= 1 << (i % 8)
			told += h.check(t, from, &missing, "a flip", name, i)
			b[i] ^= 1 << (i % 8)
			if i%32 == 0 {
				// A tail that takes with it the only batch that knows better cannot be told from one never written.
				synced, witness := h.synced, h.ends[len(h.ends)-1]
				if header.lap == witness.Lap && int64(i) < h.ends[len(h.ends)-2].Offset {
					h.synced = Mark{}
				}
				h.m.files[name] = b[:i]
				told += h.check(t, from, &missing, "a cut", name, i)
				h.m.files[name], h.synced = b, synced
			}
		}
	}
	if told < 1000 || missing < 1000 {
		t.Errorf("only %d damages told, %d with entries missing: the test has lost its grip", told, missing)
	}
}

func (h *history) check(t *testing.T, from Mark, missing *int, what, name string, at int) int {
	t.Helper()
	var got extents
	r, err := Read(h.m, "j", archive, from, got.visit)
	if errors.Is(err, ErrTooNew) {
		return 1
	}
	if err != nil {
		t.Fatalf("%s at %s %d: %v", what, name, at, err)
	}
	i := 0
	for _, e := range got {
		for i < len(h.want) && !reflect.DeepEqual(e, h.want[i]) {
			i++
		}
		if i == len(h.want) {
			t.Fatalf("%s at %s %d: invented, or out of order: %+v", what, name, at, e)
		}
		i++
	}
	if len(got) < len(h.want) {
		*missing++
	}
	if len(r.Damage) > 0 || len(r.Ignored) > 0 {
		return 1
	}
	same(t, got, h.want[:len(got)])
	if len(got) < len(h.want) && !h.synced.Before(h.ends[len(got)]) {
		t.Fatalf("%s at %s %d: entry %d of %d is acknowledged and missing, and nothing is told", what, name, at, len(got), len(h.want))
	}
	return 0
}

// destroy spoils the batch that holds entry i.
func (h *history) destroy(i int) {
	b := h.m.files[path(h.begins[i].Lap)]
	clear(b[h.begins[i].Offset:h.ends[i].Offset])
}

func TestAHoleThatWasNeverAcknowledgedEndsTheGeneration(t *testing.T) {
	h := begin(t, newMemory(), 1, Mark{})
	for range 8 {
		h.batch(t, 1, 1500)
	}
	if h.ends[3].Lap == h.ends[7].Lap {
		t.Fatal("want two laps")
	}
	h.destroy(2) // valid batches follow in this lap and in the next ones
	got, r := read(t, h.m, "j", Mark{})
	same(t, got, h.want[:2])
	unhurt(t, r, Cut)

	// The next generation goes on, and what was cut stays cut, whether or not a checkpoint was written between.
	next := begin(t, h.m, 2, Mark{})
	next.batch(t, 2, 100)
	next.sync(t)
	next.batch(t, 1, 100)
	got, r = read(t, h.m, "j", Mark{})
	same(t, got, append(h.want[:2:2], next.want...))
	unhurt(t, r, Ended)
	if r.Generation != 2 || r.UpTo != 3 {
		t.Errorf("report %+v", r)
	}
}

func TestAHoleInWhatWasAcknowledgedIsDamage(t *testing.T) {
	h := begin(t, newMemory(), 1, Mark{})
	for range 8 {
		h.batch(t, 1, 1500)
	}
	h.sync(t)
	h.batch(t, 1, 1500) // says what the sync did
	h.destroy(3)
	got, r := read(t, h.m, "j", Mark{})
	same(t, got, append(h.want[:3:3], h.want[4:]...))
	var damage *CorruptError
	if len(r.Damage) != 1 || !errors.As(r.Damage[0], &damage) || !errors.Is(r.Damage[0], ErrCorrupt) {
		t.Fatalf("damage %v", r.Damage)
	}
	if damage.Path != path(h.begins[3].Lap) || damage.Offset != h.begins[3].Offset {
		t.Errorf("%v, want it at %v", damage, h.begins[3])
	}
}

func TestALapThatIsMissing(t *testing.T) {
	for _, acknowledged := range []bool{false, true} {
		h := begin(t, newMemory(), 1, Mark{})
		for range 6 {
			h.batch(t, 1, 3000) // a lap each
		}
		if acknowledged {
			h.sync(t)
		}
		h.batch(t, 1, 3000)
		delete(h.m.files, path(3))
		got, r := read(t, h.m, "j", Mark{})
		if acknowledged {
			same(t, got, append(h.want[:2:2], h.want[3:]...))
			if len(r.Damage) != 1 {
				t.Errorf("damage %v", r.Damage)
			}
			continue
		}
		same(t, got, h.want[:2])
		unhurt(t, r, Cut)
	}
}

func TestAJournalThatIsGone(t *testing.T) {
	if _, r := read(t, newMemory(), "j", Mark{5, 9000}); len(r.Damage) != 1 || r.End != (Mark{6, headerPage}) {
		t.Errorf("%+v", r)
	}
	_, r := read(t, newMemory(), "j", Mark{5, headerPage}) // where a recovery ended, and nothing was written since
	unhurt(t, r, Ended)
	if r.End != (Mark{5, headerPage}) {
		t.Errorf("%+v", r)
	}
}

func TestATornBatchIsTheEnd(t *testing.T) {
	h := begin(t, newMemory(), 1, Mark{})
	h.batch(t, 1, 100)
	h.batch(t, 1, 100)
	b := h.m.files[path(1)]
	h.m.files[path(1)] = b[:len(b)-8]
	got, r := read(t, h.m, "j", Mark{})
	same(t, got, h.want[:1])
	unhurt(t, r, Torn)
}

// TestImitations: a message may hold what looks like batches of this very lap.
func TestImitations(t *testing.T) {
	h := begin(t, newMemory(), 1, Mark{})
	h.batch(t, 1, 100)
	genuine := bytes.Clone(h.m.files[path(1)][h.begins[0].Offset:])
	h.want.add(h.j, 1, buyer, 1, 1, bytes.Repeat(genuine, 10))
	write(t, h.j, 2)
	got, r := read(t, h.m, "j", Mark{})
	same(t, got, h.want)
	unhurt(t, r, Ended)
	b := h.m.files[path(1)]
	b[len(b)-1] ^= 1
	b[len(b)-9] ^= 1
	got, r = read(t, h.m, "j", Mark{})
	same(t, got, h.want[:1])
	unhurt(t, r, Torn)
}
