package journal

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/record"
)

func logID(n int) record.LogID {
	return record.LogID{Source: record.Hook, Session: record.Identity{BeginString: "FIX.4.4", SenderCompID: fmt.Sprint("S", n)}}
}

// extents is what a test expects to find, or found.
type extents []Entry

func (x *extents) add(j *Journal, h record.Handle, id record.LogID, segment uint32, offset int64, b []byte) {
	j.Add(h, segment, offset, b)
	*x = append(*x, Entry{Log: id, Handle: h, Segment: segment, Offset: offset, Bytes: bytes.Clone(b)})
}

// visit collects extents. Registrations are told apart by having no bytes.
func (x *extents) visit(e Entry) error {
	if e.Bytes != nil {
		e.Bytes = bytes.Clone(e.Bytes)
		*x = append(*x, e)
	}
	return nil
}

func open(t testing.TB, fsys disk.FS, dir string, o Options, after Mark) *Journal {
	t.Helper()
	o.Archive = archive
	if o.Generation == 0 {
		o.Generation = 1
	}
	j, err := Open(fsys, dir, o, after)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func write(t testing.TB, j *Journal, upTo record.Position) {
	t.Helper()
	if err := j.Write(upTo); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, fsys disk.FS, dir string, from Mark) (extents, Report) {
	t.Helper()
	var got extents
	report, err := Read(fsys, dir, archive, from, got.visit)
	if err != nil {
		t.Fatal(err)
	}
	return got, report
}

func same(t testing.TB, got, want extents) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("entry %d of %d is\n     %+v\nwant %+v", i, len(got), got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
}

func unhurt(t testing.TB, r Report, stop Stop) {
	t.Helper()
	if len(r.Damage) > 0 || len(r.Ignored) > 0 || r.Stop != stop {
		t.Fatalf("stop %v, damage %v, ignored %v; want %v", r.Stop, r.Damage, r.Ignored, stop)
	}
}

var system = disk.OS(disk.Modes{})

func TestBatchesAreReadAsTheyWereWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "journal")
	j := open(t, system, dir, Options{}, Mark{})
	if _, r := read(t, system, dir, Mark{}); r.End != (Mark{1, headerPage}) || j.End() != r.End {
		t.Errorf("an empty journal ends at %v and %v", r.End, j.End())
	}
	var want extents
	j.Register(3, buyer)
	want.add(j, 3, buyer, 1, 0, []byte("first"))
	write(t, j, 100)
	middle := j.End()
	want.add(j, 3, buyer, 1, 5, []byte("second"))
	j.Register(4, global)
	want.add(j, 4, global, 9, 1<<40, []byte{})
	write(t, j, 200)

	got, r := read(t, system, dir, Mark{})
	same(t, got, want)
	unhurt(t, r, Ended)
	handles := map[record.Handle]record.LogID{3: buyer, 4: global}
	if r.UpTo != 200 || r.Generation != 1 || r.Batches != 2 || r.Entries != 3 || r.Bytes != 11 || !reflect.DeepEqual(r.Handles, handles) {
		t.Errorf("report %+v", r)
	}
	// From the middle the registrations before it still say whose the entries are.
	got, r = read(t, system, dir, middle)
	same(t, got, want[1:])
	unhurt(t, r, Ended)
	got, r = read(t, system, dir, j.End())
	same(t, got, nil)
	unhurt(t, r, Ended)
	if !reflect.DeepEqual(r.Handles, handles) || r.UpTo != 200 {
		t.Errorf("from the end: report %+v", r)
	}
	before := j.End()
	j.Free(before)
	j.Add(3, 1, 0, []byte("third"))
	write(t, j, 300)
	if n := j.End().Offset - before.Offset; j.Bytes() != n {
		t.Errorf("%d bytes behind the checkpoint, want %d", j.Bytes(), n)
	}
}

func TestAnEmptyBatchIsNotWritten(t *testing.T) {
	dir := t.TempDir()
	j := open(t, system, dir, Options{}, Mark{})
	j.Forget(1)
	write(t, j, 77)
	if names, err := system.ReadDir(dir); err != nil || len(names) != 0 {
		t.Errorf("%v, %v", names, err)
	}
	if p, err := j.Sync(); p != 77 || err != nil {
		t.Errorf("durable %d, %v; want 77", p, err)
	}
}

