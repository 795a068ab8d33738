package crashfs

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// outcomes runs crash images of f under many seeds and sorts them.
func outcomes(f *FS, seeds int, sort func(*FS) string) map[string]int {
	seen := map[string]int{}
	for seed := range uint64(seeds) {
		seen[sort(f.Image(seed))]++
	}
	return seen
}

// expect compares what was seen with what may be seen: nothing else, and all of it.
func expect(t *testing.T, seen map[string]int, allowed ...string) {
	t.Helper()
	for outcome, n := range seen {
		if !slices.Contains(allowed, outcome) {
			t.Errorf("%d times %q, which may not be", n, outcome)
		}
	}
	for _, outcome := range allowed {
		if seen[outcome] == 0 {
			t.Errorf("never %q", outcome)
		}
	}
}

func repeat(c byte, n int) string { return strings.Repeat(string(c), n) }

// safe is a file system with one file, of which everything is safe.
func safe(t testing.TB, text string) (*FS, disk.File) {
	f := New()
	put(t, f, "/f", text)
	f.SyncAll()
	return f, open(t, f, "/f")
}

func TestAllThatCanBecomeOfASector(t *testing.T) {
	f, h := safe(t, repeat('x', 512)+repeat('o', 512)+repeat('y', 512))
	write(t, h, repeat('a', 512), 512)
	write(t, h, repeat('b', 512), 512)
	seen := outcomes(f, 20000, func(g *FS) string {
		b := g.Files()["/f"]
		if len(b) != 1536 || string(b[:512]) != repeat('x', 512) || string(b[1024:]) != repeat('y', 512) {
			return "a neighbour is damaged"
		}
		return runs(b[512:1024])
	})
	expect(t, seen, "o", "a", "b", "ao", "bo", "ba", "zeros", "x", "y", "noise")
}

// runs names the letters in b in their order, if they are few.
func runs(b []byte) string {
	letters := string(slices.Compact(bytes.Clone(b)))
	switch {
	case letters == "\x00":
		return "zeros"
	case len(letters) > 4:
		return "noise"
	}
	return letters
}

func TestWhatIsBesideAWriteInItsSectorStays(t *testing.T) {
	f, h := safe(t, repeat('o', 700))
	write(t, h, repeat('n', 100), 700)
	write(t, h, repeat('m', 10), 90)
	for seed := range uint64(5000) {
		b := f.Image(seed).Files()["/f"]
		if len(b) < 700 || string(b[:90]) != repeat('o', 90) || string(b[100:700]) != repeat('o', 600) {
			t.Fatalf("seed %d leaves %q", seed, b)
		}
	}
}

func TestSectorsHaveFatesOfTheirOwn(t *testing.T) {
	f, h := safe(t, repeat('o', 3*512))
	write(t, h, repeat('n', 3*512), 0)
	seen := outcomes(f, 20000, func(g *FS) string {
		b, s := g.Files()["/f"], ""
		for i := range 3 {
			if s += runs(b[i*512:][:512]); len(s) > i+1 {
				return "other"
			}
		}
		return s
	})
	expect(t, seen, "ooo", "oon", "ono", "onn", "noo", "non", "nno", "nnn", "other")
}

func TestFilesHaveFatesOfTheirOwn(t *testing.T) {
	f := New()
	for _, name := range []string{"/a", "/b"} {
		put(t, f, name, repeat('o', 40*512))
	}
	f.SyncAll()
	for _, name := range []string{"/a", "/b"} {
		put(t, f, name, repeat('n', 40*512))
	}
	seen := outcomes(f, 2000, func(g *FS) string { return tattered(g.Files()["/a"]) + " " + tattered(g.Files()["/b"]) })
	expect(t, seen, "n n", "n o", "o n", "o o", "n tatters", "o tatters", "tatters n", "tatters o", "tatters tatters",
		"n some", "o some", "some n", "some o", "some some", "some tatters", "tatters some")
}

// tattered tells what sectors drawn one by one look like from what a few strokes leave.
func tattered(b []byte) string {
	s, changes := runs(b), 0
	if s == "o" || s == "n" {
		return s
	}
	for at := 512; at < len(b); at += 512 {
		if b[at] == 'o' && b[at-512] == 'n' || b[at] == 'n' && b[at-512] == 'o' {
			changes++
		}
	}
	if changes > 5 {
		return "tatters"
	}
	return "some"
}

