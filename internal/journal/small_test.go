package journal

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io/fs"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive/internal/record"
)

func sealed(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b[:len(b):len(b)], crc32.Checksum(b, castagnoli))
}

// TestSmallFiles: each is read as it was written, by its own reader; one that is not there, is damaged anywhere or is of a
// newer version is told apart.
func TestSmallFiles(t *testing.T) {
	status := func(path string) error {
		f, err := CreateStatus(system, path)
		if err != nil {
			return err
		}
		defer f.Close()
		return f.Write(&aStatus)
	}
	for _, c := range []struct {
		name    string
		version int // where it stands
		write   func(path string) error
		read    func(path string) (any, error)
		want    any
	}{
		{"checkpoint", 8,
			func(p string) error { return WriteCheckpoint(system, p, &aCheckpoint) },
			func(p string) (any, error) { return ReadCheckpoint(system, p) }, &aCheckpoint},
		{"meta", len("fixarchive "),
			func(p string) error { return WriteMeta(system, p, &aMeta) },
			func(p string) (any, error) { return ReadMeta(system, p) }, &aMeta},
		{"status", 8, status, func(p string) (any, error) { return ReadStatus(system, p) }, &aStatus},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), c.name)
			if _, err := c.read(path); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("nothing is there: %v", err)
			}
			for range 2 {
				if err := c.write(path); err != nil {
					t.Fatal(err)
				}
			}
			got, err := c.read(path)
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Fatalf("got %+v, %v\nwant %+v", got, err, c.want)
			}
			damageEverywhere(t, path, c.version, c.read)
		})
	}
}

func damageEverywhere(t *testing.T, path string, version int, read func(string) (any, error)) {
	f, err := system.OpenFile(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size, _ := f.Size()
	good := make([]byte, size)
	if _, err := f.ReadAt(good, 0); err != nil {
		t.Fatal(err)
	}
	put := func(b []byte) {
		if _, err := f.WriteAt(b, 0); err != nil {
			t.Fatal(err)
		}
	}
	told := func(what string, at int) {
		t.Helper()
		_, err := read(path)
		if at >= version && at < version+4 && errors.Is(err, ErrTooNew) {
			return
		}
		var corrupt *CorruptError
		if !errors.As(err, &corrupt) || corrupt.Path != path || !strings.Contains(err.Error(), path) {
			t.Errorf("%s at %d: %v", what, at, err)
		}
	}
	for i := range good {
		good[i] ^= 1
		put(good)
		told("a flip", i)
		good[i] ^= 1
	}
	put(good)
	for i := len(good) - 1; i >= 0; i-- {
		if err := f.Truncate(int64(i)); err != nil {
			t.Fatal(err)
		}
		told("a cut", -1)
	}
	good[version] = '2' // a number or a digit
	put(good)
	if _, err := read(path); !errors.Is(err, ErrTooNew) {
		t.Errorf("a newer version: %v", err)
	}
}

// TestACheckpointIsReplacedWhole: one that cannot be written leaves the old one.
func TestACheckpointIsReplacedWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	if err := WriteCheckpoint(system, path, &aCheckpoint); err != nil {
		t.Fatal(err)
	}
	if err := system.MkdirAll(path + ".tmp"); err != nil { // where the new one would be written
		t.Fatal(err)
	}
	if err := WriteCheckpoint(system, path, &Checkpoint{}); err == nil {
		t.Fatal("no error")
	}
	if got, err := ReadCheckpoint(system, path); err != nil || !reflect.DeepEqual(got, &aCheckpoint) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestStatusBesideItsWriter reads while the status is rewritten without a rest, far more often than ever in earnest.
func TestStatusBesideItsWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "status")
	f, err := CreateStatus(system, path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := aStatus
	if err := f.Write(&s); err != nil {
		t.Fatal(err)
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for n := uint64(0); ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			s.Accepted, s.Durable = n, record.Position(n)
			if err := f.Write(&s); err != nil {
				t.Error(err)
			}
		}
	}()
	for range 2000 {
		got, err := ReadStatus(system, path)
		if err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatal(err)
		}
		if err == nil && got.Accepted != aStatus.Accepted && got.Accepted != uint64(got.Durable) {
			t.Fatalf("halves of two: %+v", got)
		}
	}
	close(stop)
	<-done
}
