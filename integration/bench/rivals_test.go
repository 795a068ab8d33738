package bench

import (
	"encoding/binary"
	"io"
	"log"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog/diode"

	"github.com/fixarchive/fixarchive/internal/logbuf"
)

// queueBytes is what the ring and each of its rivals may hold: the default ring of an archive.
const queueBytes = 8 << 20

// pollEvery is how long a consumer rests that finds nothing: an archive's sink at its shortest.
const pollEvery = 50 * time.Microsecond

// queue is what the ring and its rivals are compared as.
type queue interface {
	// put copies b in, or says that there is no room. Any goroutine.
	put(b []byte) bool
	// take reads a byte of whatever there is and says how many records that was. One goroutine.
	take() int
}

var seen byte // keeps the reading from being optimised away

var queues = []struct {
	name string
	open func(testing.TB) queue
}{{"ring", newRing}, {"mutex", newSwapped}, {"chan", newPooled}}

// ring is ours, in a mapped file as an archive has it.
type ring struct{ r *logbuf.MPSC }

func newRing(tb testing.TB) queue {
	m, err := logbuf.CreateFile(tb.TempDir()+"/ring", logbuf.Geometry{RingBytes: queueBytes}, logbuf.Owner{Generation: 1})
	if err != nil {
		tb.Logf("the ring is on the heap: %v", err)
		if m, err = logbuf.NewHeap(logbuf.Geometry{RingBytes: queueBytes}); err != nil {
			tb.Fatal(err)
		}
	}
	tb.Cleanup(func() { m.Close() })
	return ring{logbuf.NewMPSC(m)}
}

func (q ring) put(b []byte) bool {
	_, err := q.r.Put(b)
	return err == nil
}

// take takes at most 256 KiB at a time, as the sink does, so that producers get room before all is read.
func (q ring) take() (n int) {
	for ; n < 1024; n++ {
		_, b, ok := q.r.Next()
		if !ok {
			break
		}
		seen = b[0]
	}
	q.r.MarkTaken()
	q.r.Release()
	return n
}

// swapped is a mutex around a buffer that the consumer exchanges for an empty one: the honest rival. It does not
// survive its process, and a producer waits for one that was descheduled with the lock held.
type swapped struct {
	mu    sync.Mutex
	buf   []byte
	spare []byte // the consumer's
}

const lengthBytes = 8

func newSwapped(testing.TB) queue {
	half := func() []byte { return make([]byte, queueBytes/2)[:0] }
	return &swapped{buf: half(), spare: half()}
}

func (q *swapped) put(b []byte) bool {
	q.mu.Lock()
	ok := len(q.buf)+lengthBytes+len(b) <= cap(q.buf)
	if ok {
		q.buf = append(binary.LittleEndian.AppendUint64(q.buf, uint64(len(b))), b...)
	}
	q.mu.Unlock()
	return ok
}

func (q *swapped) take() (n int) {
	q.mu.Lock()
	full := q.buf
	q.buf = q.spare[:0]
	q.mu.Unlock()
	q.spare = full
	for len(full) > 0 {
		seen = full[lengthBytes]
		full = full[lengthBytes+binary.LittleEndian.Uint64(full):]
		n++
	}
	return n
}

// pooled is a channel of slices from a sync.Pool, the way that needs no thought.
type pooled struct {
	pool sync.Pool
	ch   chan *[]byte
}

func newPooled(testing.TB) queue {
	return &pooled{
		pool: sync.Pool{New: func() any { b := make([]byte, 0, 512); return &b }},
		ch:   make(chan *[]byte, queueBytes/(lengthBytes+messageBytes)),
	}
}

func (q *pooled) put(b []byte) bool {
	rec := q.pool.Get().(*[]byte)
	*rec = append((*rec)[:0], b...)
	select {
	case q.ch <- rec:
		return true
	default:
		q.pool.Put(rec)
		return false
	}
}

func (q *pooled) take() (n int) {
	for {
		select {
		case rec := <-q.ch:
			seen = (*rec)[0]
			q.pool.Put(rec)
			n++
		default:
			return n
		}
	}
}

// produce has producers put n records of one message each. Who finds no room yields.
func produce(producers, n int, m []byte, put func([]byte) bool) *sync.WaitGroup {
	var wg sync.WaitGroup
	for i := range producers {
		wg.Go(func() {
			for k := part(n, producers, i); k > 0; {
				if put(m) {
					k--
				} else {
					runtime.Gosched()
				}
			}
		})
	}
	return &wg
}

// part is the i-th of k shares of n.
func part(n, k, i int) int { return (n + i) / k }

// throughQueue moves n records from producers to the caller.
func throughQueue(q queue, producers, n int, m []byte) {
	wg := produce(producers, n, m, q.put)
	for got := 0; got < n; {
		if k := q.take(); k > 0 {
			got += k
		} else {
			time.Sleep(pollEvery)
		}
	}
	wg.Wait()
}

// throughDiode moves n records from producers to a diode's own goroutine and returns how many the diode lost: it
// never has no room, it writes over what was not read. Producers that meet at one place of it complain to the
// standard log, which is no part of the figure.
func throughDiode(producers, n int, m []byte) (lost int64) {
	log.SetOutput(io.Discard)
	defer log.SetOutput(os.Stderr)
	var missed atomic.Int64
	d := diode.NewWriter(reading{}, queueBytes/(lengthBytes+messageBytes), pollEvery, func(n int) { missed.Add(int64(n)) })
	produce(producers, n, m, func(b []byte) bool {
		_, err := d.Write(b)
		return err == nil
	}).Wait()
	d.Close()
	return missed.Load()
}

type reading struct{}

var _ io.Writer = reading{}

func (reading) Write(b []byte) (int, error) {
	seen = b[0]
	return len(b), nil
}
