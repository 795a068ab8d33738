package logbuf

import (
	"encoding/binary"
	"sync"
)

// pipe is what the ring and its rivals are compared as: put copies a record in or says that there is no room; take
// reads whatever there is and says how many records that was.
type pipe interface {
	put([]byte) bool
	take() int
}

var sinkByte byte // keeps the reading from being optimised away

type ringPipe struct{ r *MPSC }

func (p *ringPipe) put(b []byte) bool {
	_, err := p.r.Put(b)
	return err == nil
}

func (p *ringPipe) take() (n int) {
	for ; n < 256; n++ {
		_, b, ok := p.r.Next()
		if !ok {
			break
		}
		sinkByte = b[0]
	}
	p.r.MarkTaken()
	p.r.Release()
	return n
}

// swapped is a mutex around a buffer that the consumer exchanges for an empty one: the honest rival. It does not
// survive its process, and a producer can be made to wait by another that was descheduled with the lock held.
type swapped struct {
	mu    sync.Mutex
	buf   []byte
	spare []byte // the consumer's
}

func newSwapped(n int) *swapped {
	return &swapped{buf: make([]byte, 0, n), spare: make([]byte, 0, n)}
}

func (s *swapped) put(b []byte) bool {
	s.mu.Lock()
	ok := len(s.buf)+headerBytes+len(b) <= cap(s.buf)
	if ok {
		s.buf = binary.LittleEndian.AppendUint64(s.buf, uint64(len(b)))
		s.buf = append(s.buf, b...)
	}
	s.mu.Unlock()
	return ok
}

func (s *swapped) take() (n int) {
	s.mu.Lock()
	full := s.buf
	s.buf = s.spare[:0]
	s.mu.Unlock()
	s.spare = full
	for len(full) > 0 {
		size := binary.LittleEndian.Uint64(full)
		sinkByte = full[headerBytes]
		full = full[headerBytes+size:]
		n++
	}
	return n
}

// pooled is a channel of slices from a sync.Pool, the way that needs no thought.
type pooled struct {
	pool sync.Pool
	ch   chan *[]byte
}

func newPooled(depth int) *pooled {
	return &pooled{
		pool: sync.Pool{New: func() any { b := make([]byte, 0, 512); return &b }},
		ch:   make(chan *[]byte, depth),
	}
}

func (p *pooled) put(b []byte) bool {
	rec := p.pool.Get().(*[]byte)
	*rec = append((*rec)[:0], b...)
	select {
	case p.ch <- rec:
		return true
	default:
		p.pool.Put(rec)
		return false
	}
}

func (p *pooled) take() (n int) {
	for ; n < 256; n++ {
		select {
		case rec := <-p.ch:
			sinkByte = (*rec)[0]
			p.pool.Put(rec)
		default:
			return n
		}
	}
	return n
}
