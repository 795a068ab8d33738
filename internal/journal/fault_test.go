package journal

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

// once drops what a write that failed after its last byte left twice: redo does the same write again.
func once(x extents) extents {
	return slices.CompactFunc(x, func(a, b Entry) bool { return reflect.DeepEqual(a, b) })
}

// TestAWriteThatFailsAnywhere lets each length of a batch reach the disk before an error. The batch is kept, may grow,
// and is found where the next Write put it; also when that one begins the second lap, or the very first.
func TestAWriteThatFailsAnywhere(t *testing.T) {
	for _, before := range []int{0, 1, 4} {
		for through := 0; ; through++ {
			m := newMemory()
			h := begin(t, m, 1, Mark{})
			for range before {
				h.batch(t, 1, 800)
			}
			whole := false
			m.onWrite = func(_ string, b []byte, _ int64) (int, error) {
				whole = through >= len(b)
				return min(through, len(b)), errBroken
			}
			h.want.add(h.j, 1, buyer, 7, 1, make([]byte, 800))
			if err := h.j.Write(99); !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "j/000") {
				t.Fatalf("got %v", err)
			}
			m.onWrite = nil
			h.want.add(h.j, 1, buyer, 7, 2, []byte("more"))
			write(t, h.j, 100)
			h.batch(t, 1, 10)
			got, r := read(t, m, "j", Mark{})
			// What was written before the error told otherwise is there twice: the batch, and then the batch with more.
			if i := before; whole && len(got) > len(h.want) {
				got = slices.Delete(got, i, i+1)
			}
			same(t, got, h.want)
			unhurt(t, r, Ended)
			if whole {
				break
			}
			if through > headerPage+200 || before > 0 && through > 200 {
				through += 37
			}
		}
	}
}

// TestAFullDisk: while nothing can be written no file is used up, and afterwards all goes on.
func TestAFullDisk(t *testing.T) {
	m := newMemory()
	h := begin(t, m, 1, Mark{})
	h.batch(t, 1, 100)
	m.onWrite = func(string, []byte, int64) (int, error) { return 0, errBroken }
	h.want.add(h.j, 1, buyer, 1, 1, []byte("kept"))
	for range 100 {
		if err := h.j.Write(2); !errors.Is(err, errBroken) {
			t.Fatalf("got %v", err)
		}
	}
	if len(m.files) > 8 {
		t.Errorf("%d files", len(m.files))
	}
	m.onWrite = nil
	write(t, h.j, 2)
	for range 7 {
		h.batch(t, 1, 3000) // the first beside what is there, then a file each
	}
	if h.want.add(h.j, 1, buyer, 1, 1, make([]byte, 3000)); !errors.Is(h.j.Write(2), ErrFull) {
		t.Error("all files are in use")
	}
	h.want = h.want[:len(h.want)-1]
	got, r := read(t, m, "j", Mark{})
	same(t, got, h.want)
	unhurt(t, r, Ended)
}

// TestWithoutNewFiles: when no file can be made, the old ones are used.
func TestWithoutNewFiles(t *testing.T) {
	m := newMemory()
	h := begin(t, m, 1, Mark{})
	h.batch(t, 1, 3000)
	h.batch(t, 1, 3000)
	h.j.Free(h.j.End())
	m.onOpen = func(_ string, create bool) error {
		if create {
			return errBroken
		}
		return nil
	}
	failing := path(1)
	m.onWrite = func(name string, b []byte, _ int64) (int, error) {
		if name == failing {
			return 0, errBroken
		}
		return len(b), nil
	}
	h.want.add(h.j, 1, buyer, 1, 1, make([]byte, 3000))
	if err := h.j.Write(1); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	failing = ""
	write(t, h.j, 1)
}

// TestAFailedSyncIsNotTriedAgain: the position stands still until a checkpoint covers the file, which is then removed.
func TestAFailedSyncIsNotTriedAgain(t *testing.T) {
	m := newMemory()
	h := begin(t, m, 1, Mark{})
	h.batch(t, 1, 100)
	h.sync(t)
	h.batch(t, 1, 100)
	m.onSync = func(name string) error {
		if name == path(1) {
			return errBroken
		}
		return nil
	}
	if p, err := h.j.Sync(); p != 1 || !errors.Is(err, errBroken) || !strings.Contains(err.Error(), path(1)) {
		t.Fatalf("durable %d, %v", p, err)
	}
	tried := m.syncs[path(1)]
	failed := h.j.End()
	h.batch(t, 1, 100)
	if h.j.End().Lap != 2 {
		t.Errorf("the next batch went to %v", h.j.End())
	}
	m.onSync = nil
	for range 3 {
		if p, err := h.j.Sync(); p != 1 || err == nil || !strings.Contains(err.Error(), path(1)) {
			t.Fatalf("durable %d, %v", p, err)
		}
	}
	if m.syncs[path(1)] != tried || m.syncs[path(2)] != 1 {
		t.Errorf("syncs %v", m.syncs)
	}
	// What the batches say of each other stands still too.
	h.batch(t, 1, 100)
	if h.synced.Lap != 1 || !h.synced.Before(failed) {
		t.Errorf("a batch calls everything before %v durable", h.synced)
	}
	h.j.Free(Mark{1, failed.Offset - 8})
	if _, err := h.j.Sync(); err == nil {
		t.Error("the checkpoint did not cover all of the file")
	}
	h.j.Free(failed)
	if p, err := h.j.Sync(); p != 4 || err != nil {
		t.Errorf("durable %d, %v; want 4", p, err)
	}
	h.j.Free(h.j.End())
	if _, ok := m.files[path(1)]; ok {
		t.Error("the failed file is still there")
	}
	got, r := read(t, m, "j", failed)
	same(t, got, h.want[2:])
	unhurt(t, r, Ended)
}

