package crashfs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// player makes random calls of a file system and writes down what came of them.
type player struct {
	fs    disk.FS
	dir   string
	files [4]disk.File
	said  []string
}

// TestBehavesLikeTheSystem makes the same random calls of both file systems and compares every answer.
func TestBehavesLikeTheSystem(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("names of open files cannot be taken away there")
	}
	for seed := range uint64(60) {
		ours, theirs := &player{fs: New(), dir: "/d"}, &player{fs: disk.OS(disk.Modes{}), dir: filepath.Join(t.TempDir(), "d")}
		for _, p := range []*player{ours, theirs} {
			p.play(rand.New(rand.NewPCG(seed, 1)), 200)
		}
		for i := range ours.said {
			if ours.said[i] != theirs.said[i] {
				t.Fatalf("seed %d: the system says\n\t%s\nand crashfs\n\t%s\nafter %q", seed, theirs.said[i], ours.said[i], theirs.said[max(0, i-20):i])
			}
		}
	}
}

func (p *player) play(r *rand.Rand, calls int) {
	p.say("mkdir", p.fs.MkdirAll(p.dir))
	for range calls {
		p.call(r)
	}
	for i := range p.files {
		if p.files[i] != nil {
			p.files[i].Close()
		}
	}
}

func (p *player) path(r *rand.Rand) string {
	names := []string{"a", "b", "c", "x", "x/a", "x/b", "x/y", "x/y/a", "y", "y/a"}
	return filepath.Join(p.dir, names[r.IntN(len(names))])
}

func (p *player) call(r *rand.Rand) {
	if slot := r.IntN(len(p.files)); p.files[slot] != nil && r.IntN(2) == 0 {
		p.use(r, slot)
		return
	}
	path := p.path(r)
	switch r.IntN(9) {
	case 0, 1, 2:
		p.open(r, path)
	case 3:
		p.say("mkdirall "+path, p.fs.MkdirAll(path))
	case 4:
		names, err := p.fs.ReadDir(path)
		p.say("readdir "+path, err, names)
	case 5:
		info, err := p.fs.Stat(path)
		if err != nil {
			p.say("stat "+path, err)
		} else if info.IsDir() {
			p.say("stat "+path, nil, info.Name(), info.Mode())
		} else {
			p.say("stat "+path, nil, info.Name(), info.Mode(), info.Size())
		}
	case 6:
		to := p.path(r)
		p.say("rename "+path+" "+to, p.fs.Rename(path, to))
	case 7:
		p.say("remove "+path, p.fs.Remove(path))
	case 8:
		p.say("syncdir "+path, p.fs.SyncDir(path))
	}
}

func (p *player) open(r *rand.Rand, path string) {
	slot := r.IntN(len(p.files))
	if p.files[slot] != nil {
		p.say("close", p.files[slot].Close())
	}
	flags := []int{0, os.O_CREATE, os.O_CREATE | os.O_EXCL, os.O_TRUNC, os.O_CREATE | os.O_TRUNC}
	var f disk.File
	var err error
	if i := r.IntN(len(flags) + 1); i == len(flags) {
		f, err = p.fs.Open(path)
	} else {
		f, err = p.fs.OpenFile(path, flags[i])
	}
	p.say("open "+path, err)
	if p.files[slot] = f; err != nil {
		p.files[slot] = nil
	}
}

func (p *player) use(r *rand.Rand, slot int) {
	f, at, n := p.files[slot], r.Int64N(9000), r.IntN(6000)
	switch r.IntN(8) {
	case 0, 1:
		b := make([]byte, n)
		n, err := f.ReadAt(b, at)
		p.say("read", err, n, b[:n])
	case 2, 3:
		n, err := f.WriteAt(bytes.Repeat([]byte{byte(1 + r.IntN(255))}, n), at)
		p.say("write", err, n)
	case 4:
		p.say("truncate", f.Truncate(at-100))
	case 5:
		p.say("sync", f.Sync())
	case 6:
		p.say("close", f.Close())
		if r.IntN(2) == 0 {
			p.files[slot] = nil // or it is used once more
		}
	case 7:
		p.say("allocate", f.Allocate(at-100))
	}
}

