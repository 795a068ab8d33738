package filestore

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
)

// TestNothingHalfWritten stops an export at every step, by a kill and by a power cut: under its name there is nothing, or
// the whole; and once Commit has returned, the whole.
func TestNothingHalfWritten(t *testing.T) {
	want, whole := someStore(t, QuickFIXGo, 5)
	for step := 0; ; step++ {
		fsys := crashfs.New()
		fsys.CrashAfter(step)
		err := exportTo(fsys, want)
		for seed := range uint64(8) {
			left := fsys.Crash(seed)
			if seed == 0 {
				left = fsys.Kill(seed)
			}
			checkWhole(t, step, left.Files(), whole, err == nil)
		}
		if err == nil {
			return
		}
	}
}

var stores = filepath.FromSlash("/stores")

func exportTo(fsys disk.FS, o Origin) error {
	w, err := Create(fsys, stores)
	if err != nil {
		return err
	}
	if _, err := w.Write(QuickFIXGo, ID{BeginString: "FIX.4.4", SenderCompID: "A", TargetCompID: "B"}, o, nil); err != nil {
		return err
	}
	return w.Commit()
}

func checkWhole(t *testing.T, step int, all map[string][]byte, whole map[string]string, committed bool) {
	t.Helper()
	got := map[string]string{}
	for path, b := range all {
		if filepath.Dir(path) == stores && b != nil {
			got[filepath.Base(path)] = string(b)
		}
	}
	if len(got) == 0 && !committed {
		return
	}
	if t.Failed() {
		return
	}
	sameFiles(t, got, whole)
	if t.Failed() {
		t.Errorf("at step %d, committed: %v", step, committed)
	}
}

// TestAFailedExportLeavesNothing has every operation fail in turn.
func TestAFailedExportLeavesNothing(t *testing.T) {
	want, _ := someStore(t, QuickFIXGo, 2)
	for n := 0; n < 100; n++ {
		fsys := crashfs.New()
		hit := fsys.Inject(crashfs.Fault{Kinds: crashfs.Mutating, Skip: n})
		w, err := Create(fsys, stores)
		if err == nil {
			if _, err = w.Write(QuickFIXGo, ID{BeginString: "FIX.4.4", SenderCompID: "A", TargetCompID: "B"}, want, nil); err == nil {
				err = w.Commit()
			}
			if err != nil {
				hit.Lift()
				if err := w.Abort(); err != nil {
					t.Errorf("fault %d: %v", n, err)
				}
			}
		}
		if err == nil {
			return
		}
		for path := range fsys.Files() {
			if !strings.HasPrefix(path, stores) || strings.HasPrefix(path, stores+".part") {
				t.Errorf("fault %d (%v) leaves %s", n, err, path)
			}
		}
	}
	t.Error("an export takes more than 100 operations")
}

func TestWhereAnExportCannotGo(t *testing.T) {
	o := &contents{created: time.Unix(0, 0), sender: 1, target: 1}
	a, b := ID{BeginString: "FIX.4.4", SenderCompID: "A_B", TargetCompID: "C"}, ID{BeginString: "FIX.4.4", SenderCompID: "A", SenderSubID: "B", TargetCompID: "C"}
	w, err := Create(onDisk, filepath.Join(t.TempDir(), "x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(QuickFIXGo, a, o, nil); err != nil {
		t.Error(err)
	}
	if _, err := w.Write(QuickFIXGo, b, o, nil); err == nil || !strings.Contains(err.Error(), "another session's already") {
		t.Errorf("two sessions of one name: %v", err)
	}
	if err := w.Abort(); err != nil {
		t.Error(err)
	}
	if _, err := w.Write(QuickFIXN, a, o, nil); err == nil {
		t.Error("a store of QuickFIX/n was written")
	}
	full := writeFiles(t, map[string]string{"anything": ""})
	for _, dir := range []string{full, filepath.Join(full, "anything")} {
		if _, err := Create(onDisk, dir); !errors.Is(err, ErrNoPlace) {
			t.Errorf("%s: %v", dir, err)
		}
	}
	empty := t.TempDir()
	if err := func() error {
		w, err := Create(onDisk, empty)
		if err != nil {
			return err
		}
		_, err = w.Write(QuickFIXGo, a, o, nil)
		return errors.Join(err, w.Commit(), w.Abort())
	}(); err != nil || len(files(t, empty)) != 5 {
		t.Errorf("an empty directory: %v, %v", err, files(t, empty))
	}
}

// TestNumbersThatDoNotFit: the Java and C++ engines count in 32 bits.
func TestNumbersThatDoNotFit(t *testing.T) {
	for _, f := range written[1:] {
		w, err := Create(onDisk, filepath.Join(t.TempDir(), "x"))
		if err != nil {
			t.Fatal(err)
		}
		id := ID{BeginString: "FIX.4.4", SenderCompID: "A", TargetCompID: "B"}
		if _, err := w.Write(f, id, &contents{created: time.Now(), sender: 1 << 31, target: 1}, nil); err == nil {
			t.Errorf("%v: a next number of 2^31", f)
		}
		_ = w.Abort()
		if w, err = Create(onDisk, filepath.Join(t.TempDir(), "x")); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f, id, &contents{created: time.Now(), sender: 1, target: 1, messages: []saved{{1 << 31, nil}}}, nil); err == nil {
			t.Errorf("%v: a MsgSeqNum of 2^31", f)
		}
		_ = w.Abort()
	}
}

// TestSmallFilesAsBefore: what an engine's version, time zone or older contents made of a small file stays, while it says the same.
func TestSmallFilesAsBefore(t *testing.T) {
	at := time.Date(2026, 11, 23, 8, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		f         Format
		ending    string
		old, want string
	}{
		{QuickFIXGo, "session", "2026-11-23T09:30:00+01:00", "2026-11-23T09:30:00+01:00"},
		{QuickFIXGo, "session", "2026-11-23T09:30:01+01:00", "2026-11-23T08:30:00Z"},
		{QuickFIXGo, "session", "garbage", "2026-11-23T08:30:00Z"},
		{QuickFIXJ, "session", "\x00\x1520261123-08:30:00.000", "\x00\x1520261123-08:30:00.000"},
		{QuickFIXJ, "senderseqnums", "\x00\x0190", "\x00\x0190"}, // it was 10 once
		{QuickFIXJ, "targetseqnums", "", "\x00\x017"},
		{QuickFIXJCached, "seqnums", "\x00\x039:7:100", "\x00\x039:7:100"},
		{QuickFIXJCached, "seqnums", "\x00\x038:7", "\x00\x039:7"},
		{QuickFIX, "seqnums", "0000000009 : 0000000007", "0000000009 : 0000000007"},
		{QuickFIX, "session", "20261123-08:30:00.000", "20261123-08:30:00.000"},
		{QuickFIX115, "seqnums", "", "0000000009 : 0000000007"},
	} {
		got, err := c.f.small(c.ending, numbers{9, 7}, at, map[string][]byte{c.ending: []byte(c.old)})
		if err != nil || string(got) != c.want {
			t.Errorf("%v .%s, before %q: got %q, %v, want %q", c.f, c.ending, c.old, got, err, c.want)
		}
	}
}
