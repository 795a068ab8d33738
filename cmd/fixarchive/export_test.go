package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive"
)

// archiveOf is a closed archive with one message.
func archiveOf(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	a, err := fixarchive.Open(fixarchive.Options{Path: dir, RingDir: dir, ReserveBytes: -1, FreePercent: -1})
	if err != nil {
		t.Fatal(err)
	}
	log, err := a.LogFactory(nil).CreateSessionLog(quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: "A", TargetCompID: "B"})
	if err != nil {
		t.Fatal(err)
	}
	log.OnOutgoing(fix("8=FIX.4.4|9=5|35=0|10=163|"))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// An interrupt leaves nothing behind, and says so.
func TestAnInterruptedExportLeavesNothing(t *testing.T) {
	archive, out := archiveOf(t), t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, name := range []string{"x.fix", "x.parquet", "x.csv"} {
		root := newRoot()
		root.SetArgs([]string{"export", "--archive", archive, "-o", filepath.Join(out, name)})
		root.SetOut(&bytes.Buffer{})
		root.SetErr(&bytes.Buffer{})
		err := root.ExecuteContext(ctx)
		if err == nil || err.Error() != "interrupted: nothing was written" {
			t.Errorf("%s: %v", name, err)
		}
		if left, err := os.ReadDir(out); err != nil || len(left) > 0 {
			t.Errorf("%s: %v is left, %v", name, left, err)
		}
	}
}

func TestParts(t *testing.T) {
	day := func(text string) time.Time {
		at, err := time.Parse("2006-01-02 15:04", text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	sessions := []fixarchive.Session{
		{Name: "A", Dir: "/x/logs/a", First: day("2026-11-22 23:59"), Last: day("2026-11-23 10:00")},
		{Name: "never used", Dir: "/x/logs/n"},
		{Name: "B", Dir: "/x/logs/b", First: day("2026-11-23 09:00"), Last: day("2026-11-24 00:00")},
	}
	var spans []string
	const form = "02 15:04"
	q := fixarchive.Query{Since: day("2026-11-22 12:00"), Until: day("2026-11-23 12:00")}
	for _, p := range byDay(sessions, q) {
		spans = append(spans, p.name+" "+p.q.Since.Format(form)+" "+p.q.Until.Format(form))
	}
	if want := []string{"2026-11-22 22 12:00 23 00:00", "2026-11-23 23 00:00 23 12:00"}; !slices.Equal(spans, want) {
		t.Errorf("got %q, want %q", spans, want)
	}
	if parts := byDay(sessions, fixarchive.Query{}); len(parts) != 3 || parts[2].name != "2026-11-24" || !parts[2].q.Until.Equal(day("2026-11-25 00:00")) {
		t.Errorf("got %v", parts)
	}
	if parts := bySession(sessions, q); len(parts) != 3 || parts[2].name != "b" || parts[2].q.Session != "B" || parts[2].q.Since != q.Since {
		t.Errorf("got %v", parts)
	}
}
