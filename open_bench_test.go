package fixarchive_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/journal"
)

// BenchmarkOpenTenThousand opens an archive of 10,000 sessions that a process left which had written to 100 of them since
// the last checkpoint: with its ring, as after a kill, and without, as after a power cut. It does not measure a cold page
// cache, nor that the engine makes 10,000 logs then.
func BenchmarkOpenTenThousand(b *testing.B) {
	const sessions, active, each = 10_000, 100, 100
	base := filepath.Join(b.TempDir(), "base")
	fill := func(a *fixarchive.Archive, sessions int) {
		logs := make([]quickfix.Log, sessions)
		for i := range logs {
			logs[i] = sessionLog(b, a, fmt.Sprintf("OPEN%05d", i))
		}
		for n := range each {
			for _, l := range logs {
				l.OnIncoming(raw("8", n+1, ""))
			}
		}
	}
	open := func(path string) *fixarchive.Archive {
		a, err := fixarchive.Open(fixarchive.Options{
			Path: path, RingDir: path, WhenFull: fixarchive.Wait, WaitBudget: time.Minute,
			Alarm: func(err error) { b.Errorf("alarm: %v", err) },
		})
		if err != nil {
			b.Fatal(err)
		}
		return a
	}
	a := open(base)
	fill(a, sessions)
	if err := a.Close(); err != nil {
		b.Fatal(err)
	}
	a = open(base)
	fill(a, active)
	flush(b, a)
	left := filepath.Join(b.TempDir(), "left")
	if err := os.CopyFS(left, os.DirFS(base)); err != nil {
		b.Fatal(err)
	}
	if err := a.Close(); err != nil {
		b.Fatal(err)
	}
	for _, ring := range []bool{true, false} {
		b.Run(fmt.Sprintf("ring=%v", ring), func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				path := leftCopy(b, left, ring)
				b.StartTimer()
				a := open(path)
				b.StopTimer()
				if s := a.Stats(); s.Recovered == nil || s.Recovered.RingLost == ring || s.Recovered.JournalEntries == 0 {
					b.Errorf("%+v", s.Recovered)
				}
				if err := errors.Join(a.Close(), os.RemoveAll(path)); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N), "ms/op")
		})
	}
}

// leftCopy is an archive as its process left it, once more, with its ring or without. It is on the disk when it returns: the
// first sync of who opens it would wait for 20,000 files that only the copying has made.
func leftCopy(b *testing.B, left string, ring bool) string {
	path := b.TempDir()
	if err := os.CopyFS(path, os.DirFS(left)); err != nil {
		b.Fatal(err)
	}
	fsys, name := disk.OS(disk.Modes{}), filepath.Join(path, "meta")
	meta, err := journal.ReadMeta(fsys, name)
	if err != nil {
		b.Fatal(err)
	}
	meta.Ring = filepath.Join(path, filepath.Base(meta.Ring))
	if !ring {
		err = os.Remove(meta.Ring)
	}
	err = errors.Join(err, journal.WriteMeta(fsys, name, meta))
	if volume, none := fsys.Volume(path); none == nil {
		err = errors.Join(err, volume.Sync(), volume.Close())
	}
	if err != nil {
		b.Fatal(err)
	}
	return path
}
