package fixarchive

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// Space is how much room the archive's disk has, and how fast that goes.
type Space struct {
	FreeBytes, TotalBytes int64   // both 0 where the system does not say
	BytesPerDay           int64   // that the archive grows by: of the last day, or of what there is of one; 0: not known yet
	DaysLeft              float64 // at this rate; +Inf when there is none
	ReserveBytes          int64   // kept back, to be given back when the disk is full
}

const (
	spaceSampled  = time.Minute    // how often the growth is noted
	spaceWindow   = 24 * time.Hour // … for how long: a venue's day has its hours
	daysFew       = 7.0            // the alarm is raised when fewer are left
	daysMany      = 9.0            // … and may be again after there were as many as this
	rateAge       = time.Hour      // … both only when the growth is known for this long
	spaceRecovers = 1.1            // so many times a limit must be free before it may be alarmed of again
)

// spaceWatch looks at the disk now and then.
type spaceWatch struct {
	fs     disk.FS
	dir    string
	limits []float64 // percent free, the lower the later

	// Owned by who calls check.
	growth growth
	passed int // how many limits the alarm was raised for
	few    bool

	mu   sync.Mutex
	seen Space
}

func newSpaceWatch(fsys disk.FS, o *Options) *spaceWatch {
	w := &spaceWatch{fs: fsys, dir: o.Path, seen: Space{DaysLeft: math.Inf(1)}}
	if o.FreePercent > 0 {
		w.limits = []float64{float64(o.FreePercent), float64(o.FreePercent) / 4}
	}
	return w
}

// last is what was seen at the last check.
func (w *spaceWatch) last() Space {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen
}

// check looks, and returns what the owner should be told: once for each limit, until there was clearly more room again.
// written is how much the archive has grown by since it was opened.
func (w *spaceWatch) check(now time.Time, written uint64) error {
	w.growth.add(now, written)
	room, err := w.fs.Space(w.dir)
	if err != nil {
		room = disk.Space{} // not known
	}
	rate, over := w.growth.perDay(now, written)
	s := Space{FreeBytes: room.Free, TotalBytes: room.Total, BytesPerDay: rate, DaysLeft: daysLeft(room.Free, rate)}
	w.mu.Lock()
	w.seen = s
	w.mu.Unlock()
	if s.TotalBytes <= 0 || len(w.limits) == 0 {
		return nil
	}
	little, soon := w.little(&s), w.soon(&s, over)
	if little || soon {
		return fmt.Errorf("%s: %s; make room on its disk, or move the archive to a larger one", w.dir, spaceText(&s))
	}
	return nil
}

// little reports whether a limit was passed that was not before.
func (w *spaceWatch) little(s *Space) bool {
	free := 100 * float64(s.FreeBytes) / float64(s.TotalBytes)
	for w.passed > 0 && free >= w.limits[w.passed-1]*spaceRecovers {
		w.passed--
	}
	before := w.passed
	for w.passed < len(w.limits) && free < w.limits[w.passed] {
		w.passed++
	}
	return w.passed > before
}

// soon reports whether the days left have become few.
func (w *spaceWatch) soon(s *Space, known time.Duration) bool {
	switch {
	case known < rateAge:
	case w.few:
		w.few = s.DaysLeft < daysMany
	case s.DaysLeft < daysFew:
		w.few = true
		return true
	}
	return false
}

func spaceText(s *Space) string {
	text := fmt.Sprintf("%s are free of %s (%.1f %%)", sizeText(s.FreeBytes), sizeText(s.TotalBytes), 100*float64(s.FreeBytes)/float64(s.TotalBytes))
	if s.BytesPerDay > 0 {
		text += fmt.Sprintf(", and the archive grows by %s a day: enough for %.1f days", sizeText(s.BytesPerDay), s.DaysLeft)
	}
	return text
}

// sizeText is n bytes as people say it.
func sizeText(n int64) string {
	v, unit := float64(n), 0
	for ; v >= 1024 && unit < 4; unit++ {
		v /= 1024
	}
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0") + " " + [...]string{"B", "KiB", "MiB", "GiB", "TiB"}[unit]
}

func daysLeft(free, perDay int64) float64 {
	if perDay <= 0 {
		return math.Inf(1)
	}
	return float64(free) / float64(perDay)
}

// growth is how much was written by when: a sample a minute, for a day.
type growth struct{ samples []sample }

type sample struct {
	at      time.Time
	written uint64
}

func (g *growth) add(now time.Time, written uint64) {
	if n := len(g.samples); n > 0 && now.Sub(g.samples[n-1].at) < spaceSampled {
		return
	}
	old := 0
	for old < len(g.samples) && now.Sub(g.samples[old].at) > spaceWindow {
		old++
	}
	g.samples = append(g.samples[:copy(g.samples, g.samples[old:])], sample{now, written})
}

// perDay is the rate, and for how long it is known. What is shorter than a sample says nothing.
func (g *growth) perDay(now time.Time, written uint64) (bytes int64, over time.Duration) {
	first := g.samples[0]
	over = now.Sub(first.at)
	if over < spaceSampled {
		return 0, 0
	}
	rate := float64(written-first.written) * float64(24*time.Hour) / float64(over)
	return int64(min(rate, math.MaxInt64/2)), over
}
