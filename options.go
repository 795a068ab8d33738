package fixarchive

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"time"

	"github.com/fixarchive/fixarchive/internal/session"
)

// Sync says when what was captured is made to survive a power cut. A crash of the process loses nothing either way.
type Sync string

const (
	SyncInterval Sync = "interval" // every Options.SyncInterval; the default
	SyncNone     Sync = "none"     // when Flush or Close ask for it
	SyncAlways   Sync = "always"   // before a message store's save returns; the default there, and for a store alone
)

// WhenFull says what a hook does when the archive has fallen behind and the ring is full.
type WhenFull string

const (
	Drop WhenFull = "drop" // count the message as dropped, at once; the default
	Wait WhenFull = "wait" // wait, for at most Options.WaitBudget per outage and session, then drop
)

// Options say where an archive is and how it is written. Only Path is required; the zero value of every other
// field stands for its default.
type Options struct {
	Path string // the archive's directory; made if it does not exist

	RingBytes int    // the ring between hooks and disk, a power of two; 8 MiB, some 30,000 messages
	RingDir   string // where its file lies; /dev/shm where that exists, else the archive

	Sync         Sync
	SyncInterval time.Duration // 100 ms

	StoreSync   Sync          // of message stores; SyncAlways
	SaveTimeout time.Duration // how long a message store's save may wait for the archive before it is an error; 5 s
	SyncInbound bool          // with StoreSync: inbound messages too are durable before the engine sees them, and counted before it goes on

	WhenFull   WhenFull
	WaitBudget time.Duration // 100 ms

	SegmentBytes int64         // a segment is sealed at this size; 64 MiB
	SegmentAge   time.Duration // … or when a record comes this long after its first; 24 h

	JournalBytes int64 // what the journal may hold until the stores are synced; 512 MiB, at least 8 MiB
	BufferBytes  int   // what all stores together may hold back in memory; 32 MiB
	OpenFiles    int   // descriptors for stores; 256
	LogsMax      int   // sessions that may be archived; 100,000

	ReserveBytes int64 // room kept back for when the disk is full; 64 MiB, less on a small disk; negative: none
	FreePercent  int   // the alarm is raised when less of the disk is free, and at a quarter of that; 20; negative: never

	FileMode fs.FileMode // 0640, whatever the umask
	DirMode  fs.FileMode // 0750, whatever the umask

	// Alarm is told of every failure in the background. It may be called from any goroutine and must not block.
	// Stats counts alarms and keeps the last, and a file keeps all for Reader.Alarms, whether or not this is set.
	Alarm func(error)
}

const (
	journalBytesMin = 8 << 20
	journalFilesMax = 8
	ringBytesMin    = 64 << 10
	ringBytesMax    = 1 << 30
)

var errOptions = errors.New("options")

// withDefaults fills in what was left zero and checks the whole.
func (o Options) withDefaults() (Options, error) {
	def(&o.RingBytes, 8<<20)
	def(&o.Sync, SyncInterval)
	def(&o.SyncInterval, 100*time.Millisecond)
	def(&o.StoreSync, SyncAlways)
	def(&o.SaveTimeout, 5*time.Second)
	def(&o.WhenFull, Drop)
	def(&o.WaitBudget, 100*time.Millisecond)
	def(&o.SegmentBytes, 64<<20)
	def(&o.SegmentAge, 24*time.Hour)
	def(&o.JournalBytes, 512<<20)
	def(&o.BufferBytes, 32<<20)
	def(&o.OpenFiles, 256)
	def(&o.LogsMax, 100_000)
	def(&o.ReserveBytes, 64<<20)
	def(&o.FreePercent, 20)
	def(&o.FileMode, 0o640)
	def(&o.DirMode, 0o750)
	return o, o.validate()
}

// absolute makes Path the one spelling under which an archive is known in this process.
func (o Options) absolute() (_ Options, err error) {
	if o.Path != "" {
		o.Path, err = filepath.Abs(o.Path)
	}
	return o, err
}

func def[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}

// validate says which field is wrong, its value, and what it may be.
func (o *Options) validate() error {
	switch {
	case o.Path == "":
		return fmt.Errorf("%w: Path is empty, want the archive's directory", errOptions)
	case o.RingBytes&(o.RingBytes-1) != 0 || o.RingBytes < ringBytesMin || o.RingBytes > ringBytesMax:
		return fmt.Errorf("%w: RingBytes is %d, want a power of two from %d to %d", errOptions, o.RingBytes, ringBytesMin, ringBytesMax)
	case o.Sync != SyncInterval && o.Sync != SyncNone:
		return fmt.Errorf("%w: Sync is %q, want none or interval", errOptions, o.Sync)
	case o.StoreSync != SyncAlways && o.StoreSync != SyncInterval && o.StoreSync != SyncNone:
		return fmt.Errorf("%w: StoreSync is %q, want none, interval or always", errOptions, o.StoreSync)
	case o.WhenFull != Drop && o.WhenFull != Wait:
		return fmt.Errorf("%w: WhenFull is %q, want drop or wait", errOptions, o.WhenFull)
	case o.FileMode&^0o777 != 0 || o.DirMode&^0o777 != 0:
		return fmt.Errorf("%w: FileMode %v and DirMode %v may hold permission bits only", errOptions, o.FileMode, o.DirMode)
	}
	for _, f := range []struct {
		name               string
		value, least, most int64
	}{
		{"SyncInterval", int64(o.SyncInterval), 1, int64(time.Hour)},
		{"SaveTimeout", int64(o.SaveTimeout), 1, int64(time.Hour)},
		{"WaitBudget", int64(o.WaitBudget), 1, int64(time.Hour)},
		{"SegmentBytes", o.SegmentBytes, 64 << 10, 1 << 30},
		{"SegmentAge", int64(o.SegmentAge), 1, math.MaxInt64},
		{"JournalBytes", o.JournalBytes, journalBytesMin, 1 << 40},
		{"BufferBytes", int64(o.BufferBytes), 64 << 10, 1 << 30},
		{"OpenFiles", int64(o.OpenFiles), 8, 1 << 20},
		{"LogsMax", int64(o.LogsMax), 1, 1_000_000},
		{"ReserveBytes", o.ReserveBytes, -1, 1 << 40},
		{"FreePercent", int64(o.FreePercent), -1, 99},
	} {
		if f.value < f.least || f.value > f.most {
			return fmt.Errorf("%w: %s is %d, want %d to %d", errOptions, f.name, f.value, f.least, f.most)
		}
	}
	return nil
}

func (o *Options) interval() time.Duration {
	if o.Sync == SyncNone {
		return 0
	}
	return o.SyncInterval
}

func (o *Options) whenFull() session.WhenFull {
	if o.WhenFull == Wait {
		return session.Wait
	}
	return session.Drop
}
