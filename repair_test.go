package fixarchive_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/fixarchive/fixarchive"
)

// files are all files of an archive with their bytes, modes and times, but for the lock's text.
func files(t *testing.T, path string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Base(name) == "lock" {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text := []byte{}
		if !d.IsDir() {
			if text, err = os.ReadFile(name); err != nil {
				return err
			}
		}
		all[name] = info.Mode().String() + info.ModTime().String() + string(text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// rotated is a closed archive of one session in several segments, with indexes and a catalogue.
func rotated(t *testing.T) (path, dir string) {
	t.Helper()
	path = t.TempDir()
	a, err := fixarchive.Open(fixarchive.Options{Path: path, SegmentBytes: 200 << 10})
	if err != nil {
		t.Fatal(err)
	}
	log := sessionLog(t, a, "GATEWAY")
	for i := 1; i <= 3000; i++ {
		log.OnOutgoing(raw("D", i, strings.Repeat("58=x\x01", 20)))
	}
	sessionLog(t, a, "DESK").OnOutgoing(raw("D", 1, ""))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	return path, filepath.Join(path, "logs", "FIX.4.4,GATEWAY,VENUE")
}

func repaired(t *testing.T, path string, o fixarchive.RepairOptions) fixarchive.RepairReport {
	t.Helper()
	report, err := fixarchive.Repair(context.Background(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(text)
	}
	return all
}

// A dry run says what a repair then does, to the letter, and changes nothing: no byte, no mode, no time.
func TestADryRunSaysWhatARepairDoes(t *testing.T) {
	path, dir := rotated(t)
	before := contents(t, dir)
	if _, ok := before["catalogue"]; !ok || len(before) < 6 {
		t.Fatalf("the log has %d files", len(before))
	}
	os.Remove(filepath.Join(dir, "00000001.idx"))
	edit(t, filepath.Join(dir, "00000002.idx"), func(b []byte) []byte { b[100] ^= 1; return b })
	edit(t, filepath.Join(dir, "catalogue"), func(b []byte) []byte { return b[:70] })
	edit(t, filepath.Join(path, "status"), func(b []byte) []byte { b[50] ^= 1; return b })
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	was := files(t, path)
	dry := repaired(t, path, fixarchive.RepairOptions{DryRun: true})
	if now := files(t, path); !reflect.DeepEqual(now, was) {
		t.Error("the dry run changed something")
	}
	wet := repaired(t, path, fixarchive.RepairOptions{})
	if dry.DryRun = false; !reflect.DeepEqual(dry, wet) || len(wet.Deeds) != 5 || len(wet.Left) != 0 || wet.Sessions != 2 {
		t.Errorf("said %+v\ndid  %+v", dry, wet)
	}
	if now := contents(t, dir); !reflect.DeepEqual(now, before) {
		t.Error("the log is not as its writer had made it")
	}
	if aside := contents(t, filepath.Join(path, "quarantine")); aside["FIX.4.4,GATEWAY,VENUE.notes.txt"] != "mine" {
		t.Errorf("in quarantine: %q", aside)
	}
	if again := repaired(t, path, fixarchive.RepairOptions{}); len(again.Deeds) != 0 {
		t.Errorf("again: %+v", again)
	}
	report, err := openReader(t, path).Verify(context.Background(), fixarchive.VerifyOptions{})
	if err != nil || !report.Sound() || report.Quarantine.Files != 1 || report.Quarantine.Bytes != 4 {
		t.Errorf("verified as %+v, %v", report, err)
	}
	open(t, path) // and it goes on
}

// What is made anew gets the modes of the archive.
func TestARepairKeepsModes(t *testing.T) {
	path := t.TempDir()
	a, err := fixarchive.Open(fixarchive.Options{Path: path, FileMode: 0o600, DirMode: 0o700})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	os.Remove(filepath.Join(path, "status"))
	repaired(t, path, fixarchive.RepairOptions{})
	if info, err := os.Stat(filepath.Join(path, "status")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestARepairRefusesAnArchiveThatIsNotClosed(t *testing.T) {
	path, _ := rotated(t)
	a := open(t, path)
	for _, dry := range []bool{false, true} {
		var held *fixarchive.HeldError
		if _, err := fixarchive.Repair(context.Background(), path, fixarchive.RepairOptions{DryRun: dry}); !errors.As(err, &held) || !strings.Contains(held.Holder, "pid") {
			t.Errorf("dry %v, beside a writer: %v", dry, err)
		}
	}
	flush(t, a)
	left := copyOf(t, path, func(string) bool { return true })
	for _, dry := range []bool{false, true} {
		if _, err := fixarchive.Repair(context.Background(), left, fixarchive.RepairOptions{DryRun: dry}); !errors.Is(err, fixarchive.ErrUnclean) || !strings.Contains(err.Error(), "fixarchive recover") {
			t.Errorf("dry %v, unclean: %v", dry, err)
		}
	}
	os.Remove(filepath.Join(left, "checkpoint"))
	if _, err := fixarchive.Repair(context.Background(), left, fixarchive.RepairOptions{}); !errors.Is(err, fixarchive.ErrUnclean) || strings.Contains(err.Error(), "fixarchive recover") {
		t.Errorf("unclean without a checkpoint: %v", err)
	}
}

// A checkpoint is only made when that is asked for, and only of logs that are whole. What is written then goes on
// behind what there was.
func TestARepairMakesACheckpoint(t *testing.T) {
	path, dir := rotated(t)
	last := filepath.Join(dir, "00000001.seg")
	sound, err := os.ReadFile(last)
	if err != nil {
		t.Fatal(err)
	}
	edit(t, filepath.Join(path, "checkpoint"), func(b []byte) []byte { b[70] ^= 1; return b })
	spoiled, _ := os.ReadFile(filepath.Join(path, "checkpoint"))
	report := repaired(t, path, fixarchive.RepairOptions{})
	if len(report.Deeds) != 0 || len(report.Left) != 1 || !strings.Contains(report.Left[0].Remedy, "--checkpoint") {
		t.Errorf("not asked for: %+v", report)
	}

	edit(t, last, func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
	report = repaired(t, path, fixarchive.RepairOptions{Checkpoint: true})
	if len(report.Deeds) != 0 || len(report.Left) != 2 || !strings.Contains(report.Left[1].Remedy, `"FIX.4.4:GATEWAY->VENUE"`) {
		t.Errorf("of a log with damage: %+v", report)
	}
	if err := os.WriteFile(last, sound, 0o640); err != nil {
		t.Fatal(err)
	}

	dry := repaired(t, path, fixarchive.RepairOptions{Checkpoint: true, DryRun: true})
	report = repaired(t, path, fixarchive.RepairOptions{Checkpoint: true})
	if dry.DryRun = false; !reflect.DeepEqual(dry, report) || len(report.Deeds) != 2 || len(report.Left) != 0 {
		t.Errorf("said %+v\ndid  %+v", dry, report)
	}
	if kept, err := os.ReadFile(report.Deeds[0].To); err != nil || !bytes.Equal(kept, spoiled) {
		t.Errorf("the old one is not in quarantine: %v", err)
	}
	if v, err := openReader(t, path).Verify(context.Background(), fixarchive.VerifyOptions{}); err != nil || !v.Sound() {
		t.Errorf("verified as %+v, %v", v, err)
	}
	a := open(t, path)
	sessionLog(t, a, "GATEWAY").OnOutgoing(raw("D", 3001, ""))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	got := found(t, openReader(t, path), fixarchive.Query{Session: "GATEWAY"})
	if len(got) != 3001 || got[3000].Sequence != 3001 {
		t.Errorf("%d messages, the last %+v", len(got), got[len(got)-1])
	}
}

// A checkpoint of another archive, of a copy of the directory gone wrong, is none of this one.
func TestAnotherArchivesCheckpointIsDamage(t *testing.T) {
	path, _ := rotated(t)
	other, _ := rotated(t)
	text, err := os.ReadFile(filepath.Join(other, "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	edit(t, filepath.Join(path, "checkpoint"), func([]byte) []byte { return text })
	if report := repaired(t, path, fixarchive.RepairOptions{}); len(report.Left) != 1 || !strings.Contains(report.Left[0].Reason, "archive") {
		t.Errorf("%+v", report)
	}
	if v, err := openReader(t, path).Verify(context.Background(), fixarchive.VerifyOptions{}); err != nil || v.Damages() != 1 {
		t.Errorf("verified as %+v, %v", v, err)
	}
	if a, err := fixarchive.Open(fixarchive.Options{Path: path}); err == nil || !strings.Contains(err.Error(), "checkpoint") {
		t.Errorf("opened as %v, %v", a, err)
	}
}

// One log that cannot be repaired keeps nothing from the others.
func TestARepairGoesOnWithTheOthers(t *testing.T) {
	path, dir := rotated(t)
	desk := filepath.Join(path, "logs", "FIX.4.4,DESK,VENUE")
	foreign, err := os.ReadFile(filepath.Join(dir, "00000001.seg"))
	if err != nil {
		t.Fatal(err)
	}
	edit(t, filepath.Join(desk, "00000001.seg"), func([]byte) []byte { return foreign })
	os.Remove(filepath.Join(dir, "00000001.idx"))
	report := repaired(t, path, fixarchive.RepairOptions{})
	if len(report.Deeds) != 1 || len(report.Left) != 1 || report.Left[0].Session != "FIX.4.4:DESK->VENUE" || report.Left[0].Remedy == "" {
		t.Errorf("%+v", report)
	}
	if err := os.RemoveAll(desk); err != nil {
		t.Fatal(err)
	}
	if report = repaired(t, path, fixarchive.RepairOptions{}); len(report.Deeds) != 0 || len(report.Left) != 1 || !strings.Contains(report.Left[0].Reason, "no segment") {
		t.Errorf("gone: %+v", report)
	}
	if report = repaired(t, path, fixarchive.RepairOptions{Sessions: []string{"GATEWAY"}}); len(report.Left) != 0 || report.Sessions != 1 {
		t.Errorf("the other one: %+v", report)
	}
}