// TestTheOthersAreSyncedAfterAFailure: those that a failed Sync had not come to are not forgotten.
func TestTheOthersAreSyncedAfterAFailure(t *testing.T) {
	m := newMemory()
	h := begin(t, m, 1, Mark{})
	h.batch(t, 1, 3000)
	first := h.j.End()
	h.batch(t, 1, 3000)
	m.onSync = func(name string) error {
		if name == path(1) {
			return errBroken
		}
		return nil
	}
	if _, err := h.j.Sync(); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	h.j.Free(first)
	if p, err := h.j.Sync(); p != 2 || err != nil || m.syncs[path(2)] != 1 {
		t.Errorf("durable %d, %v, syncs %v", p, err, m.syncs)
	}
}

// TestAFailedCurrentFileThatIsCovered: nothing is appended to it all the same.
func TestAFailedCurrentFileThatIsCovered(t *testing.T) {
	m := newMemory()
	h := begin(t, m, 1, Mark{})
	h.batch(t, 1, 100)
	m.onSync = func(name string) error {
		if strings.HasSuffix(name, suffix) {
			return errBroken
		}
		return nil
	}
	if _, err := h.j.Sync(); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	m.onSync = nil
	h.j.Free(h.j.End())
	if p, err := h.j.Sync(); p != 1 || err != nil {
		t.Errorf("durable %d, %v", p, err)
	}
	h.batch(t, 1, 100)
	if p, err := h.j.Sync(); p != 2 || err != nil || h.j.End().Lap != 2 {
		t.Errorf("durable %d, %v, at %v", p, err, h.j.End())
	}
}

// TestASyncThatFailsBesideAWrite: a batch that lands in a file just given up is not durable, though nothing else there
// is missing.
func TestASyncThatFailsBesideAWrite(t *testing.T) {
	m := newMemory()
	h := begin(t, m, 1, Mark{})
	h.batch(t, 1, 100)
	h.sync(t)
	m.onWrite = func(_ string, b []byte, _ int64) (int, error) {
		h.j.fail([]*file{h.j.current}, nil)
		h.j.Free(h.j.End())
		return len(b), nil
	}
	h.batch(t, 1, 100)
	m.onWrite = nil
	if p, err := h.j.Sync(); p != 1 || err == nil {
		t.Errorf("durable %d, %v; want 1 and an error", p, err)
	}
	h.j.Free(h.j.End())
	if p, err := h.j.Sync(); p != 2 || err != nil {
		t.Errorf("durable %d, %v; want 2", p, err)
	}
}

// TestANameThatIsNotDurable: a new file whose directory could not be synced would not be found again.
func TestANameThatIsNotDurable(t *testing.T) {
	m := newMemory()
	h := begin(t, m, 1, Mark{})
	m.onSync = func(name string) error {
		if name == "j" {
			return errBroken
		}
		return nil
	}
	h.batch(t, 1, 100)
	if p, err := h.j.Sync(); p != 0 || !errors.Is(err, errBroken) {
		t.Errorf("durable %d, %v", p, err)
	}
	if _, err := h.j.Sync(); err == nil {
		t.Error("the second Sync believes it")
	}
}

// TestRandomFaults: whatever fails, what Write accepted is read, in order, and each Sync that succeeds covers it.
func TestRandomFaults(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 2))
	for range 50 {
		m := newMemory()
		h := begin(t, m, 1, Mark{})
		from := Mark{}
		m.onWrite = func(_ string, b []byte, _ int64) (int, error) {
			if rnd.IntN(4) == 0 {
				return rnd.IntN(len(b)), errBroken
			}
			return len(b), nil
		}
		m.onSync = func(string) error {
			if rnd.IntN(10) == 0 {
				return errBroken
			}
			return nil
		}
		for i := range 100 {
			h.want.add(h.j, 1, buyer, 1, int64(i), bytes.Repeat([]byte{byte(i)}, rnd.IntN(2000)))
			for {
				err := h.j.Write(record.Position(i + 1))
				if err == nil {
					break
				}
				if errors.Is(err, ErrFull) {
					from = h.j.End()
					h.j.Free(from)
					h.want = h.want[len(h.want)-1:]
				} else if !errors.Is(err, errBroken) {
					t.Fatal(err)
				}
			}
			if rnd.IntN(3) > 0 {
				continue
			}
			if p, err := h.j.Sync(); err == nil && p != record.Position(i+1) {
				t.Fatalf("durable %d, want %d", p, i+1)
			}
		}
		got, r := read(t, m, "j", from)
		same(t, once(got), h.want)
		r.Ignored = nil // headers that were torn and never became a lap
		unhurt(t, r, Ended)
	}
}
