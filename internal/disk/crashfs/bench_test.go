package crashfs

import (
	"fmt"
	"testing"
)

// archive is 20 files of 1 MiB in all, with 50 operations that are not synced.
func archive(b testing.TB) *FS {
	f := New()
	must(b, f.MkdirAll("/a/logs"))
	for i := range 20 {
		put(b, f, fmt.Sprintf("/a/logs/%d", i), repeat('o', 52<<10))
	}
	f.SyncAll()
	for i := range 40 {
		h := open(b, f, fmt.Sprintf("/a/logs/%d", i%20))
		write(b, h, repeat('n', 3000), int64(50<<10+i*100))
		must(b, h.Close())
	}
	for i := range 5 {
		put(b, f, fmt.Sprintf("/a/%d.tmp", i), "checkpoint")
		must(b, f.Rename(fmt.Sprintf("/a/%d.tmp", i), fmt.Sprintf("/a/%d", i)))
	}
	return f
}

// BenchmarkImage is one power cut. Reading what it leaves is not in it.
func BenchmarkImage(b *testing.B) {
	f, seed := archive(b), uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		f.Image(seed)
		seed++
	}
}

// BenchmarkClone is the same disk without a cut.
func BenchmarkClone(b *testing.B) {
	f := archive(b)
	b.ReportAllocs()
	for b.Loop() {
		f.Clone()
	}
}

// BenchmarkAppendAndSync is what a journal does all day.
func BenchmarkAppendAndSync(b *testing.B) {
	f := New()
	h, p, at := open(b, f, "/journal"), make([]byte, 4096), int64(0)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.WriteAt(p, at); err != nil {
			b.Fatal(err)
		}
		must(b, h.Sync())
		at = (at + 4096) % (1 << 20)
	}
}
