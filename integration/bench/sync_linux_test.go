package bench

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// BenchmarkSync is what no durable save can be quicker than: 512 bytes written where bytes were before, and fdatasync. It
// tells what the disk is worth in the minute in which the others were measured.
func BenchmarkSync(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "block"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	sync := func(at int64) {
		if _, err := f.WriteAt(make([]byte, 512), at); err != nil {
			b.Fatal(err)
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			b.Fatal(err)
		}
	}
	const size = 1 << 20
	for at := int64(0); at < size; at += 512 {
		if _, err := f.WriteAt(make([]byte, 512), at); err != nil {
			b.Fatal(err)
		}
	}
	sync(0)
	for i := int64(0); b.Loop(); i++ {
		sync(i * 512 % size)
	}
}
