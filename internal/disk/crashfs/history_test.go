package crashfs

import (
	"bytes"
	"flag"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/fixarchive/fixarchive/internal/disk"
)

var historySeed = flag.Uint64("history", 0, "the one history to run; 0 runs many")

// history is a simpler account of the same promises: for each file, which bytes must be what, and between which
// sizes; for each name, which files it may lead to.
type history struct {
	t     *testing.T
	r     *rand.Rand
	fs    *FS
	files map[Inode]*account
	names map[string]Inode          // as they are read; 0: none
	past  map[string]map[Inode]bool // since the directory was synced, what they led to
	moved map[Inode]bool            // files with a name that was safe, and that only renames have touched since
	left  map[string]Inode          // names given up to another directory that was not synced since
	opens map[Inode]disk.File
}

type account struct {
	now, safe []byte
	unsafe    []bool // by byte: written or cut since it was safe
	dirty     []bool // written since the last sync that failed
	limbo     bool   // a sync has failed
	sizes     []int  // since the last that is safe
}

var historyNames = []string{"/a", "/b", "/c", "/d/a", "/d/b"}

func TestHistoriesKeepTheirPromises(t *testing.T) {
	first, last := uint64(1), uint64(400)
	if *historySeed != 0 {
		first, last = *historySeed, *historySeed
	}
	for seed := first; seed <= last && !t.Failed(); seed++ {
		h := &history{t: t, r: rand.New(rand.NewPCG(seed, 2)), fs: New()}
		must(t, h.fs.MkdirAll("/d"), h.fs.SyncDir("/"))
		for range 3 {
			h.begin()
			for range h.r.IntN(60) {
				h.step()
			}
			for i := range uint64(20) {
				h.check(h.fs.Image(seed + i<<32))
			}
			h.fs = h.fs.Crash(seed)
			h.check(h.fs)
		}
		if t.Failed() {
			t.Logf("-history %d: %v", seed, h.fs)
		}
	}
}

// begin takes what is there for safe.
func (h *history) begin() {
	h.files, h.names, h.past = map[Inode]*account{}, map[string]Inode{}, map[string]map[Inode]bool{}
	h.moved, h.left, h.opens = map[Inode]bool{}, map[string]Inode{}, map[Inode]disk.File{}
	files := h.fs.Files()
	for _, name := range historyNames {
		h.past[name] = map[Inode]bool{0: true}
		if b, is := files[name]; is {
			id := inodeAt(h.t, h.fs, name)
			h.files[id] = &account{now: b, safe: bytes.Clone(b), sizes: []int{len(b)}}
			h.names[name], h.past[name], h.moved[id] = id, map[Inode]bool{id: true}, true
			h.opens[id] = open(h.t, h.fs, name)
		}
	}
}

func inodeAt(t *testing.T, f *FS, name string) Inode {
	info, err := f.Stat(name)
	must(t, err)
	return info.Sys().(Inode)
}

func (h *history) step() {
	name := historyNames[h.r.IntN(len(historyNames))]
	id := h.names[name]
	if id == 0 {
		h.create(name)
		return
	}
	f, a := h.opens[id], h.files[id]
	switch h.r.IntN(12) {
	case 0, 1, 2, 3:
		b := bytes.Repeat([]byte{byte(1 + h.r.IntN(255))}, 1+h.r.IntN(1500))
		at := h.r.IntN(len(a.now) + 300)
		write(h.t, f, string(b), int64(at))
		a.write(b, at)
	case 4:
		size := h.r.IntN(len(a.now) + 300)
		must(h.t, f.Truncate(int64(size)))
		a.truncate(size)
	case 5, 6:
		must(h.t, f.Sync())
		a.sync()
	case 7:
		i := h.fs.Inject(Fault{Kinds: Sync})
		f.Sync()
		i.Lift()
		a.limbo, a.dirty = true, make([]bool, len(a.unsafe))
	case 8:
		must(h.t, h.fs.Remove(name))
		h.lead(name, 0)
		delete(h.moved, id)
	case 9, 10:
		h.rename(name, historyNames[h.r.IntN(len(historyNames))])
	case 11:
		h.syncDir([]string{"/", "/d"}[h.r.IntN(2)])
	}
}

func (h *history) create(name string) {
	f := open(h.t, h.fs, name)
	id := inodeAt(h.t, h.fs, name)
	h.opens[id], h.files[id] = f, &account{sizes: []int{0}}
	h.lead(name, id)
}

func (h *history) rename(from, to string) {
	must(h.t, h.fs.Rename(from, to))
	if from == to {
		return
	}
	delete(h.moved, h.names[to])
	id := h.names[from]
	h.lead(to, id)
	h.lead(from, 0)
	if len(from) != len(to) {
		h.left[from] = id
	}
}

func (h *history) lead(name string, id Inode) {
	h.names[name] = id
	h.past[name][id] = true
	delete(h.left, name)
}

