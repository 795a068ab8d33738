package disk_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
)

const unit = 128 << 10 // what a MiB is to a real disk

func newDisk(t *testing.T, capacity int64) *crashfs.FS {
	t.Helper()
	f := crashfs.New()
	f.SetCapacity(capacity)
	if err := f.MkdirAll("/a"); err != nil {
		t.Fatal(err)
	}
	return f
}

// fillUp writes until there is no room left.
func fillUp(t *testing.T, f disk.FS) disk.File {
	t.Helper()
	h, err := f.OpenFile("/stranger", os.O_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, unit)
	for at := int64(0); ; {
		n, err := h.WriteAt(b, at)
		at += int64(n)
		if disk.IsFull(err) {
			return h
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestAFullDiskHasRoomAgain fills a disk, gives the reserve back, writes, makes room, and has the reserve again.
func TestAFullDiskHasRoomAgain(t *testing.T) {
	f := newDisk(t, 200*unit)
	r := disk.NewReserve(f, "/a/reserve", unit)
	if err := r.Take(); err != nil || r.Held() != unit {
		t.Fatalf("%v, %d held", err, r.Held())
	}
	stranger := fillUp(t, f)
	checkpoint := bytes.Repeat([]byte("checkpoint"), 6_000)
	if err := disk.WriteFile(f, "/a/checkpoint", checkpoint); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if !r.Release() || r.Held() != 0 {
		t.Fatalf("%d bytes are still held", r.Held())
	}
	if r.Release() {
		t.Error("it was given back twice")
	}
	if err := disk.WriteFile(f, "/a/checkpoint", checkpoint); err != nil {
		t.Errorf("with the reserve given back: %v", err)
	}
	r.Restore()
	if r.Held() != 0 {
		t.Error("a full disk gave it again")
	}
	if err := stranger.Truncate(190 * unit); err != nil {
		t.Fatal(err)
	}
	r.Restore()
	if info, err := f.Stat("/a/reserve"); err != nil || info.Size() != unit || r.Held() != unit {
		t.Errorf("%d held, %v", r.Held(), err)
	}
}

func TestHowMuchIsKeptBack(t *testing.T) {
	for _, c := range []struct {
		what              string
		free, held, wants int64
		want              int64
	}{
		{"a large disk", 1000 * unit, 0, 4 * unit, 4 * unit},
		{"a small one", 200 * unit, 0, 64 * unit, 2 * unit},
		{"one with hardly anything", unit, 0, 64 * unit, 0},
		{"what is left of an earlier one stays, though the disk has filled up", 10 * unit, 4 * unit, 4 * unit, 4 * unit},
		{"what is left grows when there is room", 1000 * unit, unit, 4 * unit, 4 * unit},
		{"less is wanted", 1000 * unit, 8 * unit, 2 * unit, 2 * unit},
		{"none is wanted", 1000 * unit, 8 * unit, -1, 0},
	} {
		t.Run(c.what, func(t *testing.T) {
			f := newDisk(t, c.free+c.held)
			if c.held > 0 {
				h, err := f.OpenFile("/a/reserve", os.O_CREATE)
				if err := errors.Join(err, h.Allocate(c.held), h.Close()); err != nil {
					t.Fatal(err)
				}
			}
			r := disk.NewReserve(f, "/a/reserve", c.wants)
			if r.Held() != c.held {
				t.Errorf("%d held at first, want %d", r.Held(), c.held)
			}
			if err := r.Take(); err != nil {
				t.Fatal(err)
			}
			if r.Held() != c.want || f.Used() != c.want {
				t.Errorf("%d held, %d used, want %d", r.Held(), f.Used(), c.want)
			}
		})
	}
}

// TestAReserveWithoutItsBlocks is what a power cut may leave: the length, and nothing behind it.
func TestAReserveWithoutItsBlocks(t *testing.T) {
	f := newDisk(t, 1000*unit)
	h, err := f.OpenFile("/a/reserve", os.O_CREATE)
	if err := errors.Join(err, h.Truncate(unit), h.Close()); err != nil {
		t.Fatal(err)
	}
	r := disk.NewReserve(f, "/a/reserve", unit)
	if err := r.Take(); err != nil || f.Used() != unit {
		t.Errorf("%d bytes are really there, %v", f.Used(), err)
	}
}

func TestAReserveThatCannotBeHad(t *testing.T) {
	f := newDisk(t, 1000*unit)
	fault := f.Inject(crashfs.Fault{Kinds: crashfs.Allocate, Err: syscall.ENOSPC, Sticky: true})
	r := disk.NewReserve(f, "/a/reserve", unit)
	if err := r.Take(); !disk.IsFull(err) || r.Held() != 0 {
		t.Errorf("%d held, %v", r.Held(), err)
	}
	if _, err := f.Stat("/a/reserve"); !os.IsNotExist(err) {
		t.Errorf("part of it is left: %v", err)
	}
	r.Restore() // has nobody to tell
	fault.Lift()
	r.Restore()
	if r.Held() != unit {
		t.Errorf("%d held when the disk allows it again", r.Held())
	}
	f.Inject(crashfs.Fault{Kinds: crashfs.Remove, Err: syscall.EROFS})
	if r.Release() || r.Held() != unit {
		t.Errorf("it was given back by a removal that failed; %d held", r.Held())
	}
	if !r.Release() {
		t.Error("it is kept for good")
	}
}

// TestManyAskForTheReserveAtOnce: each reserve is given back once, whoever asks.
func TestManyAskForTheReserveAtOnce(t *testing.T) {
	f := newDisk(t, 0)
	r := disk.NewReserve(f, "/a/reserve", unit)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				r.Release()
				r.Restore()
				r.Held()
			}
		})
	}
	wg.Wait()
	r.Restore()
	if f.Used() != unit || !r.Release() || f.Used() != 0 {
		t.Errorf("%d bytes are used in the end", f.Used())
	}
}

func TestTheSystemAllocates(t *testing.T) {
	fsys, dir := disk.OS(disk.Modes{}), t.TempDir()
	space, err := fsys.Space(dir)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("the system does not say how much room there is")
	}
	if err != nil || space.Free <= 0 || space.Total < space.Free {
		t.Fatalf("%+v, %v", space, err)
	}
	if _, err := fsys.Space(filepath.Join(dir, "none")); err == nil {
		t.Error("a directory that is not there has room")
	}
	r := disk.NewReserve(fsys, filepath.Join(dir, "reserve"), unit)
	if err := r.Take(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "reserve")); r.Held() > 0 && (err != nil || info.Size() != r.Held()) {
		t.Errorf("%d held, %v", r.Held(), err)
	}
}