func TestSectorsAreOfDifferentAge(t *testing.T) {
	f, h := safe(t, repeat('o', 2*512))
	for _, c := range []byte("abc") {
		write(t, h, repeat(c, 2*512), 0)
	}
	seen := outcomes(f, 20000, func(g *FS) string {
		b := g.Files()["/f"]
		return runs(b[:512]) + runs(b[512:])
	})
	for i := range 16 {
		if pair := string("oabc"[i/4]) + string("oabc"[i%4]); seen[pair] == 0 {
			t.Errorf("never %q", pair)
		}
	}
}

func TestSizeAndDataPart(t *testing.T) {
	f, h := safe(t, repeat('o', 1000))
	write(t, h, repeat('n', 1000), 1000)
	seen := outcomes(f, 20000, func(g *FS) string {
		b := g.Files()["/f"]
		if s := runs(b[1000:]); s == "" || s == "n" || s == "zeros" {
			return fmt.Sprint(len(b), " ", s)
		}
		return "other"
	})
	expect(t, seen, "1000 ", "1024 n", "1536 n", "2000 n", "1024 zeros", "1536 zeros", "2000 zeros", "other")
}

func TestACutHappensWholeAndInOrder(t *testing.T) {
	f, h := safe(t, repeat('o', 1024))
	must(t, h.Truncate(512))
	write(t, h, repeat('n', 512), 512)
	seen := outcomes(f, 20000, func(g *FS) string {
		b := g.Files()["/f"]
		if string(b[:512]) != repeat('o', 512) {
			return "damaged"
		}
		switch s := runs(b[512:]); s {
		case "", "o", "n", "zeros":
			return s
		case "no":
			return "a write in a place that was not free"
		case "n\x00":
			return "part"
		default:
			return "garbage"
		}
	})
	// Garbage may be a stale copy of the first sector, so that "o" tells little here.
	expect(t, seen, "", "o", "n", "zeros", "part", "garbage")
}

func TestNothingSyncedIsLost(t *testing.T) {
	f := New()
	must(t, f.MkdirAll("/a/b"), f.SyncDir("/"), f.SyncDir("/a"))
	h := open(t, f, "/a/b/f")
	write(t, h, repeat('x', 5000), 0)
	must(t, h.Truncate(4500), h.Sync(), f.SyncDir("/a/b"))
	write(t, h, "behind", 4500)
	seen := outcomes(f, 2000, func(g *FS) string { return string(g.Files()["/a/b/f"][:4500]) })
	expect(t, seen, repeat('x', 4500))
}

