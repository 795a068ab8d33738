// Package pool lends reusable buffers to the capture path, which may not allocate.
//
//	session ──► Pool   one size of its own, a sync.Pool ────────────┐
//	session ──► Pool   one size of its own, a sync.Pool ──────────┐ │ too small
//	                                                              ▼ ▼
//	archive ──► Shared   4 KiB · 16 KiB · 64 KiB · 256 KiB · 1 MiB, a sync.Pool each
//	                                                              │ too small
//	                                                              ▼
//	                       a plain allocation: counted, and left to the garbage collector by Put
//
// Get and Put may be called by any goroutine, and a buffer may be put back by another goroutine than
// the one that got it. After Put the buffer belongs to the pool: under the race detector or the build
// tag "invariant" it is filled with 0xCC, a second Put panics, and so does the Get that finds a buffer
// written to after its Put.
//
// A session has one size only, because a sync.Pool costs memory for each processor and work in each
// garbage collection: a set of size classes for each of 10,000 sessions would cost hundreds of MiB.
// pool does not zero what it lends, and does not bound how much is lent at a time.
package pool

// SizeDefault is the buffer size of a session: frame and message of nearly every order and report fit,
// and 10,000 sessions that have each used one buffer stay under 16 MiB.
const SizeDefault = 1024

// A Pool is one session's own buffers, with the archive's larger ones behind it.
// It must not be copied once in use.
type Pool struct {
	own    class
	shared *Shared
}

// New returns a pool of buffers of size bytes that takes larger ones from shared.
func New(size int, shared *Shared) *Pool {
	p := new(Pool)
	p.Init(size, shared)
	return p
}

// Init makes ready a Pool that lies inside another struct. It must come before the first Get.
func (p *Pool) Init(size int, shared *Shared) {
	p.own.size = size
	p.shared = shared
}

// Get lends a buffer with len(B) == n and undefined contents. The caller gives it back with Put, or
// forgets it, which costs an allocation later and is otherwise harmless.
func (p *Pool) Get(n int) *Buffer {
	c := &p.own
	if n > c.size {
		if c = p.shared.class(n); c == nil {
			return p.shared.oversized(n)
		}
	}
	b, _ := c.free.Get().(*Buffer)
	if b == nil {
		b = c.fresh()
	} else if checked {
		b.lent.out(b.B[:c.size])
	}
	b.B = b.B[:n]
	return b
}

// Put takes b back. Nobody may read or write b afterwards.
func (p *Pool) Put(b *Buffer) {
	if b.home == nil {
		return
	}
	if cap(b.B) != b.home.size {
		// The borrower's append moved to an array of another size. It must not come back as one of
		// this size, nor pin its memory.
		p.shared.letGo.Add(1)
		return
	}
	b.home.put(b)
}
