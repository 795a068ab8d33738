package journal

import (
	"fmt"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

const messageBytes = 290

// recycled has files that were written before, as after the first minutes of an archive.
func recycled(b *testing.B) *Journal {
	dir := b.TempDir()
	j := open(b, system, dir, Options{}, Mark{})
	j.Register(1, buyer)
	fill := make([]byte, 1<<20)
	for range 2 * 64 {
		j.Add(1, 1, 0, fill)
		write(b, j, 1)
	}
	if _, err := j.Sync(); err != nil {
		b.Fatal(err)
	}
	j = open(b, system, dir, Options{Generation: 2}, j.End())
	j.Register(1, buyer)
	return j
}

// BenchmarkAdd is the building of a batch of 1,000 extents, without the write.
func BenchmarkAdd(b *testing.B) {
	j := open(b, system, b.TempDir(), Options{}, Mark{})
	m := make([]byte, messageBytes)
	b.ReportAllocs()
	b.SetBytes(messageBytes)
	for i := 0; b.Loop(); i++ {
		if i%1000 == 0 {
			j.batch.reset()
		}
		j.Add(1, 1, 0, m)
	}
}

// BenchmarkWrite is a batch from Add to the page cache. It does not measure the disk: nothing is synced, and
// writeback runs beside it as it likes.
func BenchmarkWrite(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprintf("extents=%d", n), func(b *testing.B) {
			j := recycled(b)
			m := make([]byte, messageBytes)
			b.ReportAllocs()
			b.SetBytes(int64(n) * messageBytes)
			for i := 0; b.Loop(); i++ {
				for range n {
					j.Add(1, 1, 0, m)
				}
				write(b, j, record.Position(i))
				if j.Bytes() > 64<<20 {
					j.Free(j.End())
				}
			}
		})
	}
}

// BenchmarkWriteAndSync is how long a saver waits that waits alone. The first writes go to a new file, which
// grows; those of recycled go to blocks that were written before.
func BenchmarkWriteAndSync(b *testing.B) {
	for name, j := range map[string]func(*testing.B) *Journal{
		"new":      func(b *testing.B) *Journal { return open(b, system, b.TempDir(), Options{}, Mark{}) },
		"recycled": recycled,
	} {
		for _, n := range []int{1, 1000} {
			b.Run(fmt.Sprintf("%s/extents=%d", name, n), func(b *testing.B) {
				j := j(b)
				m := make([]byte, messageBytes)
				for i := 0; b.Loop(); i++ {
					for range n {
						j.Add(1, 1, 0, m)
					}
					write(b, j, record.Position(i))
					if _, err := j.Sync(); err != nil {
						b.Fatal(err)
					}
					if j.Bytes() > 64<<20 {
						j.Free(j.End())
					}
				}
			})
		}
	}
}

// BenchmarkRead is recovery: 64 MiB of batches of 1,000 extents, from the page cache.
func BenchmarkRead(b *testing.B) {
	dir := b.TempDir()
	j := open(b, system, dir, Options{}, Mark{})
	j.Register(1, buyer)
	m := make([]byte, messageBytes)
	for i := range 200 {
		for range 1000 {
			j.Add(1, 1, 0, m)
		}
		write(b, j, record.Position(i))
	}
	b.SetBytes(j.Bytes())
	for b.Loop() {
		if _, err := Read(system, dir, archive, Mark{}, func(Entry) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadCheckpoint(b *testing.B) {
	c := Checkpoint{Archive: archive, Generation: 1}
	for i := range 10_000 {
		c.Logs = append(c.Logs, record.Snapshot{Log: logID(i), Segment: 1, Length: 1 << 20, State: record.Begin()})
	}
	path := b.TempDir() + "/checkpoint"
	if err := WriteCheckpoint(system, path, &c); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := ReadCheckpoint(system, path); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStatus(b *testing.B) {
	f, err := CreateStatus(system, b.TempDir()+"/status")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	b.ReportAllocs()
	for b.Loop() {
		if err := f.Write(&aStatus); err != nil {
			b.Fatal(err)
		}
	}
}
