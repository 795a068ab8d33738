package fixarchive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
)

var testSession = quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "GATEWAY", TargetCompID: "VENUE"}

// openTest opens an archive that fails the test at every alarm, but for that of a machine whose disk is nearly full.
func openTest(t *testing.T, o Options) *Archive {
	t.Helper()
	if o.Alarm == nil {
		o.Alarm = noAlarms(t)
	}
	if o.FreePercent == 0 {
		o.FreePercent = -1
	}
	a, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func sessionLog(t *testing.T, f quickfix.LogFactory) quickfix.Log {
	t.Helper()
	l, err := f.CreateSessionLog(testSession)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func heartbeat(n int) []byte {
	body := fmt.Sprintf("35=0\x0149=GATEWAY\x0156=VENUE\x0134=%d\x0152=20261123-00:00:00.000\x01", n)
	m := fmt.Sprintf("8=FIX.4.4\x019=%d\x01%s", len(body), body)
	sum := 0
	for i := range len(m) {
		sum += int(m[i])
	}
	return fmt.Appendf(nil, "%s10=%03d\x01", m, sum%256)
}

// count is how many messages an archive holds.
func count(t *testing.T, path string) (n int) {
	t.Helper()
	r, err := OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for m, err := range r.Messages(Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if m.Kind == Inbound || m.Kind == Outbound {
			n++
		}
	}
	return n
}

func TestFlushedMessagesAreFoundByAnotherReader(t *testing.T) {
	dir := t.TempDir()
	a := openTest(t, Options{Path: dir})
	log := sessionLog(t, a.LogFactory(nil))
	for n := range 10 {
		log.OnOutgoing(heartbeat(n + 1))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		if err := a.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		cancel()
		if got := count(t, dir); got != n+1 {
			t.Fatalf("%d messages are found after %d were flushed", got, n+1)
		}
		s := a.Stats()
		if s.Durable < s.Captured || s.Stored < s.Captured || s.Accepted != uint64(n+1) {
			t.Errorf("stats %+v", s)
		}
	}
}

func TestSecondWriterIsToldWhoHoldsTheArchive(t *testing.T) {
	dir := t.TempDir()
	a := openTest(t, Options{Path: dir})
	var held *HeldError
	if _, err := Open(Options{Path: dir}); !errors.As(err, &held) || !strings.Contains(held.Holder, fmt.Sprint(os.Getpid())) {
		t.Errorf("the second writer got %v", err)
	}
	if text := held.Error(); !strings.Contains(text, "own (FixArchivePath, Options.Path)") || !strings.Contains(text, held.Holder) {
		t.Errorf("the second writer is told %q", text)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	openTest(t, Options{Path: dir})
}

// TestHooksOutliveTheArchive: engines never close their logs and may go on calling them.
func TestHooksOutliveTheArchive(t *testing.T) {
	a := openTest(t, Options{Path: t.TempDir()})
	log := sessionLog(t, a.LogFactory(nil))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for n := range 5000 {
				log.OnIncoming(heartbeat(n))
			}
		})
	}
	err := a.Close()
	wg.Wait()
	log.OnEventf("%d", 1)
	if err := errors.Join(err, a.Close()); err != nil {
		t.Fatal(err)
	}
	if err := a.Flush(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("flushing a closed archive: %v", err)
	}
	s := a.Stats()
	if s.Accepted+s.Dropped != 4*5000+1 || s.Dropped == 0 {
		t.Errorf("%d accepted, %d dropped, want %d together", s.Accepted, s.Dropped, 4*5000+1)
	}
	if got := count(t, a.o.Path); uint64(got) != s.Accepted {
		t.Errorf("%d messages are found, %d were accepted", got, s.Accepted)
	}
}

