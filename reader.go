package fixarchive

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"
	"sync"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/journal"
	"github.com/fixarchive/fixarchive/internal/record"
	"github.com/fixarchive/fixarchive/internal/store"
)

// Reader reads an archive, in any process, also while another one writes to it. It takes no lock that a writer
// would wait for, and sees at any time a prefix of what was captured: never a torn record, and nothing that its
// checksums do not prove. A message that it shows may still vanish in a power cut unless it is durable: see Status.
//
// All methods may be called from any goroutine. Nothing is kept open between calls.
type Reader struct {
	path    string
	name    string // among others, as Readers call it; else empty
	fs      disk.FS
	archive [16]byte // whose it is

	mu      sync.Mutex
	overlay *overlay                // of the last writer, when that left one; nil when it has not been looked for
	ids     map[string]record.LogID // by the names of directories, which never change
}

// OpenReader opens the archive in a directory for reading. Where there is none the error is ErrNotArchive.
func OpenReader(path string) (*Reader, error) {
	r := &Reader{path: path, fs: disk.OS(disk.Modes{File: disk.DefaultFileMode, Dir: disk.DefaultDirMode}), ids: map[string]record.LogID{}}
	meta, err := journal.ReadMeta(r.fs, r.at("meta"))
	if err == nil {
		r.archive = meta.Archive
		return r, nil
	}
	if info, missing := r.fs.Stat(path); missing == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s: %w: it is a file; name an archive's directory", path, ErrNotArchive)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, ours(err)
	}
	if _, missing := r.fs.Stat(path); missing != nil {
		return nil, fmt.Errorf("%s: %w: there is no such directory; name an archive's directory", path, ErrNotArchive)
	}
	return nil, fmt.Errorf("%s: %w: it has no file named meta; name an archive's directory", path, ErrNotArchive)
}

// Name is what the archive is called: its path, as it was given or found.
func (r *Reader) Name() string { return r.path }

// Close lets go of the Reader.
func (r *Reader) Close() error { return nil }

// at is where a part of the archive lies.
func (r *Reader) at(names ...string) string {
	return filepath.Join(append([]string{r.path}, names...)...)
}

// Messages returns the records that q asks for: of one session in the order of their sequence, of all sessions in
// the order of their capture; with q.Reverse the other way round. It ends where the archive ends at the time.
//
// An error does not end the iteration by itself: damage is told as a *CorruptError with file and offset, and what
// lies behind it follows.
func (r *Reader) Messages(q Query) iter.Seq2[Message, error] { return r.messages(q, mergeBytesMax) }

// messages is Messages, which holds about as many bytes.
func (r *Reader) messages(q Query, bytesMax int) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		logs, bad, err := r.opened(&q)
		if err != nil {
			yield(Message{}, err)
			return
		}
		if bad != nil && !yield(Message{}, bad) {
			return
		}
		runs := make([]*run, len(logs))
		for i := range logs {
			runs[i] = logs[i].run(q.Reverse)
		}
		limited(merged(runs, q.inOrder(), bytesMax), q.Limit)(yield)
	}
}

// limited ends after n records; 0 is no limit.
func limited(all iter.Seq2[Message, error], n int) iter.Seq2[Message, error] {
	if n == 0 {
		return all
	}
	return func(yield func(Message, error) bool) {
		left := n
		for m, err := range all {
			if !yield(m, err) {
				return
			}
			if err != nil {
				continue
			}
			if left--; left == 0 {
				return
			}
		}
	}
}

// EpochsHolding returns which epochs of q.Session, ascending, have a record that q asks for.
func (r *Reader) EpochsHolding(q Query) ([]uint32, error) {
	var epochs []uint32
	q.Limit, q.Reverse = 0, false
	for m, err := range r.Messages(q) {
		if err != nil && !errors.Is(err, ErrCorrupt) {
			return nil, err
		}
		if n := len(epochs); err == nil && (n == 0 || epochs[n-1] != m.Epoch) {
			epochs = append(epochs, m.Epoch)
		}
	}
	slices.Sort(epochs)
	return slices.Compact(epochs), nil
}

// openLog is a log being read.
type openLog struct {
	logAt
	fs     disk.FS
	reader *Reader
	source string
	store  *store.Reader
	filter filter // what is asked of it
	left   saves  // what is pending of it; nil until somebody asks
}

// opened opens the logs of which q may want something. Those that cannot be opened are told of by bad, unless only one is wanted, and
// so is damage of the journal.
func (r *Reader) opened(q *Query) (open []openLog, bad, err error) {
	if err := q.check(); err != nil {
		return nil, nil, err
	}
	all, bad, err := r.logsAndDamage()
	if err != nil {
		return nil, nil, err
	}
	if q.Session != "" {
		one, err := r.findOf(all, q)
		if err != nil {
			return nil, nil, err
		}
		all = []logAt{one}
	}
	f := newFilter(q)
	for i := range all {
		f := f.forLog(r.path, &all[i])
		if f.never() {
			continue
		}
		l, err := r.open(&all[i])
		l.filter = f
		switch {
		case err == nil:
			open = append(open, l)
		case q.Session != "" && !errors.Is(err, store.ErrEmpty):
			return nil, nil, err
		case !errors.Is(err, store.ErrEmpty):
			bad = errors.Join(bad, err)
		}
	}
	return open, bad, nil
}

func segmentPath(dir string, n uint32) string { return filepath.Join(dir, fmt.Sprintf("%08d.seg", n)) }

// short is the damage of a log that ends before what the checkpoint acknowledges. Where an active segment ends, nothing
// in it says that more was there.
func (l *openLog) short() error {
	want := l.acknowledged
	if want == nil {
		return nil
	}
	sum, err := l.store.Summary()
	if err != nil || sum.LastSequence+1 >= want.State.Next {
		return nil // an error was met on the way
	}
	path, end := segmentPath(l.dir, want.Segment), want.Length
	tail, err := l.store.Tail()
	if info, missing := l.fs.Stat(path); missing == nil && err == nil {
		end = min(end, info.Size()-tail)
	}
	return &CorruptError{
		Path: path, Offset: end,
		Reason: fmt.Sprintf("the log can be read up to sequence %d, and %d was acknowledged", sum.LastSequence, want.State.Next-1),
	}
}

// message makes a record public, or the zero Message when it is not asked for.
func (l *openLog) message(rec *record.Record, err error) (Message, error) {
	if err != nil || !l.filter.wants(rec) {
		return Message{}, err
	}
	m, err := public(l.name, l.source, rec)
	m.Archive = l.reader.name
	if err != nil {
		return Message{}, err
	}
	if l.filter.handovers || l.filter.pending {
		return l.handedOver(m)
	}
	return m, nil
}
