package crashfs

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk"
)

func text(g *FS) string { return string(g.Files()["/f"]) }

func TestFaultsStrikeWhereTheyAreTold(t *testing.T) {
	f, h := safe(t, "text")
	once := f.Inject(Fault{Kinds: Write, Skip: 1, Err: syscall.ENOSPC})
	var errs []error
	for range 4 {
		_, err := h.WriteAt([]byte("x"), 0)
		errs = append(errs, err)
	}
	if errs[0] != nil || !errors.Is(errs[1], syscall.ENOSPC) || errs[2] != nil || errs[3] != nil || once.Hits() != 1 {
		t.Errorf("once: %v", errs)
	}
	elsewhere := Fault{Kinds: Sync | SyncDir, Path: func(p string) bool { return p == "/g" }, Sticky: true}
	sticky := f.Inject(elsewhere)
	g := open(t, f, "/g")
	if err := h.Sync(); err != nil {
		t.Errorf("another file: %v", err)
	}
	for range 3 {
		if err := g.Sync(); !errors.Is(err, syscall.EIO) {
			t.Errorf("sticky: %v", err)
		}
	}
	sticky.Lift()
	if err := g.Sync(); err != nil || sticky.Hits() != 3 {
		t.Errorf("lifted: %v after %d", err, sticky.Hits())
	}
	f.Inject(Fault{Sticky: true})
	if _, err := f.Stat("/"); !errors.Is(err, syscall.EIO) {
		t.Errorf("any: %v", err)
	}
	f.Heal()
	if _, err := f.Stat("/"); err != nil {
		t.Errorf("healed: %v", err)
	}
}

func TestAShortWrite(t *testing.T) {
	f, h := safe(t, "")
	f.Inject(Fault{Kinds: Write, Short: true, Err: syscall.EFBIG})
	if n, err := h.WriteAt([]byte("123456"), 0); n != 3 || !errors.Is(err, syscall.EFBIG) || text(f) != "123" {
		t.Errorf("%d, %v, %q", n, err, text(f))
	}
}

func TestAFailedOperationChangesNothing(t *testing.T) {
	f, h := safe(t, "text")
	f.Inject(Fault{Sticky: true, Kinds: Mutating})
	h.WriteAt([]byte("x"), 0)
	h.Truncate(1)
	f.Remove("/f")
	f.Rename("/f", "/g")
	f.MkdirAll("/x")
	f.OpenFile("/y", os.O_CREATE)
	f.SyncDir("/")
	if got := names(f); got != "f=text" || len(f.pending) != 0 {
		t.Errorf("left is %q", got)
	}
	if f.OpenFiles() != 1 {
		t.Errorf("%d files are open", f.OpenFiles())
	}
}

// TestAFailedSyncForgets holds what Linux does: the pages are clean after the error, whatever became of them.
func TestAFailedSyncForgets(t *testing.T) {
	failed := func(t *testing.T) (*FS, disk.File) {
		f, h := safe(t, repeat('o', 1024))
		write(t, h, repeat('n', 1024), 512)
		f.Inject(Fault{Kinds: Sync})
		if err := h.Sync(); !errors.Is(err, syscall.EIO) {
			t.Fatal(err)
		}
		return f, h
	}
	sort := func(g *FS) string { return runs(g.Files()["/f"]) }

	f, h := failed(t)
	if sort(f) != "on" {
		t.Errorf("it reads %s before a crash", sort(f))
	}
	must(t, h.Sync(), h.Sync())
	if seen := outcomes(f, 1000, sort); seen["o"] == 0 || seen["on"] == 0 {
		t.Errorf("later successes decide: %v", seen)
	}
	if seen := outcomes(f.Kill(0), 1000, sort); seen["o"] == 0 || seen["on"] == 0 {
		t.Errorf("the next process is told otherwise: %v", seen)
	}

	f, h = failed(t)
	write(t, h, repeat('m', 1024), 512)
	must(t, h.Sync())
	expect(t, outcomes(f, 1000, sort), "om")

	// One sector written again saves itself and the size, and neither sector beside it.
	f, h = failed(t)
	write(t, h, "m", 1535)
	must(t, h.Sync())
	seen := outcomes(f, 5000, func(g *FS) string {
		b := g.Files()["/f"]
		if len(b) != 1536 || string(b[:512]) != repeat('o', 512) || string(b[1024:]) != repeat('n', 511)+"m" {
			return "damaged"
		}
		return runs(b[512:1024])
	})
	if seen["damaged"] > 0 || seen["o"] == 0 || seen["n"] == 0 {
		t.Errorf("a neighbour written and synced: %v", seen)
	}
}

