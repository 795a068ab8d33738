package store

import (
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/record"
)

// Options are what the logs of a Set have in common. Archive, Generation and DirName are required.
type Options struct {
	Archive      [16]byte
	Generation   record.Generation
	SegmentBytes int64         // a segment grows to about this; SegmentBytesDefault when 0
	SegmentAge   time.Duration // between a segment's first record and its last; SegmentAgeDefault when 0
	OpenFiles    int           // descriptors held open between writes; OpenFilesDefault when 0
	SyncsAtOnce  int           // files that are synced together; SyncsAtOnceDefault when 0
	DirName      func(record.LogID) string
	Quarantine   string // directory for what is cut off; "quarantine" beside the root when empty

	// Report is told what Open found and went on around: a *TornError, a *CorruptError. It is called on Open's
	// goroutine; nil when nobody wants to know.
	Report func(error)
}

// What the zero values of Options stand for.
const (
	SegmentBytesDefault = 64 << 20
	SegmentAgeDefault   = 24 * time.Hour
	OpenFilesDefault    = 256
	SyncsAtOnceDefault  = 16 // a disk takes 16 files in a seventh of the time that it takes for one after the other
)

// Set is the logs of an archive, for the process that writes it.
type Set struct {
	fs      disk.FS
	root    string
	o       Options
	files   files
	buffers buffers

	scratch []byte // the sink's, for what is written to indexes

	mu      sync.Mutex
	redoing map[record.LogID]*redo // logs that Redo writes to and that are not opened yet
	logs    []*Log                 // whose active segment was written since TakeDirty
	paths   []string               // of all else that was
	volume  disk.Volume            // what they lie on; nil until one is written, and where there is none to sync
	asked   bool                   // … whether there is one

	indexErrors atomic.Uint64
	written     atomic.Uint64
}

// NewSet returns the logs below root. It touches no disk.
func NewSet(fsys disk.FS, root string, o Options) *Set {
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = SegmentBytesDefault
	}
	if o.SegmentAge <= 0 {
		o.SegmentAge = SegmentAgeDefault
	}
	if o.OpenFiles <= 0 {
		o.OpenFiles = OpenFilesDefault
	}
	if o.SyncsAtOnce <= 0 {
		o.SyncsAtOnce = SyncsAtOnceDefault
	}
	if o.Quarantine == "" {
		o.Quarantine = filepath.Join(filepath.Dir(root), "quarantine")
	}
	if o.Report == nil {
		o.Report = func(error) {}
	}
	s := &Set{fs: fsys, root: root, o: o, redoing: map[record.LogID]*redo{}}
	s.files.init(o.OpenFiles)
	return s
}

// Dir is where the files of a log lie.
func (s *Set) Dir(id record.LogID) string { return filepath.Join(s.root, s.o.DirName(id)) }

// IndexErrors counts the writes to indexes and catalogues that failed. They cost readers time and nothing else.
func (s *Set) IndexErrors() uint64 { return s.indexErrors.Load() }

// Written counts the bytes that segments have grown by.
func (s *Set) Written() uint64 { return s.written.Load() }

// TakeDirty returns the files that were written since the last call, and the directories that names were added to.
func (s *Set) TakeDirty() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	paths := append(make([]string, 0, len(s.paths)+len(s.logs)), s.paths...)
	for _, l := range s.logs {
		if l.touched {
			l.touched = false
			paths = append(paths, segmentPath(l.dir, l.flushed.segment))
		}
	}
	s.logs, s.paths = s.logs[:0], nil
	return paths
}

// touch notes that the active segment of l was written.
func (s *Set) touch(l *Log) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !l.touched {
		l.touched = true
		s.logs = append(s.logs, l)
	}
}

// Touch notes files and directories, apart from active segments, that the next Sync has to prove.
func (s *Set) Touch(paths ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paths = append(s.paths, paths...)
}

// Close closes the files. What was not flushed is let go of.
func (s *Set) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.files.closeAll()
	if s.volume != nil {
		err = errors.Join(err, s.volume.Close())
		s.volume = nil
	}
	return err
}