// TestLaterFilesBeginWithWhatLives: a registration counts for files that begin after its batch, until a Forget before.
func TestLaterFilesBeginWithWhatLives(t *testing.T) {
	dir := t.TempDir()
	j := open(t, system, dir, Options{FileBytes: 2 * headerPage}, Mark{})
	big := make([]byte, headerPage/2)
	var want extents
	j.Register(1, logID(1))
	j.Register(2, logID(2))
	want.add(j, 1, logID(1), 1, 0, big)
	write(t, j, 1)
	// This batch goes to the second file. Handle 1 changes hands in the middle of it, and 2 is forgotten behind its entry.
	want.add(j, 1, logID(1), 1, 1, big)
	want.add(j, 2, logID(2), 1, 2, big)
	j.Register(1, logID(3))
	j.Forget(2)
	want.add(j, 1, logID(3), 1, 3, big)
	write(t, j, 2)
	second := Mark{j.End().Lap, headerPage}
	if second.Lap != 2 {
		t.Fatalf("the journal is at %v", j.End())
	}
	got, r := read(t, system, dir, Mark{})
	same(t, got, want)
	unhurt(t, r, Ended)
	got, r = read(t, system, dir, second)
	same(t, got, want[1:])
	unhurt(t, r, Ended)

	want.add(j, 1, logID(3), 1, 4, big)
	write(t, j, 3)
	_, r = read(t, system, dir, Mark{3, headerPage})
	if want := (map[record.Handle]record.LogID{1: logID(3)}); !reflect.DeepEqual(r.Handles, want) {
		t.Errorf("the third file begins with %v, want %v", r.Handles, want)
	}
}

func TestABatchLargerThanAFileGetsAFileOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	j := open(t, system, dir, Options{FileBytes: 2 * headerPage}, Mark{})
	var want extents
	j.Register(1, buyer)
	for i := range 3 {
		want.add(j, 1, buyer, 1, int64(i), bytes.Repeat([]byte{byte(i)}, 10*headerPage))
		write(t, j, record.Position(i))
	}
	got, r := read(t, system, dir, Mark{})
	same(t, got, want)
	unhurt(t, r, Ended)
	if j.End().Lap != 3 {
		t.Errorf("the journal is at %v, want lap 3", j.End())
	}
}

func TestFullUntilACheckpointFreesFiles(t *testing.T) {
	dir := t.TempDir()
	j := open(t, system, dir, Options{FileBytes: 2 * headerPage, FilesMax: 3}, Mark{})
	big := make([]byte, headerPage-200)
	var want extents
	j.Register(1, buyer)
	marks := []Mark{}
	for i := range 3 {
		if j.Full() {
			t.Fatalf("full before file %d", i+1)
		}
		want.add(j, 1, buyer, 1, int64(i), big)
		write(t, j, record.Position(i))
		marks = append(marks, j.End())
	}
	want.add(j, 1, buyer, 1, 3, big)
	if err := j.Write(3); !errors.Is(err, ErrFull) || !j.Full() {
		t.Fatalf("got %v, full %t; want ErrFull", err, j.Full())
	}
	held := j.Bytes()
	j.Free(Mark{marks[0].Lap, marks[0].Offset - 8}) // one batch short of the first file
	if err := j.Write(3); !errors.Is(err, ErrFull) {
		t.Fatalf("got %v, want ErrFull: the first file is not covered", err)
	}
	j.Free(marks[1])
	if j.Full() || j.Bytes() >= held/2 {
		t.Errorf("full %t, %d bytes of %d", j.Full(), j.Bytes(), held)
	}
	write(t, j, 3)
	if names, _ := system.ReadDir(dir); len(names) != 3 {
		t.Errorf("files %v, want 3: one was used again", names)
	}
	got, r := read(t, system, dir, marks[1])
	same(t, got, want[2:])
	unhurt(t, r, Ended)
	j.Free(j.End())
	if j.Bytes() != 0 {
		t.Errorf("%d bytes behind a checkpoint of everything", j.Bytes())
	}
}

