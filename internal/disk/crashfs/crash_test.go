package crashfs

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// scenario makes one of each kind of step. It goes on after errors: what comes after a crash must fail too.
func scenario(f *FS) error {
	var errs []error
	try := func(err error) { errs = append(errs, err) }
	try(f.MkdirAll("/a/b"))
	h, err := f.OpenFile("/a/b/f", os.O_CREATE)
	try(err)
	if err == nil {
		_, err = h.WriteAt(bytes.Repeat([]byte("1"), 3000), 0)
		try(err)
		try(h.Truncate(2500))
		try(h.Allocate(5000))
		try(h.Sync())
		_, err = h.ReadAt(make([]byte, 10), 0)
		try(err)
		_, err = h.Size()
		try(err)
		try(h.Close())
	}
	try(f.SyncDir("/a"))
	try(f.Rename("/a/b/f", "/a/b/g"))
	try(f.SyncDir("/a/b"))
	try(f.Remove("/a/b/g"))
	_, err = f.ReadDir("/a/b")
	try(err)
	_, err = f.Stat("/a")
	try(err)
	_, err = f.Space("/a")
	try(err)
	_, err = f.Open("/a")
	try(err)
	v, err := f.Volume("/a")
	try(err)
	if err == nil {
		try(v.Sync())
		try(v.Close())
	}
	return errors.Join(errs...)
}

