package fixarchive

import (
	"errors"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/disk/crashfs"
)

// watched is a disk of a thousand blocks that a test fills, and who watches it.
type watched struct {
	t        *testing.T
	fs       *crashfs.FS
	stranger disk.File
	*spaceWatch
	now     time.Time
	written uint64
}

const watchedBlock = 2048

func newWatched(t *testing.T, percent int) *watched {
	t.Helper()
	w := &watched{t: t, fs: crashfs.New(), now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	w.fs.SetCapacity(1000 * watchedBlock)
	var err error
	if w.stranger, err = w.fs.OpenFile("/stranger", os.O_CREATE); err != nil {
		t.Fatal(err)
	}
	w.spaceWatch = newSpaceWatch(w.fs, &Options{Path: "/", FreePercent: percent})
	return w
}

// free leaves so many thousandths of the disk, and checks.
func (w *watched) free(thousandths int64) error {
	w.t.Helper()
	if err := errors.Join(w.stranger.Truncate(0), w.stranger.Allocate((1000-thousandths)*watchedBlock)); err != nil {
		w.t.Fatal(err)
	}
	w.now = w.now.Add(lookEvery)
	return w.check(w.now, w.written)
}

func TestLittleSpaceIsToldOnceForEachLimit(t *testing.T) {
	w := newWatched(t, 20)
	for _, step := range []struct {
		free int64
		told bool
	}{
		{500, false}, {200, false}, {199, true}, {190, false}, {205, false}, {199, false}, // it hovers
		{221, false}, {150, true}, {60, false}, {49, true}, {10, false}, {52, false}, {49, false},
		{100, false}, {49, true}, {500, false}, {1, true}, // past both at once
	} {
		if err := w.free(step.free); (err != nil) != step.told {
			t.Errorf("at %d thousandths: %v", step.free, err)
		}
	}
	err := w.check(w.now, 0)
	if err != nil {
		t.Errorf("told again: %v", err)
	}
	if s := w.last(); s.FreeBytes != watchedBlock || s.TotalBytes != 1000*watchedBlock || s.BytesPerDay != 0 || !math.IsInf(s.DaysLeft, 1) {
		t.Errorf("%+v", s)
	}
	never := newWatched(t, -1)
	if err := never.free(1); err != nil || never.last().FreeBytes != watchedBlock {
		t.Errorf("told though nobody wants to know: %v", err)
	}
}

func TestTheAlarmSaysWhatToDo(t *testing.T) {
	w := newWatched(t, 20)
	w.now = w.now.Add(2 * time.Minute)
	if err := w.free(400); err != nil {
		t.Fatal(err)
	}
	w.now, w.written = w.now.Add(12*time.Hour), 100*watchedBlock
	err := w.free(100)
	if want := "/: 200 KiB are free of 2 MiB (10.0 %), and the archive grows by 399.9 KiB a day: enough for 0.5 days; make room"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v\nwant %s", err, want)
	}
}

// TestFewDaysLeft: half of the disk is free, but not for long.
func TestFewDaysLeft(t *testing.T) {
	w := newWatched(t, 20)
	var told []time.Duration
	begin := w.now
	grow := func(perMinute uint64, minutes int) {
		for range minutes {
			w.now, w.written = w.now.Add(time.Minute-lookEvery), w.written+perMinute
			if err := w.free(500); err != nil {
				told = append(told, w.now.Sub(begin).Round(time.Minute))
			}
		}
	}
	grow(watchedBlock/8, 180)                               // 180 blocks a day: less than three days
	if len(told) != 1 || told[0] != time.Hour+time.Minute { // the first minute began with the first look
		t.Errorf("told after %v", told)
	}
	if s := w.last(); s.DaysLeft < 2.7 || s.DaysLeft > 2.9 {
		t.Errorf("%+v", s)
	}
	grow(0, 24*60) // the day before is forgotten
	if s := w.last(); s.BytesPerDay != 0 || !math.IsInf(s.DaysLeft, 1) || len(w.growth.samples) > 24*60+2 {
		t.Errorf("%+v from %d samples", s, len(w.growth.samples))
	}
	grow(watchedBlock/2, 24*60)
	if len(told) != 2 {
		t.Errorf("told %v", told)
	}
}

func TestADiskThatDoesNotSay(t *testing.T) {
	w := newWatched(t, 20)
	w.fs.Inject(crashfs.Fault{Kinds: crashfs.Space, Sticky: true})
	if err := w.free(1); err != nil || w.last() != (Space{DaysLeft: math.Inf(1)}) {
		t.Errorf("%+v, %v", w.last(), err)
	}
}

func TestStatsAndReadersTellOfSpace(t *testing.T) {
	a := openTest(t, Options{Path: t.TempDir(), ReserveBytes: 1 << 20})
	s := a.Stats().Space
	if s.TotalBytes == 0 {
		t.Skip("the system does not say")
	}
	r, err := OpenReader(a.o.Path)
	if err != nil {
		t.Fatal(err)
	}
	status, err := r.Status()
	if err != nil {
		t.Fatal(err)
	}
	if got := status.Space; got.TotalBytes != s.TotalBytes || got.ReserveBytes != s.ReserveBytes || got.FreeBytes == 0 {
		t.Errorf("a reader says %+v, Stats %+v", got, s)
	}
	if s.FreeBytes > 200<<20 && s.ReserveBytes != 1<<20 {
		t.Errorf("%d bytes are kept back", s.ReserveBytes)
	}
}

// TestTheReserveIsGivenBackOnce, and no reader minds.
func TestTheReserveIsGivenBackOnce(t *testing.T) {
	var alarms []error
	a := openTest(t, Options{Path: t.TempDir(), ReserveBytes: 1 << 20, Alarm: func(err error) { alarms = append(alarms, err) }})
	if a.Stats().Space.ReserveBytes == 0 {
		t.Skip("this disk has no room for a reserve")
	}
	full := &os.PathError{Op: "write", Path: "x", Err: fullDisk}
	calls := 0
	err := a.spared(func() error {
		if calls++; calls == 1 {
			return full
		}
		return nil
	})
	if err != nil || calls != 2 || a.Stats().Space.ReserveBytes != 0 {
		t.Errorf("%v after %d calls, %d bytes are kept back", err, calls, a.Stats().Space.ReserveBytes)
	}
	if err := a.spared(func() error { return full }); err != full {
		t.Errorf("without a reserve: %v", err)
	}
	if len(alarms) != 1 || !strings.Contains(alarms[0].Error(), "the reserve of 1 MiB was given back") {
		t.Errorf("alarms %v", alarms)
	}
	sessionLog(t, a.LogFactory(nil)).OnIncoming(heartbeat(1))
	if err := a.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.reserve.Restore()
	if got := count(t, a.o.Path); got != 1 || a.Stats().Space.ReserveBytes != 1<<20 {
		t.Errorf("%d messages, %d bytes kept back", got, a.Stats().Space.ReserveBytes)
	}
}

func TestNoReserveIsWanted(t *testing.T) {
	dir := t.TempDir()
	if err := openTest(t, Options{Path: dir, ReserveBytes: 1 << 20}).Close(); err != nil {
		t.Fatal(err)
	}
	a := openTest(t, Options{Path: dir, ReserveBytes: -1})
	if _, err := os.Stat(a.o.reservePath()); !os.IsNotExist(err) || a.spare() {
		t.Errorf("there is one: %v", err)
	}
}
