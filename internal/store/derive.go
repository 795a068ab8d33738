package store

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// index counts the blocks in b, which was written from a place on, and appends the spans that they complete.
func (l *Log) index(b []byte, from place) {
	if from.offset == 0 {
		n := headerSize(l.id)
		b, from.offset = b[n:], n
	}
	for len(b) > 0 {
		h, err := readBlockHeader(b)
		if err != nil {
			panic("store: a block that was just made cannot be read: " + err.Error())
		}
		l.ready = l.run.count(l.ready, from.segment, from.offset, &h)
		b = b[h.size():]
		from.offset += h.size()
	}
	l.appendIndex()
}

// appendIndex appends the spans that are ready to the index of the active segment. What it does not take now is
// tried again with the next.
func (l *Log) appendIndex() {
	if len(l.ready) == 0 {
		return
	}
	b := l.encodeReady(l.set.scratch[:0])
	l.set.scratch = b
	f, err := l.set.files.use(&l.indexFile, l.openIndex)
	if err == nil {
		_, err = f.WriteAt(b, l.indexed)
	}
	l.entered(len(b), err)
}

// encodeReady adds the spans that are ready to dst, and what must come before them.
func (l *Log) encodeReady(dst []byte) []byte {
	if l.indexed == 0 {
		dst = appendSpansHeader(dst, l.indexHeader(l.flushed.segment))
	}
	seed := seedOf(l.base, l.flushed.segment)
	for i := range l.ready {
		dst = appendSpan(dst, &l.ready[i], seed)
	}
	return dst
}

// openIndex opens the index of the active segment. One without a good header begins anew.
func (l *Log) openIndex() (disk.File, error) {
	flag := 0
	if l.indexed == 0 {
		flag = os.O_CREATE | os.O_TRUNC
	}
	return l.set.fs.OpenFile(indexPath(l.dir, l.flushed.segment), flag)
}

// entered notes whether the index has got what was ready.
func (l *Log) entered(n int, err error) {
	if err != nil {
		l.set.indexErrors.Add(1)
		return
	}
	l.indexed += int64(n)
	l.ready = l.ready[:0]
	l.set.Touch(indexPath(l.dir, l.flushed.segment))
}

func (l *Log) indexHeader(segment uint32) *spansFile {
	return &spansFile{magic: indexMagic, archive: l.set.o.Archive, log: l.id, segment: segment}
}

// seal completes the index of the active segment and enters it in the catalogue. Doing it twice is harmless.
func (l *Log) seal() {
	if l.run.records > 0 {
		l.ready = append(l.ready, l.run)
		l.run = span{}
	}
	l.appendIndex()
	if err := l.enter(l.flushed); err != nil {
		l.set.indexErrors.Add(1)
	}
}

// enter appends a segment that is sealed at its end to the catalogue, and what an older one put back in its place lacks
// before it. When there is no catalogue that can be read, all that is sealed is entered again.
func (l *Log) enter(end place) error {
	path := cataloguePath(l.dir)
	header := &spansFile{magic: catalogueMagic, archive: l.set.o.Archive, log: l.id}
	b, err := disk.ReadFile(l.set.fs, path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	from, flag, broken := int64(len(b)), 0, false
	entered, err := parseSpans(b, header, l.base, func(int64, string) { broken = true })
	if errors.Is(err, ErrTooNew) {
		return err
	}
	if err != nil || broken || (len(b)-spansHeader)%spanSize != 0 || !l.endsWhole(entered) {
		entered, from, flag = nil, 0, os.O_CREATE|os.O_TRUNC
	}
	after := uint32(0)
	if n := len(entered); n > 0 {
		after = entered[n-1].segment
	}
	if after >= end.segment {
		return nil
	}
	var out []byte
	if from == 0 {
		out = appendSpansHeader(out, header)
	}
	if after+1 < end.segment {
		if out, err = l.between(out, after, end.segment); err != nil {
			return err
		}
	}
	out = l.appendSealed(out, end)
	if len(out) == 0 {
		return nil
	}
	return l.writeCatalogue(path, flag, out, from)
}

// endsWhole reports whether the last segment in the catalogue is entered to its end: each epoch of a segment has a span,
// and the last may have been lost.
func (l *Log) endsWhole(entered []span) bool {
	if len(entered) == 0 {
		return true
	}
	last := &entered[len(entered)-1]
	info, err := l.set.fs.Stat(segmentPath(l.dir, last.segment))
	return err != nil || info.Size() == last.end()
}

func (l *Log) writeCatalogue(path string, flag int, b []byte, at int64) error {
	l.set.Touch(path)
	return l.set.writeFileAt(func() (disk.File, error) { return l.set.fs.OpenFile(path, flag) }, b, at)
}

// between adds the catalogue's spans of all segments between two numbers to dst.
func (l *Log) between(dst []byte, after, before uint32) ([]byte, error) {
	numbers, err := segmentNumbers(l.set.fs, l.dir)
	if err != nil {
		return nil, err
	}
	for _, n := range numbers {
		if n >= before {
			break
		}
		if n <= after {
			continue
		}
		info, err := l.set.fs.Stat(segmentPath(l.dir, n))
		if err != nil {
			return nil, err
		}
		dst = l.appendSealed(dst, place{n, info.Size()})
	}
	return dst, nil
}

// appendSealed adds what the index says of a sealed segment to dst. A segment whose index does not say all of it
// is left out: readers read its blocks instead, the sink has better things to do.
func (l *Log) appendSealed(dst []byte, end place) []byte {
	spans, whole := l.indexOf(end)
	if !whole {
		return dst
	}
	for _, s := range byEpoch(spans) {
		dst = appendSpan(dst, &s, l.base)
	}
	return dst
}

// indexOf reads the spans of a segment that follow each other from its first block on, and reports whether they
// reach its end.
func (l *Log) indexOf(end place) (spans []span, whole bool) {
	b, err := disk.ReadFile(l.set.fs, indexPath(l.dir, end.segment))
	if err != nil {
		return nil, false
	}
	all, err := parseSpans(b, l.indexHeader(end.segment), l.base, nil)
	if err != nil {
		return nil, false
	}
	at := headerSize(l.id)
	for i := range all {
		// A span left out by parseSpans is a hole here: what lies behind it does not follow.
		if all[i].offset != at || all[i].end() > end.offset || !l.placed(b, i, &all[i]) {
			return all[:i], false
		}
		at = all[i].end()
	}
	return all, at == end.offset
}

// placed reports whether the i-th span stands at the i-th place of the file.
func (l *Log) placed(b []byte, i int, s *span) bool {
	at := spansHeader + i*spanSize
	return len(b) >= at+spanSize && int64(binary.LittleEndian.Uint64(b[at+8:])) == s.offset
}

// byEpoch joins spans that follow each other in one segment and epoch.
func byEpoch(spans []span) (joined []span) {
	for i := range spans {
		joined = appendByEpoch(joined, &spans[i])
	}
	return joined
}

func appendByEpoch(joined []span, s *span) []span {
	if n := len(joined); n > 0 && joined[n-1].segment == s.segment && joined[n-1].continues(s.offset, &s.summary) {
		joined[n-1].length += s.length
		joined[n-1].join(&s.summary)
		return joined
	}
	return append(joined, *s)
}

// segmentNumbers lists the segments in a log's directory, ascending. A directory that is not there has none.
func segmentNumbers(fsys disk.FS, dir string) (numbers []uint32, err error) {
	names, err := fsys.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, name := range names {
		if n, ok := segmentNumber(name); ok {
			numbers = append(numbers, n)
		}
	}
	return numbers, err
}