func TestCrashAtEveryStep(t *testing.T) {
	whole := New()
	must(t, scenario(whole))
	steps := mutating(whole.Ops())
	if whole.Steps() != len(steps) || len(steps) < 9 {
		t.Fatalf("%d steps of %d operations", whole.Steps(), len(steps))
	}
	for cut := range steps {
		f := New()
		f.CrashAfter(cut)
		if err := scenario(f); !errors.Is(err, ErrCrashed) || !f.Crashed() {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		made := mutating(f.Ops())
		if len(made) != cut+1 || !slices.EqualFunc(made[:cut], steps[:cut], sameOp) {
			t.Fatalf("cut at %d after %v", cut, made)
		}
		if _, err := f.Stat("/"); !errors.Is(err, ErrCrashed) {
			t.Fatalf("a dead file system answers: %v", err)
		}
	}
	whole.CrashAfter(0)
	if _, err := whole.Stat("/"); err != nil {
		t.Errorf("dead before the step: %v", err)
	}
}

func sameOp(a, b Op) bool { return a.String() == b.String() }

func mutating(ops []Op) []Op {
	return slices.DeleteFunc(slices.Clone(ops), func(op Op) bool { return op.Kind&Mutating == 0 })
}

func TestHandlesDieWithTheirFileSystem(t *testing.T) {
	for name, end := range map[string]func(*FS) *FS{
		"crash": func(f *FS) *FS { return f.Crash(0) },
		"kill":  func(f *FS) *FS { return f.Kill(0) },
	} {
		f, h := safe(t, "text")
		v, err := f.Volume("/")
		must(t, err)
		end(f)
		_, wrote := h.WriteAt([]byte("x"), 0)
		_, read := h.ReadAt(make([]byte, 1), 0)
		_, sized := h.Size()
		_, opened := f.Open("/f")
		_, listed := f.ReadDir("/")
		for i, err := range []error{
			wrote, read, sized, opened, listed, h.Sync(), h.Truncate(0), h.Close(), v.Sync(), v.Close(), f.MkdirAll("/x"),
			f.Rename("/f", "/g"), f.Remove("/f"), f.SyncDir("/"),
		} {
			if !errors.Is(err, ErrCrashed) {
				t.Errorf("after a %s, call %d: %v", name, i, err)
			}
		}
		if b := f.Files()["/f"]; string(b) != "text" {
			t.Errorf("after a %s the dead one changed its file to %q", name, b)
		}
	}
}

func TestAKillLosesNothing(t *testing.T) {
	f, h := safe(t, "old text")
	write(t, h, "new", 0)
	put(t, f, "/g", "more")
	must(t, f.MkdirAll("/x/y"), f.Rename("/g", "/x/y/g"))
	g := f.Kill(1)
	if got := names(g); got != "f=new text x/ x/y/ x/y/g=more" {
		t.Errorf("left is %q", got)
	}
	// What was not safe before is not safe now: the page cache does not die with the process.
	lost := outcomes(g, 300, func(g *FS) string { return string(g.Files()["/f"]) })
	if lost["old text"] == 0 || lost["new text"] == 0 {
		t.Errorf("a power cut after the kill leaves %v", lost)
	}
	h = open(t, g, "/f")
	must(t, h.Sync())
	expect(t, outcomes(g, 300, func(g *FS) string { return string(g.Files()["/f"]) }), "new text")
}

func TestAWriteUnderWay(t *testing.T) {
	f, h := safe(t, repeat('o', 1024))
	f.CrashAfter(0)
	if n, err := h.WriteAt([]byte(repeat('n', 1024)), 512); n != 0 || !errors.Is(err, ErrCrashed) {
		t.Fatalf("%d, %v", n, err)
	}
	sort := func(g *FS) string {
		b := g.Files()["/f"]
		switch s := runs(b); {
		case s == "o" && len(b) == 1024, s == "on" && len(b) == 1536:
			return s
		case (s == "on" || s == "ono") && string(b[:512]) == repeat('o', 512):
			return "part"
		}
		return "other"
	}
	killed := map[string]int{}
	for seed := range uint64(300) {
		g := f.Kill(seed)
		killed[sort(g)]++
	}
	expect(t, killed, "o", "on", "part")
	expect(t, outcomes(f, 3000, sort), "o", "on", "part", "other")
}

func TestTheSameSeedLeavesTheSame(t *testing.T) {
	f := archive(t)
	for seed := range uint64(50) {
		a, b, c := f.Image(seed), f.Crash(seed), f.Clone().Image(seed)
		if !maps.EqualFunc(a.Files(), b.Files(), bytes.Equal) || !maps.EqualFunc(a.Files(), c.Files(), bytes.Equal) {
			t.Fatalf("seed %d leaves two things", seed)
		}
	}
	if maps.EqualFunc(f.Image(1).Files(), f.Image(2).Files(), bytes.Equal) {
		t.Error("seeds do not matter")
	}
}

// TestCrashesOfCrashes cuts, goes on with what is left, cuts again, three deep: each line that was synced stays.
func TestCrashesOfCrashes(t *testing.T) {
	lost := 0
	for seed := range uint64(300) {
		f, want := New(), ""
		for depth := range 3 {
			h := open(t, f, "/f")
			line := repeat(byte('a'+depth), 700)
			write(t, h, line, int64(len(want)))
			want += line
			must(t, h.Truncate(int64(len(want))), h.Sync(), f.SyncDir("/"))
			write(t, h, repeat('?', 2000), int64(len(want)))
			put(t, f, "/not synced", "")
			f = f.Crash(seed)
			if got := text(f); !strings.HasPrefix(got, want) {
				t.Fatalf("%v: %.20q", f, got)
			}
			if f.Files()["/not synced"] == nil {
				lost++
			}
		}
		if want := fmt.Sprintf("new; crash after 8, seed %d; crash after ", seed); !strings.HasPrefix(f.String(), want) {
			t.Fatalf("%v, want %s", f, want)
		}
	}
	if lost == 0 {
		t.Error("no crash took anything")
	}
}

func TestImagesShareNothing(t *testing.T) {
	f, h := safe(t, repeat('o', 5000))
	images := []*FS{f.Image(1), f.Clone(), f.Image(2)}
	write(t, h, repeat('n', 5000), 0)
	for i, g := range images {
		h := open(t, g, "/f")
		write(t, h, repeat(byte('0'+i), 100), 2000)
		must(t, h.Sync())
	}
	for i, g := range images {
		if got := runs(g.Crash(0).Files()["/f"]); got != "o"+string(byte('0'+i))+"o" {
			t.Errorf("image %d holds %s", i, got)
		}
	}
	if got := runs(f.Files()["/f"]); got != "n" {
		t.Errorf("the first holds %s", got)
	}
}

func TestTheCallersBytesAreCopied(t *testing.T) {
	f, h := safe(t, "")
	b := []byte("mine")
	_, err := h.WriteAt(b, 0)
	copy(b, "your")
	must(t, err)
	if seen := outcomes(f, 300, text); text(f) != "mine" || seen["mine"] == 0 || seen["your"] > 0 {
		t.Errorf("%q, and after a crash %v", text(f), seen)
	}
	f.CrashAfter(0)
	h.WriteAt(b, 0)
	copy(b, "none")
	if seen := outcomes(f, 300, text); seen["your"] == 0 || seen["none"] > 0 {
		t.Errorf("of a write under way %v", seen)
	}
}

func TestWatchSeesTheMoment(t *testing.T) {
	f, seen := New(), 0
	f.Watch(func(op Op) {
		if op.Kind == Write {
			seen = len(f.Clone().Files()["/f"])
		}
	})
	put(t, f, "/f", "12345")
	if seen != 5 {
		t.Errorf("%d bytes were there", seen)
	}
}

var _ disk.Volume = (*volume)(nil)
