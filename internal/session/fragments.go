package session

import (
	"crypto/sha256"

	"github.com/fixarchive/fixarchive/internal/logbuf"
	"github.com/fixarchive/fixarchive/internal/pool"
	"github.com/fixarchive/fixarchive/internal/record"
)

// fragments is a body that takes several frames: all have its sequence, and all but the last the flag MoreFollows.
type fragments struct {
	body []byte
	sent int // bytes of body that are in the ring
	buf  *pool.Buffer
}

// begun reports whether part of l is in the ring.
func (l *letter) begun() bool { return l.large != nil && l.large.sent > 0 }

// recordLarge delivers a body that does not fit in one frame.
func (r *Recorder) recordLarge(kind record.Kind, flags record.Flags, at record.Nanos, raw []byte) (record.Position, bool) {
	l := letter{kind: kind, flags: flags, at: at, length: len(raw)}
	if len(raw) > r.bodyMax() {
		r.describe(&l, raw)
		return 0, false
	}
	large := fragments{body: raw, buf: r.buffers.Get(r.ring.MaxRecord())}
	l.large = &large
	r.mu.Lock()
	pos, ok := r.settle(&l)
	r.buffers.Put(large.buf)
	return pos, ok
}

// bodyMax is the longest body that can be archived whole. Without waiting, a message has to fit in what is free at
// one moment, so that one which the empty ring could not hold is known to be lost beforehand.
func (r *Recorder) bodyMax() int {
	if r.whenFull == Wait {
		return record.BodyBytesMax
	}
	whole := r.ring.Cap()/r.ring.MaxRecord() - 1 // frames that fit wherever the first of them begins
	return min(record.BodyBytesMax, whole*(r.ring.MaxRecord()-record.FrameHeaderSize))
}

// roomFor is what the fragments of a body of n bytes may take in the ring: each has two headers and some padding,
// and one of them may have to leave almost its own size unused at the ring's end.
func (r *Recorder) roomFor(n int) int {
	frames := n/(r.ring.MaxRecord()-record.FrameHeaderSize) + 1
	return n + frames*(record.FrameHeaderSize+16) + r.ring.MaxRecord()
}

// putFragments puts what is missing of l. When the ring is full in between, what is already there belongs to a
// record that is lost, or to one that goes on later.
func (r *Recorder) putFragments(l *letter) (logbuf.Position, error) {
	x := l.large
	room := len(x.buf.B) - record.FrameHeaderSize
	if r.whenFull == Drop && !l.insists && r.roomFor(len(x.body)) > r.ring.Cap()-r.ring.Claimed() {
		return 0, logbuf.ErrFull // rather than fill the ring with the first half of it
	}
	for {
		n := min(room, len(x.body)-x.sent)
		f := r.frame(l)
		if x.sent+n < len(x.body) {
			f.Flags |= record.MoreFollows
		}
		b := x.buf.B[:record.FrameHeaderSize+n]
		record.PutFrameHeader(b, &f)
		copy(b[record.FrameHeaderSize:], x.body[x.sent:])
		pos, err := r.ring.Put(b)
		if err != nil {
			r.underWay = x.sent > 0
			return 0, err
		}
		if x.sent += n; x.sent == len(x.body) {
			return pos, nil
		}
	}
}

// describedBytes is how much of a message that is too large goes into its gap record, behind its SHA-256.
const describedBytes = 4 << 10

// describe puts a gap frame in the place of a message that is too large to be archived.
func (r *Recorder) describe(l *letter, raw []byte) {
	sum := sha256.Sum256(raw)
	head := raw[:min(len(raw), describedBytes, r.ring.MaxRecord()-gapSize-len(sum))]
	lost := record.Lost{
		Count: 1, Bytes: uint64(len(raw)), First: l.at, Till: l.at,
		Reason: record.TooLarge, Extra: append(sum[:], head...),
	}
	buf := r.buffers.Get(gapSize + len(lost.Extra))
	l.kind, l.whole, l.instead = record.Gap, buf.B, &lost
	r.mu.Lock()
	r.settle(l)
	r.buffers.Put(buf)
}