func TestAFailedSyncForgetsTheSize(t *testing.T) {
	f, h := safe(t, repeat('o', 1024))
	must(t, h.Truncate(100))
	f.Inject(Fault{Kinds: Sync})
	h.Sync()
	write(t, h, "m", 0)
	must(t, h.Sync())
	length := func(g *FS) string { return runs(g.Files()["/f"]) + repeat('.', len(g.Files()["/f"])/100) }
	expect(t, outcomes(f, 500, length), "mo"+repeat('.', 10), "mo.")
	write(t, h, "m", 200) // needs the size, and takes the cut along
	must(t, h.Sync())
	expect(t, outcomes(f, 500, length), "mo\x00m..")

	// What the forgotten cut had cut is gone from every sector, also from those that nothing was written to.
	f, h = safe(t, repeat('o', 2048))
	write(t, h, repeat('n', 500), 600)
	must(t, h.Truncate(100))
	f.Inject(Fault{Kinds: Sync})
	h.Sync()
	write(t, h, "m", 1999)
	must(t, h.Sync())
	expect(t, outcomes(f, 500, text), repeat('o', 100)+repeat(0, 1899)+"m")
}

func TestAFailedSyncfs(t *testing.T) {
	f, h := safe(t, "old")
	v, err := f.Volume("/")
	must(t, err)
	write(t, h, "new", 0)
	put(t, f, "/g", "1")
	f.Inject(Fault{Kinds: SyncVolume})
	if err := v.Sync(); !errors.Is(err, syscall.EIO) {
		t.Fatal(err)
	}
	must(t, v.Sync())
	if seen := outcomes(f, 1000, text); seen["old"] == 0 || seen["new"] == 0 {
		t.Errorf("later successes decide: %v", seen)
	}
	write(t, h, "end", 0)
	must(t, v.Sync())
	expect(t, outcomes(f, 300, text), "end")

	// It tells of the failed sync of a file, once.
	f.Inject(Fault{Kinds: Sync})
	h.Sync()
	if err := v.Sync(); !errors.Is(err, syscall.EIO) {
		t.Errorf("a file's failed sync is kept from the volume: %v", err)
	}
	must(t, v.Sync(), v.Close())
	if err := v.Close(); !errors.Is(err, fs.ErrClosed) || f.OpenFiles() != 1 {
		t.Errorf("%v, %d open", err, f.OpenFiles())
	}
}

func TestVolumeSyncsNamesAndBytes(t *testing.T) {
	f, h := safe(t, "old")
	v, err := f.Volume("/")
	must(t, err)
	write(t, h, "new", 0)
	must(t, f.MkdirAll("/x/y"))
	put(t, f, "/x/y/g", "1")
	must(t, f.Rename("/f", "/h"), v.Sync())
	expect(t, outcomes(f, 300, names), "h=new x/ x/y/ x/y/g=1")
}

func TestAFullDisk(t *testing.T) {
	f, h := safe(t, repeat('o', 2*blockBytes))
	f.SetCapacity(3 * blockBytes)
	n, err := h.WriteAt([]byte(repeat('n', 3*blockBytes)), blockBytes)
	if n != 2*blockBytes || !errors.Is(err, syscall.ENOSPC) || len(text(f)) != 3*blockBytes {
		t.Errorf("wrote %d of %d, %v", n, 3*blockBytes, err)
	}
	if n, err := h.WriteAt([]byte("n"), 3*blockBytes); n != 0 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("wrote %d to a full disk, %v", n, err)
	}
	write(t, h, repeat('m', 3*blockBytes), 0)
	must(t, h.Truncate(10*blockBytes)) // takes no room
	f.SetCapacity(4 * blockBytes)
	write(t, h, "healed", 3*blockBytes)
	put(t, f, "/empty", "")
	must(t, h.Truncate(0))
	if f.Used() != 0 {
		t.Errorf("%d bytes are used of nothing", f.Used())
	}
	f.SetCapacity(1)
	if _, err := h.WriteAt([]byte("x"), 0); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("less than a block: %v", err)
	}
	f.SetCapacity(0)
	write(t, h, repeat('x', 100*blockBytes), 0)
	if g := f.Clone(); g.Used() != 100*blockBytes {
		t.Errorf("a clone uses %d", g.Used())
	}
}