// names writes the tree of a file system in one line. Files hold one letter, or nothing yet.
func names(g *FS) string {
	files := g.Files()
	var words []string
	for _, path := range slices.Sorted(maps.Keys(files)) {
		word := path[1:]
		if !strings.HasSuffix(path, "/") {
			word += "=" + string(files[path])
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestAllThatCanBecomeOfNames(t *testing.T) {
	for _, c := range []struct {
		what    string
		before  func(t *testing.T, f *FS) // safe
		do      func(t *testing.T, f *FS)
		allowed []string
	}{
		{"create", nil, func(t *testing.T, f *FS) { putSafe(t, f, "/a", "1") }, []string{"", "a=1"}},
		{"two creates", nil, func(t *testing.T, f *FS) {
			putSafe(t, f, "/a", "1")
			putSafe(t, f, "/b", "2")
		}, []string{"", "a=1", "b=2", "a=1 b=2"}},
		{"remove", a1, func(t *testing.T, f *FS) { must(t, f.Remove("/a")) }, []string{"", "a=1"}},
		{"rename", a1, func(t *testing.T, f *FS) { must(t, f.Rename("/a", "/b")) }, []string{"a=1", "b=1"}},
		{"replace", a1, func(t *testing.T, f *FS) {
			putSafe(t, f, "/a.tmp", "2")
			must(t, f.Rename("/a.tmp", "/a"))
		}, []string{"a=1", "a=1 a.tmp=2", "a=2"}},
		{"replace and sync", a1, func(t *testing.T, f *FS) {
			putSafe(t, f, "/a.tmp", "2")
			must(t, f.Rename("/a.tmp", "/a"), f.SyncDir("/"))
		}, []string{"a=2"}},
		{"remove and create", a1, func(t *testing.T, f *FS) {
			must(t, f.Remove("/a"))
			putSafe(t, f, "/a", "2")
		}, []string{"a=1", "", "a=2"}},
		{"sync between", a1, func(t *testing.T, f *FS) {
			putSafe(t, f, "/b", "2")
			must(t, f.SyncDir("/"), f.Rename("/b", "/c"))
			putSafe(t, f, "/b", "3")
		}, []string{"a=1 b=2", "a=1 c=2", "a=1 b=3 c=2"}},
		{"a directory its parent does not know", nil, func(t *testing.T, f *FS) {
			must(t, f.MkdirAll("/x/y"))
			putSafe(t, f, "/x/y/a", "1")
			must(t, f.SyncDir("/x/y"), f.SyncDir("/x"))
		}, []string{"", "x/ x/y/ x/y/a=1"}},
		{"nothing synced of a tree", nil, func(t *testing.T, f *FS) {
			must(t, f.MkdirAll("/x/y"))
			putSafe(t, f, "/x/y/a", "1")
		}, []string{"", "x/", "x/ x/y/", "x/ x/y/ x/y/a=1"}},
		{"moved into a directory that is new", a1, func(t *testing.T, f *FS) {
			must(t, f.MkdirAll("/x"), f.Rename("/a", "/x/a"))
		}, []string{"a=1", "a=1 x/", "x/ x/a=1"}},
		{"moved and its new directory synced", a1, func(t *testing.T, f *FS) {
			must(t, f.MkdirAll("/x"), f.Rename("/a", "/x/a"), f.SyncDir("/x"))
		}, []string{"x/ x/a=1"}},
		{"moved and its old directory synced", func(t *testing.T, f *FS) {
			a1(t, f)
			must(t, f.MkdirAll("/x"))
		}, func(t *testing.T, f *FS) {
			must(t, f.Rename("/a", "/x/a"), f.SyncDir("/"))
		}, []string{"a=1 x/", "x/ x/a=1"}},
		{"moved out and the directory removed", func(t *testing.T, f *FS) {
			must(t, f.MkdirAll("/x"))
			put(t, f, "/x/a", "1")
		}, func(t *testing.T, f *FS) {
			must(t, f.Rename("/x/a", "/a"), f.Remove("/x"))
		}, []string{"x/ x/a=1", "a=1 x/", "a=1"}},
		{"directories that change places", func(t *testing.T, f *FS) {
			must(t, f.MkdirAll("/x"), f.MkdirAll("/y"))
		}, func(t *testing.T, f *FS) {
			must(t, f.Rename("/y", "/x/y"), f.Rename("/x/y", "/z"), f.Rename("/x", "/z/x"))
		}, []string{"x/ y/", "x/ x/y/", "x/ z/", "z/ z/x/"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			f := New()
			if c.before != nil {
				c.before(t, f)
				f.SyncAll()
			}
			c.do(t, f)
			expect(t, outcomes(f, 1000, names), c.allowed...)
			expect(t, outcomes(f.Clone(), 1000, names), c.allowed...)
		})
	}
}

func a1(t *testing.T, f *FS) { put(t, f, "/a", "1") }

func TestSizesOfAFileThatWasNeverSynced(t *testing.T) {
	f := New()
	put(t, f, "/a.tmp", "1")
	must(t, f.Rename("/a.tmp", "/a"), f.SyncDir("/"))
	seen := outcomes(f, 2000, func(g *FS) string {
		s := names(g)
		if len(s) == 3 && s != "a=1" && s != "a=\x00" {
			return "garbage"
		}
		return s
	})
	expect(t, seen, "a=", "a=1", "a=\x00", "garbage")
}

func TestAnOpenFileOutlivesItsName(t *testing.T) {
	f, h := safe(t, "old")
	must(t, f.Remove("/f"))
	write(t, h, "new", 0)
	must(t, h.Sync())
	b := make([]byte, 3)
	if _, err := h.ReadAt(b, 0); string(b) != "new" || err != nil {
		t.Errorf("read %q, %v", b, err)
	}
	if f.Used() == 0 {
		t.Error("its blocks were given back")
	}
	expect(t, outcomes(f, 100, names), "", "f=new")
	must(t, h.Close())
	if f.Used() != 0 {
		t.Error("its blocks were not given back")
	}
}