// TestManyLaps writes random batches over a few small files with stale batches behind every end, with checkpoints and
// reopenings between, and compares each time what is read with what was written.
func TestManyLaps(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1))
	dir := t.TempDir()
	o := Options{FileBytes: 4 * headerPage, FilesMax: 4, Generation: 1}
	j := open(t, system, dir, o, Mark{})
	var want extents // behind checkpoint
	var checkpoint Mark
	live := map[record.Handle]record.LogID{}
	for step := range 2000 {
		for range rnd.IntN(5) {
			h := record.Handle(rnd.IntN(20))
			if _, ok := live[h]; !ok || rnd.IntN(50) == 0 {
				live[h] = logID(rnd.IntN(1000))
				j.Register(h, live[h])
			}
			b := make([]byte, rnd.IntN(700))
			for i := range b {
				b[i] = byte(rnd.Uint32())
			}
			want.add(j, h, live[h], rnd.Uint32(), int64(rnd.Uint64()>>1), b)
		}
		if err := j.Write(record.Position(step)); errors.Is(err, ErrFull) {
			checkpoint, want = free(t, j, want)
			write(t, j, record.Position(step))
		} else if err != nil {
			t.Fatal(err)
		}
		switch rnd.IntN(40) {
		case 0:
			if p, err := j.Sync(); err != nil || p != record.Position(step) {
				t.Fatalf("durable %d, %v; want %d", p, err, step)
			}
		case 1:
			checkpoint, want = free(t, j, want)
			want = nil
		case 2:
			got, r := read(t, system, dir, checkpoint)
			same(t, got, want)
			unhurt(t, r, Ended)
			if again, r2 := read(t, system, dir, checkpoint); r2.End != r.End || len(again) != len(got) {
				t.Fatal("reading twice differs")
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			o.Generation++
			after := checkpoint
			if rnd.IntN(2) == 0 { // recovery wrote a checkpoint, or it was cut short before that
				after, checkpoint, want = r.End, r.End, nil
			}
			j = open(t, system, dir, o, after)
			clear(live)
		}
	}
	got, r := read(t, system, dir, checkpoint)
	same(t, got, want)
	unhurt(t, r, Ended)
}

// free is a checkpoint of all but the batch that is being built.
func free(t *testing.T, j *Journal, want extents) (Mark, extents) {
	j.Free(j.End())
	n := int(j.batch.entries)
	for _, c := range j.changes {
		if !c.forget {
			n--
		}
	}
	return j.End(), want[len(want)-n:]
}

// TestSyncBesideWrite: whatever Sync calls durable has been written, and nothing it names goes backwards.
func TestSyncBesideWrite(t *testing.T) {
	dir := t.TempDir()
	j := open(t, system, dir, Options{FileBytes: 8 * headerPage, FilesMax: 16}, Mark{})
	var want extents
	const batches = 400
	done := make(chan struct{})
	var beside sync.WaitGroup
	beside.Add(2)
	go func() {
		defer beside.Done()
		for last := record.Position(0); last < batches; {
			p, err := j.Sync()
			if err != nil || p < last {
				t.Errorf("durable %d after %d, %v", p, last, err)
				return
			}
			last = p
		}
	}()
	go func() { // checkpoints
		defer beside.Done()
		for {
			select {
			case <-done:
				return
			default:
				if j.Bytes() > 32*headerPage {
					j.Free(j.End())
				}
			}
		}
	}()
	j.Register(1, buyer)
	for i := range batches {
		want.add(j, 1, buyer, 1, int64(i), bytes.Repeat([]byte{byte(i)}, 1000))
		for {
			err := j.Write(record.Position(i + 1))
			if err == nil {
				break
			}
			if !errors.Is(err, ErrFull) {
				t.Fatal(err)
			}
		}
	}
	end := j.End()
	close(done)
	beside.Wait()
	if j.synced != end {
		t.Errorf("synced %v, want %v", j.synced, end)
	}
}

func TestAddAndWriteDoNotAllocate(t *testing.T) {
	dir := t.TempDir()
	j := open(t, system, dir, Options{}, Mark{})
	b := make([]byte, 300)
	j.Register(1, buyer)
	n := testing.AllocsPerRun(1000, func() {
		for i := range 20 {
			j.Add(1, 1, int64(i), b)
		}
		if err := j.Write(1); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations a batch", n)
	}
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	other := open(t, system, dir, Options{}, Mark{})
	other.Register(1, buyer)
	write(t, other, 1)
	other.Close()
	mine := archive
	mine[0]++
	j, err := Open(system, dir, Options{Archive: mine, Generation: 1}, Mark{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	j.Register(1, global)
	write(t, j, 2)
	report, err := Read(system, dir, mine, Mark{}, func(Entry) error { return nil })
	if err != nil || len(report.Ignored) != 1 || !errors.Is(report.Ignored[0], ErrForeign) || report.Handles[1] != global {
		t.Errorf("%+v, %v", report, err)
	}
	if _, r := read(t, system, dir, Mark{}); r.Handles[1] != buyer || len(r.Ignored) != 1 {
		t.Errorf("the other archive's journal reads %+v", r)
	}
}

func TestATooNewFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	j := open(t, system, dir, Options{}, Mark{})
	j.Register(1, buyer)
	write(t, j, 1)
	path := filepath.Join(dir, "0001.journal")
	f, err := system.OpenFile(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte{fileVersion + 1}, 8); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(system, dir, archive, Mark{}, nil); !errors.Is(err, ErrTooNew) {
		t.Errorf("Read: %v", err)
	}
	if _, err := Open(system, dir, Options{Archive: archive, Generation: 2}, Mark{}); !errors.Is(err, ErrTooNew) {
		t.Errorf("Open: %v", err)
	}
}
