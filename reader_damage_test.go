package fixarchive_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive"
)

// copyOf copies an archive as a crash of its process leaves it, without what leave says no to.
func copyOf(t *testing.T, from string, leave func(name string) bool) string {
	t.Helper()
	to := t.TempDir()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(from, path)
		if err != nil || !leave(filepath.ToSlash(name)) {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), text, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// When the writer is dead, what it had journaled is found, whether it had come to the stores or not.
func TestNothingJournaledIsInvisible(t *testing.T) {
	path := t.TempDir()
	a := open(t, path)
	for s := range 3 {
		log := sessionLog(t, a, fmt.Sprintf("GATEWAY%d", s))
		for n := 1; n <= 500; n++ {
			log.OnOutgoing(raw("D", n, ""))
		}
	}
	flush(t, a)
	for what, leave := range map[string]func(string) bool{
		"all stored":  func(string) bool { return true },
		"none stored": func(name string) bool { return !strings.HasPrefix(name, "logs/") },
		"some stored": func(name string) bool { return !strings.HasPrefix(name, "logs/FIX.4.4,GATEWAY1") },
	} {
		r := openReader(t, copyOf(t, path, leave))
		counted(t, found(t, r, fixarchive.Query{}), 3, 500)
		status, err := r.Status()
		if err != nil || status.Writer.Live || status.Unclean == nil || status.Sessions != 3 {
			t.Errorf("%s: %+v, %v", what, status, err)
		}
		if lies := status.Unclean.JournalBytes > 0; lies != (what != "all stored") {
			t.Errorf("%s: %+v", what, status.Unclean)
		}
		report, err := r.Verify(context.Background(), fixarchive.VerifyOptions{})
		if err != nil || !report.Sound() || len(report.Sessions) != 3 || report.Unclean == nil {
			t.Errorf("%s: %+v, %v", what, report, err)
		}
	}
	status, err := openReader(t, path).Status()
	if err != nil || !status.Writer.Live || status.Unclean != nil {
		t.Errorf("beside the living writer: %+v, %v", status, err)
	}
}

// closed returns an archive of one session with n messages, closed, and its only segment.
func closed(t *testing.T, n int) (path, segment string) {
	t.Helper()
	path = t.TempDir()
	a := open(t, path)
	log := sessionLog(t, a, "GATEWAY")
	for i := 1; i <= n; i++ {
		log.OnOutgoing(raw("D", i, strings.Repeat("58=x\x01", 20)))
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return path, filepath.Join(path, "logs", "FIX.4.4,GATEWAY,VENUE", "00000001.seg")
}

// A log that ends too early looks like one that is whole; that it is not is told, behind what is there.
func TestALogThatEndsTooEarlyIsDamage(t *testing.T) {
	path, segment := closed(t, 2000)
	info, err := os.Stat(segment)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(segment, info.Size()/2); err != nil {
		t.Fatal(err)
	}
	r := openReader(t, path)
	checkDamage(t, r, segment)
	if _, err := r.Last(1, fixarchive.Query{}); !errors.Is(err, fixarchive.ErrCorrupt) {
		t.Errorf("the last: %v", err)
	}
}

// So is a log that is gone altogether.
func TestALogThatIsGoneIsDamage(t *testing.T) {
	path, segment := closed(t, 10)
	if err := os.RemoveAll(filepath.Dir(segment)); err != nil {
		t.Fatal(err)
	}
	r := openReader(t, path)
	if got, err := all(r, fixarchive.Query{}); !errors.Is(err, fixarchive.ErrCorrupt) || len(got) != 0 {
		t.Errorf("got %v, %v", got, err)
	}
	if report, err := r.Verify(context.Background(), fixarchive.VerifyOptions{}); err != nil || report.Damages() != 1 {
		t.Errorf("verified as %+v, %v", report, err)
	}
}

// Damage is told with its place, and what lies around it is served.
func TestDamageIsToldAndServedAround(t *testing.T) {
	path, segment := closed(t, 2000)
	text, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/3] ^= 1
	if err := os.WriteFile(segment, text, 0o600); err != nil {
		t.Fatal(err)
	}
	got := checkDamage(t, openReader(t, path), segment)
	if last := got[len(got)-1]; last.MsgSeqNum != 2000 {
		t.Errorf("behind the damage nothing after %d is served", last.MsgSeqNum)
	}
}

// checkDamage fails unless some, not all, of 2000 messages are served, and the segment's damage is told and verified.
func checkDamage(t *testing.T, r *fixarchive.Reader, segment string) []fixarchive.Message {
	t.Helper()
	got, failed := all(r, fixarchive.Query{})
	var c *fixarchive.CorruptError
	if !errors.As(failed, &c) || c.Path != segment || c.Offset == 0 {
		t.Fatalf("the damage is told as %v", failed)
	}
	if len(got) == 0 || len(got) >= 2000 {
		t.Fatalf("%d messages are served", len(got))
	}
	report, err := r.Verify(context.Background(), fixarchive.VerifyOptions{})
	if err != nil || !slices.ContainsFunc(report.Sessions[0].Damage, func(d *fixarchive.CorruptError) bool { return d.Path == segment }) {
		t.Fatalf("verified as %+v, %v", report, err)
	}
	return got
}

// An archive whose first writer lives has no checkpoint for a minute, and later one that died within it has none.
func TestNoCheckpointYetIsNoDamage(t *testing.T) {
	path := t.TempDir()
	a := open(t, path)
	sessionLog(t, a, "GATEWAY").OnOutgoing(raw("D", 1, ""))
	flush(t, a)
	for name, at := range map[string]string{"living": path, "left": copyOf(t, path, func(string) bool { return true })} {
		if _, err := os.Stat(filepath.Join(at, "checkpoint")); err == nil {
			t.Fatalf("%s: there is one", name)
		}
		if v, err := openReader(t, at).Verify(context.Background(), fixarchive.VerifyOptions{}); err != nil || !v.Sound() {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = open(t, path)
	defer a.Close()
	os.Remove(filepath.Join(path, "checkpoint"))
	if v, err := openReader(t, path).Verify(context.Background(), fixarchive.VerifyOptions{}); err != nil || v.Sound() {
		t.Errorf("one that was there is gone: %+v, %v", v, err)
	}
}

func TestVerifyEndsWithItsContext(t *testing.T) {
	path, _ := closed(t, 100)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := openReader(t, path).Verify(ctx, fixarchive.VerifyOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestVerifyCountsAndTellsHowFarItIs(t *testing.T) {
	path, segment := closed(t, 500)
	info, err := os.Stat(segment)
	if err != nil {
		t.Fatal(err)
	}
	var told int64
	report, err := openReader(t, path).Verify(context.Background(), fixarchive.VerifyOptions{
		Sessions: []string{"GATEWAY", "VENUE"},
		Progress: func(done, total int64) {
			if done < told || total != info.Size() {
				t.Errorf("%d of %d after %d, want a total of %d", done, total, told, info.Size())
			}
			told = done
		},
	})
	if err != nil || !report.Sound() || len(report.Sessions) != 1 || told != info.Size() {
		t.Fatalf("%+v, %v, told %d of %d", report, err, told, info.Size())
	}
	if s := report.Sessions[0]; s.Records != 500 || s.Messages != 500 || s.Bytes != uint64(info.Size()) {
		t.Errorf("%+v", s)
	}
}

// A log whose only header is damaged is read by its blocks: the archive knows which log its directory holds. Since no
// record is missing, who asks for records is told nothing; who asks how the log stands is.
func TestALogWithoutAHeaderIsServed(t *testing.T) {
	path, segment := closed(t, 2000)
	edit(t, segment, func(b []byte) []byte { b[40] ^= 1; return b })
	r := openReader(t, path)
	if got, failed := all(r, fixarchive.Query{}); len(got) != 2000 || failed != nil {
		t.Fatalf("%d messages, %v", len(got), failed)
	}
	var c *fixarchive.CorruptError
	if s, err := r.Session("GATEWAY"); s.Outbound != 2000 || !errors.As(err, &c) || c.Path != segment || c.Offset != 0 {
		t.Fatalf("summed up as %+v, %v", s, err)
	}
	for _, fast := range []bool{false, true} {
		report, err := r.Verify(context.Background(), fixarchive.VerifyOptions{Fast: fast})
		if err != nil || report.Damages() != 1 || report.Sessions[0].Records != 2000 {
			t.Errorf("fast %v: verified as %+v, %v", fast, report, err)
		}
	}
}

// A log that was copied here from another archive is not this one's.
func TestAnotherArchivesLogIsDamage(t *testing.T) {
	path, segment := closed(t, 10)
	_, other := closed(t, 20)
	text, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	edit(t, segment, func([]byte) []byte { return text })
	r := openReader(t, path)
	if got, err := all(r, fixarchive.Query{}); len(got) != 0 || !errors.Is(err, fixarchive.ErrCorrupt) {
		t.Errorf("%d messages, %v", len(got), err)
	}
	if report, err := r.Verify(context.Background(), fixarchive.VerifyOptions{}); err != nil || report.Damages() == 0 {
		t.Errorf("verified as %+v, %v", report, err)
	}
}

// A name too long for a directory leads to its log by the segments' headers, or else by the checkpoint.
func TestALongNameWithoutAHeaderIsServed(t *testing.T) {
	path := t.TempDir()
	a := open(t, path)
	log := sessionLog(t, a, strings.Repeat("LONG", 100))
	for i := 1; i <= 10; i++ {
		log.OnOutgoing(raw("D", i, ""))
	}
	sessionLog(t, a, "SHORT").OnOutgoing(raw("D", 1, ""))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	segments, err := filepath.Glob(filepath.Join(path, "logs", "*#*", "00000001.seg"))
	if err != nil || len(segments) != 1 {
		t.Fatal(segments, err)
	}
	edit(t, segments[0], func(b []byte) []byte { b[40] ^= 1; return b })
	r := openReader(t, path)
	if got, err := all(r, fixarchive.Query{}); len(got) != 11 || err != nil {
		t.Errorf("%d messages, %v", len(got), err)
	}
	if _, err := r.Sessions(); !errors.Is(err, fixarchive.ErrCorrupt) {
		t.Errorf("summed up with %v", err)
	}
}
