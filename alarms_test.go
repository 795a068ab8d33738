package fixarchive

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func alarmsOf(t *testing.T, dir string) []Alarm {
	t.Helper()
	r, err := OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all, err := r.Alarms()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestAlarmsAreKeptUntilAcknowledged over generations, and beside a living writer.
func TestAlarmsAreKeptUntilAcknowledged(t *testing.T) {
	dir := t.TempDir()
	quiet := Options{Path: dir, Alarm: func(error) {}}
	a := openTest(t, quiet)
	if all := alarmsOf(t, dir); len(all) != 0 {
		t.Errorf("%+v", all)
	}
	for range 3 {
		a.alarm(errors.New("the same"))
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a = openTest(t, quiet)
	a.alarm(errors.New("another"))
	awaitAlarms(t, dir, 2) // the heartbeat writes it
	all := alarmsOf(t, dir)
	if all[0].Text != "the same" || all[0].Times != 3 || all[0].Generation != 1 || all[1].Text != "another" || all[1].Generation != 2 {
		t.Fatalf("%+v", all)
	}
	if err := AcknowledgeAlarms(dir, all[1].Number, "ann@desk"); err != nil {
		t.Fatal(err)
	}
	a.alarm(errors.New("the same"))
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	all = alarmsOf(t, dir)
	if len(all) != 3 || !all[0].Acknowledged || !all[1].Acknowledged || all[2].Acknowledged || all[2].Text != "the same" {
		t.Errorf("%+v", all)
	}
	r, err := OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	if ack, err := r.Acknowledgement(); err != nil || ack.By != "ann@desk" || ack.UpTo != 2 || time.Since(ack.At).Abs() > time.Hour {
		t.Errorf("%+v, %v", ack, err)
	}
	if err := AcknowledgeAlarms(filepath.Join(dir, "none"), 1, "ann"); !errors.Is(err, ErrNotArchive) {
		t.Errorf("acknowledging in no archive: %v", err)
	}
}

func awaitAlarms(t *testing.T, dir string, n int) {
	t.Helper()
	for begin := time.Now(); len(alarmsOf(t, dir)) < n; time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			t.Fatalf("%+v, want %d", alarmsOf(t, dir), n)
		}
	}
}

// TestAnOpenThatFailsKeepsItsAlarms: a heap ring, then a status file that cannot be written.
func TestAnOpenThatFailsKeepsItsAlarms(t *testing.T) {
	dir := t.TempDir()
	if err := openTest(t, Options{Path: dir}).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "status")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "status"), 0o700); err != nil { // the last thing that Open needs
		t.Fatal(err)
	}
	if _, err := Open(Options{Path: dir, RingDir: filepath.Join(dir, "none"), FreePercent: -1}); err == nil {
		t.Fatal("opened")
	}
	if all := alarmsOf(t, dir); len(all) != 1 || !strings.Contains(all[0].Text, "heap") || all[0].Generation != 2 {
		t.Errorf("%+v", all)
	}
}

// TestAlarmsThatCannotBeWrittenRaiseNone: a directory stands where the file should.
func TestAlarmsThatCannotBeWrittenRaiseNone(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "alarms"), 0o700); err != nil {
		t.Fatal(err)
	}
	told := 0
	a := openTest(t, Options{Path: dir, Alarm: func(error) { told++ }})
	a.alarm(errors.New("one"))
	for range 5 {
		a.writeAlarms()
	}
	if err := a.Close(); err != nil || told != 1 || a.Stats().Alarms != 1 {
		t.Errorf("%v; %d told, %d counted", err, told, a.Stats().Alarms)
	}
}

// TestAlarmsOfManyGoroutines is for the race detector.
func TestAlarmsOfManyGoroutines(t *testing.T) {
	dir := t.TempDir()
	a := openTest(t, Options{Path: dir, Alarm: func(error) {}})
	done := make(chan struct{})
	for g := range 4 {
		go func() {
			for n := range 200 {
				a.alarm(fmt.Errorf("%d of %d", n%20, g))
			}
			done <- struct{}{}
		}()
	}
	for range 4 {
		a.writeAlarms()
		<-done
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	times := uint64(0)
	for _, alarm := range alarmsOf(t, dir) {
		times += alarm.Times
	}
	if times != 800 {
		t.Errorf("%d alarms of 800", times)
	}
}
