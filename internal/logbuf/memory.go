package logbuf

import (
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"
)

// Position is a free-running byte offset in the ring's endless stream: where a record's header starts.
type Position uint64

// Geometry is the size of a ring and of what lies beside it. It cannot change while the memory lives.
type Geometry struct {
	RingBytes int // a power of two, at least 4096
	Slots     int // 64-byte side slots
}

const (
	ringBytesMin = 4 << 10
	ringBytesMax = 1 << 30
	slotsMax     = 1 << 20
)

var errGeometry = errors.New("impossible geometry")

// Validate says what is wrong with g, if anything is.
func (g Geometry) Validate() error {
	if g.RingBytes < ringBytesMin || g.RingBytes > ringBytesMax || g.RingBytes&(g.RingBytes-1) != 0 {
		return fmt.Errorf("%w: %d ring bytes, want a power of two from %d to %d",
			errGeometry, g.RingBytes, ringBytesMin, ringBytesMax)
	}
	if g.Slots < 0 || g.Slots > slotsMax {
		return fmt.Errorf("%w: %d slots, want 0 to %d", errGeometry, g.Slots, slotsMax)
	}
	return nil
}

// Slot is one cache line beside the ring, kept with it. Its meaning belongs to the caller.
type Slot [8]atomic.Uint64

// Owner says whose ring a file holds. It is stamped in when the file is made and means nothing to logbuf.
type Owner struct {
	Archive    [16]byte
	Generation uint64
	Boot       [16]byte
	BaseWall   int64
}

// The memory of a ring, on the heap as in a file:
//
//	┌ 4096 B: identity │ control ┬ slots, 64 B each ┬ zeros to 4096 B ┬ ring ┐
//	└──────────────────┴─────────┴──────────────────┴─────────────────┴──────┘
const (
	headerPageBytes = 4096
	controlOffset   = 512
	slotBytes       = 64
	lineBytes       = 64
	pageBytes       = 4096
)

var (
	_ = [1]struct{}{}[unsafe.Sizeof(Slot{})-slotBytes]
	_ = [headerPageBytes - controlOffset - unsafe.Sizeof(control{}) + 1]struct{}{}
	_ = [controlOffset - identityBytes + 1]struct{}{}
)

// control holds the positions, each where its writer does not disturb the others' readers: 128 bytes apart,
// since processors fetch lines in pairs.
type control struct {
	// Moved by producers. bound is their copy of head; it shares tail's line because whoever claims needs both.
	tail  atomic.Uint64
	bound atomic.Uint64
	_     [112]byte

	// Stored by the consumer, loaded by producers when bound is not enough.
	head atomic.Uint64
	_    [120]byte

	// Stored by the consumer, loaded by recovery.
	taken atomic.Uint64
	_     [120]byte
}

func (g Geometry) ringOffset() int {
	return (headerPageBytes + g.Slots*slotBytes + pageBytes - 1) &^ (pageBytes - 1)
}

func (g Geometry) totalBytes() int { return g.ringOffset() + g.RingBytes }

// Memory is what a ring lives in: heap, or a mapped file. Rings, claims, slots and the bytes of records point
// into it, so nothing of them may be used after Close.
type Memory struct {
	geometry Geometry
	owner    Owner
	all      []byte // header page, slots, ring; starts on a cache line
	path     string // empty on the heap
	fd       int    // holds the lock; -1 on the heap
	leftover bool   // was opened, not made: to be recovered, not written to by producers

	severed atomic.Bool // somebody else has taken away what lay here, or written to it
	adrift  atomic.Bool // it is no file's any more
}

// NewHeap makes a ring's memory on the heap. It dies with the process.
func NewHeap(g Geometry) (*Memory, error) {
	if err := g.Validate(); err != nil {
		return nil, err
	}
	raw := make([]byte, g.totalBytes()+lineBytes)
	clear(raw) // touches every page, so that no producer takes the faults of the first lap
	skew := int(-uintptr(unsafe.Pointer(unsafe.SliceData(raw))) & (lineBytes - 1))
	return &Memory{geometry: g, all: raw[skew : skew+g.totalBytes() : skew+g.totalBytes()], fd: -1}, nil
}

// Geometry is the size the memory was made with.
func (m *Memory) Geometry() Geometry { return m.geometry }

// Owner is what was stamped in when the file was made; zero on the heap.
func (m *Memory) Owner() Owner { return m.owner }

// Mapped says whether the ring outlives the process.
func (m *Memory) Mapped() bool { return m.path != "" && !m.adrift.Load() }

// Path is the file's, or empty on the heap.
func (m *Memory) Path() string { return m.path }

// Slot returns the i-th side slot.
func (m *Memory) Slot(i int) *Slot {
	if i < 0 || i >= m.geometry.Slots {
		panic(fmt.Sprintf("logbuf: slot %d of %d", i, m.geometry.Slots))
	}
	return (*Slot)(unsafe.Pointer(&m.all[headerPageBytes+i*slotBytes]))
}

func (m *Memory) control() *control { return (*control)(unsafe.Pointer(&m.all[controlOffset])) }

func (m *Memory) ring() []byte { return m.all[m.geometry.ringOffset():] }