// say keeps what was called, the kind of the error and the answer, without where the temporary directory is.
func (p *player) say(call string, err error, answer ...any) {
	if p.dir != "" {
		call = string(bytes.ReplaceAll([]byte(call), []byte(p.dir), []byte("D")))
	}
	p.said = append(p.said, fmt.Sprint(call, " = ", answer, " ", kindOf(call, err)))
}

func kindOf(call string, err error) string {
	if err == nil {
		return "well"
	}
	if len(call) > 5 && call[:5] == "mkdir" {
		return "wrong" // the system's MkdirAll has an error of its own
	}
	if (call == "sync" || call == "allocate") && errors.Is(err, syscall.EBADF) {
		err = fs.ErrClosed // the system's Sync asks for the descriptor, which is gone
	}
	kinds := []error{
		io.EOF, fs.ErrNotExist, syscall.ENOTEMPTY, fs.ErrExist, fs.ErrClosed, syscall.ENOTDIR, syscall.EISDIR, syscall.EBADF,
		syscall.EINVAL,
	}
	if i := slices.IndexFunc(kinds, func(kind error) bool { return errors.Is(err, kind) }); i >= 0 {
		return kinds[i].Error()
	}
	return err.Error()
}

func TestErrorsNameTheFile(t *testing.T) {
	f := New()
	_, err := f.Open("/none/file")
	var path *fs.PathError
	if !errors.As(err, &path) || path.Path != "/none/file" || path.Op != "open" || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open: %v", err)
	}
	var link *os.LinkError
	if err := f.Rename("/a", "/b"); !errors.As(err, &link) || link.Old != "/a" || link.New != "/b" {
		t.Errorf("rename: %v", err)
	}
}

func TestSameFileWhateverItsName(t *testing.T) {
	f := New()
	put(t, f, "/a", "x")
	put(t, f, "/b", "x")
	a, _ := f.Stat("/a")
	b, _ := f.Stat("/b")
	must(t, f.Rename("/a", "/b"))
	renamed, _ := f.Stat("/b")
	if !SameFile(a, renamed) || SameFile(b, renamed) {
		t.Error("a rename does not keep the inode")
	}
	f.SyncAll()
	if left, err := f.Crash(1).Stat("/b"); err != nil || !SameFile(a, left) {
		t.Errorf("a crash does not keep the inode: %v", err)
	}
}

func TestWriteFile(t *testing.T) {
	f := New()
	must(t, f.MkdirAll("/d"))
	must(t, f.SyncDir("/"))
	must(t, disk.WriteFile(f, "/d/f", []byte("hello")))
	for seed := range uint64(100) {
		if b, err := disk.ReadFile(f.Image(seed), "/d/f"); string(b) != "hello" || err != nil {
			t.Fatalf("seed %d leaves %q, %v", seed, b, err)
		}
	}
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// put writes a file without a sync.
func put(t testing.TB, f disk.FS, path, text string) {
	t.Helper()
	h := open(t, f, path)
	_, err := h.WriteAt([]byte(text), 0)
	must(t, err, h.Close())
}

// putSafe writes and syncs a file, but not its name.
func putSafe(t testing.TB, f disk.FS, path, text string) {
	t.Helper()
	h := open(t, f, path)
	_, err := h.WriteAt([]byte(text), 0)
	must(t, err, h.Sync(), h.Close())
}

func open(t testing.TB, f disk.FS, path string) disk.File {
	t.Helper()
	h, err := f.OpenFile(path, os.O_CREATE)
	must(t, err)
	return h
}

func write(t testing.TB, h disk.File, text string, at int64) {
	t.Helper()
	if _, err := h.WriteAt([]byte(text), at); err != nil {
		t.Fatal(err)
	}
}