func TestAllocatedBlocksAreThere(t *testing.T) {
	f, h := safe(t, "text")
	f.SetCapacity(10 * blockBytes)
	must(t, h.Allocate(4*blockBytes))
	if s, err := f.Space("/"); err != nil || s != (disk.Space{Free: 6 * blockBytes, Total: 10 * blockBytes}) {
		t.Errorf("%+v, %v", s, err)
	}
	if got := text(f); got != "text"+repeat(0, 4*blockBytes-4) {
		t.Errorf("%d bytes, %q…", len(got), got[:10])
	}
	if err := h.Allocate(11 * blockBytes); !errors.Is(err, syscall.ENOSPC) || f.Used() != 4*blockBytes {
		t.Errorf("more than there is: %v, %d used", err, f.Used())
	}
	must(t, h.Allocate(blockBytes)) // is there already
	other := open(t, f, "/other")
	must(t, other.Allocate(6*blockBytes))
	write(t, h, repeat('n', 4*blockBytes), 0) // takes no room any more
	if _, err := h.WriteAt([]byte("n"), 4*blockBytes); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("the disk is not full: %v", err)
	}
	must(t, f.Remove("/other"), other.Close())
	if g := f.Clone(); f.Used() != 4*blockBytes || g.Used() != f.Used() {
		t.Errorf("%d used, %d in a clone", f.Used(), g.Used())
	}
	// A block that was allocated is zeros until its own file is written.
	third := open(t, f, "/third")
	must(t, third.Allocate(blockBytes))
	if got := string(f.Files()["/third"]); got != repeat(0, blockBytes) {
		t.Errorf("%q", got)
	}
}

func TestAPowerCutMayTakeWhatWasAllocated(t *testing.T) {
	f, h := safe(t, "")
	must(t, h.Allocate(4*blockBytes))
	seen := outcomes(f, 200, func(g *FS) string { return strings.Repeat("b", len(text(g))/blockBytes) })
	expect(t, seen, "", "bbbb")
	must(t, h.Sync())
	if g := f.Crash(1); g.Used() != 4*blockBytes {
		t.Errorf("%d bytes are left of what was synced", g.Used())
	}
}

func TestTooManyOpenFiles(t *testing.T) {
	f, _ := safe(t, "text")
	f.SetOpenMax(2)
	h := open(t, f, "/f")
	_, opened := f.Open("/f")
	_, made := f.OpenFile("/g", os.O_CREATE)
	_, listed := f.ReadDir("/")
	for _, err := range []error{opened, made, listed, f.SyncDir("/")} {
		if !errors.Is(err, syscall.EMFILE) {
			t.Errorf("with two open: %v", err)
		}
	}
	must(t, h.Close())
	if h, err := f.Open("/f"); err != nil || f.OpenFiles() != 2 {
		t.Errorf("%v, %d open", err, f.OpenFiles())
	} else {
		must(t, h.Close())
	}
}

// TestEveryListedFaultStrikes injects everything that Faults lists for a run into that run.
func TestEveryListedFaultStrikes(t *testing.T) {
	whole := New()
	must(t, scenario(whole))
	all := Faults(whole.Ops())
	if len(all) < 80 {
		t.Fatalf("only %d", len(all))
	}
	for _, x := range all {
		f := New()
		i := f.Inject(x)
		err := scenario(f)
		if i.Hits() == 0 || !errors.Is(err, x.err()) || !x.Sticky && i.Hits() > 1 {
			t.Errorf("%v: %d hits, %v", x, i.Hits(), err)
		}
		if f.OpenFiles() > 1 { // the scenario itself leaves one
			t.Errorf("%v: %d files are open", x, f.OpenFiles())
		}
	}
}

func TestOpsTellWhatWasAsked(t *testing.T) {
	f := New()
	f.Inject(Fault{Kinds: Sync, Err: syscall.EIO})
	h := open(t, f, "/f")
	write(t, h, "text", 7)
	h.Sync()
	f.Rename("/f", "/g")
	var lines []string
	for _, op := range f.Ops() {
		lines = append(lines, op.String())
	}
	want := "create /f\nwrite /f 7+4\nsync /f: input/output error\nrename /f to /g"
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