// syncDir makes the names in one directory safe. Those that went to another directory stay open until that is synced.
func (h *history) syncDir(dir string) {
	must(h.t, h.fs.SyncDir(dir))
	for _, name := range historyNames {
		if (len(name) == 2) != (dir == "/") {
			delete(h.left, name)
			continue
		}
		id := h.names[name]
		h.past[name] = map[Inode]bool{id: true}
		if id != 0 {
			h.moved[id] = true
		} else if gone, is := h.left[name]; is {
			h.past[name][gone] = true
		}
	}
}

func (a *account) mark(from, to int, write bool) {
	for len(a.unsafe) < to {
		a.unsafe = append(a.unsafe, false)
	}
	for len(a.dirty) < to {
		a.dirty = append(a.dirty, false)
	}
	for i := from; i < to; i++ {
		a.unsafe[i], a.dirty[i] = true, write
	}
	a.sizes = append(a.sizes, len(a.now))
}

func (a *account) write(b []byte, at int) {
	if grow := at + len(b) - len(a.now); grow > 0 {
		a.now = append(a.now, make([]byte, grow)...)
	}
	copy(a.now[at:], b)
	a.mark(at, at+len(b), true)
}

func (a *account) truncate(size int) {
	old := len(a.now)
	if size > old {
		a.now = append(a.now, make([]byte, size-old)...)
	} else {
		clear(a.now[size:])
		a.now = a.now[:size]
	}
	a.mark(size, max(size, old, len(a.unsafe)), false)
}

// sync after a failure saves only what was written since; of sizes the account then knows nothing new.
func (a *account) sync() {
	if !a.limbo {
		a.safe, a.unsafe, a.dirty, a.sizes = bytes.Clone(a.now), nil, nil, []int{len(a.now)}
		return
	}
	for i := range a.now {
		if i < len(a.dirty) && a.dirty[i] {
			for len(a.safe) <= i {
				a.safe = append(a.safe, 0)
			}
			a.safe[i], a.unsafe[i] = a.now[i], false
		}
	}
}

func (h *history) check(g *FS) {
	files, found := g.Files(), map[Inode]int{}
	for _, name := range historyNames {
		b, is := files[name]
		var id Inode
		if is {
			id = inodeAt(h.t, g, name)
			h.files[id].check(h.t, g, name, b)
		}
		found[id]++
		if !h.past[name][id] {
			h.t.Errorf("%v: %s leads to %d, and may lead to %v", g, name, id, slices.Collect(maps.Keys(h.past[name])))
		}
	}
	for id := range h.moved {
		if found[id] != 1 {
			h.t.Errorf("%v: file %d has %d names", g, id, found[id])
		}
	}
}

func (a *account) check(t *testing.T, g *FS, name string, b []byte) {
	if len(b) < slices.Min(a.sizes) || len(b) > slices.Max(a.sizes) {
		t.Errorf("%v: %s has %d bytes, of %v", g, name, len(b), a.sizes)
	}
	for i := range min(len(b), len(a.safe)) {
		if (i >= len(a.unsafe) || !a.unsafe[i]) && b[i] != a.safe[i] {
			t.Errorf("%v: byte %d of %s is %d, and was safe as %d", g, i, name, b[i], a.safe[i])
			return
		}
	}
}

// TestManyGoroutines runs everything at once; the race detector and the images judge.
func TestManyGoroutines(t *testing.T) {
	f := New()
	must(t, f.MkdirAll("/d"), f.SyncDir("/"))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			name := "/d/" + string(rune('a'+i))
			h := open(t, f, name)
			for j := range 50 {
				write(t, h, name, int64(j*len(name)))
				f.Image(uint64(j))
				if _, err := h.ReadAt(make([]byte, len(name)), 0); err != nil {
					t.Error(err)
				}
			}
			must(t, h.Sync(), f.SyncDir("/d"), h.Close())
		})
	}
	wg.Wait()
	for name, b := range f.Crash(7).Files() {
		if name != "/d/" && string(b) != string(bytes.Repeat([]byte(name), 50)) {
			t.Errorf("%s holds %q", name, b)
		}
	}
}

// TestContentsThatShare writes to contents and to what they share with, beside plain byte slices.
func TestContentsThatShare(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	contents, plain := []content{{}}, [][]byte{nil}
	for range 3000 {
		i := r.IntN(len(contents))
		c, p := &contents[i], &plain[i]
		switch r.IntN(4) {
		case 0:
			if len(contents) < 20 {
				contents, plain = append(contents, c.share()), append(plain, bytes.Clone(*p))
			}
		case 1:
			size := r.IntN(20000)
			c.cut(int64(size))
			*p = append(*p, make([]byte, max(0, size-len(*p)))...)[:size:size]
		default:
			b, at := bytes.Repeat([]byte{byte(r.IntN(256))}, r.IntN(5000)), r.IntN(20000)
			c.write(b, int64(at))
			if len(b) > 0 {
				*p = append(*p, make([]byte, max(0, at+len(b)-len(*p)))...)
				copy((*p)[at:], b)
			}
		}
		b := make([]byte, len(*p))
		if c.read(b, 0); int(c.size) != len(b) || !bytes.Equal(b, *p) {
			t.Fatalf("content %d differs", i)
		}
	}
}