// TestHeapRingIsToldOf makes the ring's directory unusable: the archive works, and says what it no longer promises.
func TestHeapRingIsToldOf(t *testing.T) {
	var alarms []error
	dir := t.TempDir()
	a := openTest(t, Options{Path: dir, RingDir: filepath.Join(dir, "none"), Alarm: func(err error) { alarms = append(alarms, err) }})
	sessionLog(t, a.LogFactory(nil)).OnIncoming(heartbeat(1))
	if s := a.Stats(); s.RingMapped || s.Alarms != 1 || len(alarms) != 1 || !strings.Contains(alarms[0].Error(), "heap") {
		t.Errorf("stats %+v, alarms %v", s, alarms)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if got := count(t, dir); got != 1 {
		t.Errorf("%d messages, want 1", got)
	}
}

func TestModesWhateverTheUmask(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits")
	}
	dir := filepath.Join(t.TempDir(), "archive")
	a := openTest(t, Options{Path: dir, FileMode: 0o600, DirMode: 0o700})
	sessionLog(t, a.LogFactory(nil)).OnIncoming(heartbeat(1))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want && d.Name() != "lock" {
			t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestOptionsThatCannotBe(t *testing.T) {
	for want, o := range map[string]Options{
		"Path is empty":      {},
		"RingBytes is 12345": {Path: "x", RingBytes: 12345},
		`Sync is "often"`:    {Path: "x", Sync: "often"},
		`WhenFull is "cry"`:  {Path: "x", WhenFull: "cry"},
		"JournalBytes is 1":  {Path: "x", JournalBytes: 1},
		"SegmentBytes is 5":  {Path: "x", SegmentBytes: 5},
		"OpenFiles is -1":    {Path: "x", OpenFiles: -1},
		"LogsMax is 2000000": {Path: "x", LogsMax: 2_000_000},
		"ReserveBytes is -2": {Path: "x", ReserveBytes: -2},
		"FreePercent is 100": {Path: "x", FreePercent: 100},
	} {
		if _, err := Open(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestNotAnArchiveIsLeftAlone: a directory with logs but no meta is somebody's archive that lost it.
func TestNotAnArchiveIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	a := openTest(t, Options{Path: dir})
	sessionLog(t, a.LogFactory(nil)).OnIncoming(heartbeat(1))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "meta")); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Path: dir}); err == nil || !strings.Contains(err.Error(), "meta") {
		t.Errorf("opened, or refused without saying why: %v", err)
	}
}

func TestHookAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools allocate")
	}
	a := openTest(t, Options{Path: t.TempDir()})
	log := sessionLog(t, a.LogFactory(nil))
	m := heartbeat(7)
	if n := testing.AllocsPerRun(2000, func() { log.OnIncoming(m); log.OnOutgoing(m) }); n != 0 {
		t.Errorf("%v allocations for two messages", n)
	}
}

// TestWithoutCheckpointNothingIsWritten: nobody could tell acknowledged bytes from a torn tail.
func TestWithoutCheckpointNothingIsWritten(t *testing.T) {
	dir := t.TempDir()
	a := openTest(t, Options{Path: dir})
	sessionLog(t, a.LogFactory(nil)).OnIncoming(heartbeat(1))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	checkpoint := filepath.Join(dir, "checkpoint")
	whole, err := os.ReadFile(checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	bad := append([]byte{}, whole...)
	bad[40] ^= 1
	for what, damage := range map[string]func() error{
		"damaged": func() error { return os.WriteFile(checkpoint, bad, 0o600) },
		"missing": func() error { return os.Remove(checkpoint) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(Options{Path: dir}); err == nil || !strings.Contains(err.Error(), checkpoint) {
			t.Errorf("%s: %v", what, err)
		}
		if got := count(t, dir); got != 1 {
			t.Errorf("%s: %d messages are found, want 1", what, got)
		}
	}
	if err := os.WriteFile(checkpoint, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	openTest(t, Options{Path: dir})
}

// TestDamageFoundByOpenIsTold cuts a log that the checkpoint knows to be longer.
func TestDamageFoundByOpenIsTold(t *testing.T) {
	dir := t.TempDir()
	a := openTest(t, Options{Path: dir})
	log := sessionLog(t, a.LogFactory(nil))
	for n := range 100 {
		log.OnIncoming(heartbeat(n + 1))
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	segments, err := filepath.Glob(filepath.Join(dir, "logs", "*", "*.seg"))
	if err != nil || len(segments) != 1 {
		t.Fatalf("%q, %v", segments, err)
	}
	if err := os.Truncate(segments[0], 1000); err != nil {
		t.Fatal(err)
	}
	var told []error
	a = openTest(t, Options{Path: dir, Alarm: func(err error) { told = append(told, err) }})
	sessionLog(t, a.LogFactory(nil))
	if len(told) == 0 || !strings.Contains(told[0].Error(), segments[0]) {
		t.Errorf("told %v", told)
	}
}
