package pool

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
)

func TestLengthIsAsAskedAndCapacityIsTheClass(t *testing.T) {
	p := New(1024, NewShared())
	for _, c := range []struct{ n, cap int }{
		{0, 1024}, {1, 1024}, {1024, 1024},
		{1025, 4 << 10}, {4 << 10, 4 << 10}, {4<<10 + 1, 16 << 10}, {64 << 10, 64 << 10},
		{200 << 10, 256 << 10}, {1 << 20, 1 << 20}, {1<<20 + 1, 1<<20 + 1},
	} {
		for range 2 { // new, then perhaps reused
			b := p.Get(c.n)
			if len(b.B) != c.n || cap(b.B) < c.cap {
				t.Errorf("Get(%d): length %d, capacity %d, want capacity %d", c.n, len(b.B), cap(b.B), c.cap)
			}
			p.Put(b)
		}
	}
	if got := p.shared.Oversize(); got != 2 {
		t.Errorf("%d buffers counted as oversize, want 2", got)
	}
}

func TestReslicedBufferComesBackWhole(t *testing.T) {
	p := New(64, NewShared())
	b := p.Get(64)
	b.B = b.B[:3]
	p.Put(b)
	if b = p.Get(64); len(b.B) != 64 {
		t.Errorf("length %d, want 64", len(b.B))
	}
	if got := p.shared.LetGo(); got != 0 {
		t.Errorf("%d buffers let go, want none", got)
	}
}

func TestBufferWithAnotherArrayIsLetGo(t *testing.T) {
	p := New(64, NewShared())
	grown, shifted := p.Get(64), p.Get(64)
	grown.B = append(grown.B, make([]byte, 1<<20)...)
	shifted.B = shifted.B[1:] // its first byte is out of reach
	p.Put(grown)
	p.Put(shifted)
	for range 4 {
		if b := p.Get(64); cap(b.B) != 64 {
			t.Errorf("got a buffer of %d bytes from a pool of 64", cap(b.B))
		}
	}
	if got := p.shared.LetGo(); got != 2 {
		t.Errorf("%d buffers let go, want 2", got)
	}
}

// TestBorrowersDoNotMeet passes buffers between goroutines; each must find only its own bytes in them.
func TestBorrowersDoNotMeet(t *testing.T) {
	shared := NewShared()
	pools := []*Pool{New(128, shared), New(128, shared)}
	returned := make(chan *Buffer, 16)
	var wg, putter sync.WaitGroup
	putter.Go(func() {
		for b := range returned {
			pools[0].Put(b) // not always the pool, nor the goroutine, that lent it
		}
	})
	for g := range 4 {
		wg.Go(func() {
			own := byte(g + 1)
			for i := range 2000 {
				b := pools[g%2].Get(1 + (i*37)%5000)
				fill(b.B, own)
				if i%3 == 0 {
					runtime.Gosched()
				}
				if bytes.Count(b.B, []byte{own}) != len(b.B) {
					t.Errorf("goroutine %d found another's bytes", g)
				}
				if i%2 == 0 {
					returned <- b
				} else {
					pools[g%2].Put(b)
				}
			}
		})
	}
	wg.Wait()
	close(returned)
	putter.Wait()
}

func fill(b []byte, c byte) {
	for i := range b {
		b[i] = c
	}
}

func TestReturnedBufferIsPoisoned(t *testing.T) {
	skipUnchecked(t)
	p := New(64, NewShared())
	b := p.Get(10)
	late := b.B
	copy(late, "0123456789")
	p.Put(b)
	if want := bytes.Repeat([]byte{0xCC}, 10); !bytes.Equal(late, want) {
		t.Errorf("a late reader sees % x", late)
	}
}

func TestSecondPutPanics(t *testing.T) {
	skipUnchecked(t)
	p := New(64, NewShared())
	for _, n := range []int{10, 2000} {
		b := p.Get(n)
		p.Put(b)
		mustPanic(t, func() { p.Put(b) })
	}
}

func TestWriteAfterPutPanicsAtTheNextGet(t *testing.T) {
	skipUnchecked(t)
	// The race detector makes sync.Pool lose buffers at random: ask the account itself.
	var l lent
	mem := make([]byte, 64)
	l.back(mem)
	mem[63] = 1
	mustPanic(t, func() { l.out(mem) })
}

func skipUnchecked(t *testing.T) {
	t.Helper()
	if !checked {
		t.Skip("checked under -race or -tags invariant only")
	}
}

func mustPanic(t *testing.T, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	f()
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	if checked {
		t.Skip("the race detector makes sync.Pool lose buffers at random")
	}
	p := New(1024, NewShared())
	for _, n := range []int{300, 1024, 3000, 50_000, 1 << 20} {
		if got := testing.AllocsPerRun(1000, func() { p.Put(p.Get(n)) }); got != 0 {
			t.Errorf("Get(%d) and Put: %v allocations", n, got)
		}
	}
}

// TestTenThousandSessionsStayUnder16MiB counts what a pool costs that has been used once, the same for
// the first session as for the last. A sync.Pool has 128 bytes for each processor: beyond four of them the
// budget grows by that.
func TestTenThousandSessionsStayUnder16MiB(t *testing.T) {
	if checked {
		t.Skip("the race detector costs memory of its own")
	}
	const sessions = 10_000
	budget := uint64(16<<20) + sessions*128*uint64(max(0, runtime.GOMAXPROCS(0)-4))

	shared := NewShared()
	pools := make([]*Pool, sessions)
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection would empty the pools
	before := heapAlloc()
	for i := range pools {
		pools[i] = New(SizeDefault, shared)
		pools[i].Put(pools[i].Get(256))
	}
	used := heapAlloc() - before
	t.Logf("%d bytes a session", used/sessions)
	if used > budget {
		t.Errorf("%d sessions cost %d bytes, want at most %d", sessions, used, budget)
	}
	if used < sessions*SizeDefault {
		t.Errorf("%d sessions cost %d bytes: the buffers were not counted", sessions, used)
	}
	runtime.KeepAlive(pools)
}

func heapAlloc() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// What it does not measure: a buffer's journey to another processor's cache, which the ring's consumer
// pays when it is the one who puts.
func BenchmarkGetPut(b *testing.B) {
	b.Run("bare", func(b *testing.B) { // the sync.Pool alone, to compare with
		p := sync.Pool{New: func() any { return new(Buffer) }}
		for b.Loop() {
			p.Put(p.Get().(*Buffer))
		}
	})
	for _, n := range []int{300, 3000, 1 << 20} {
		b.Run(fmt.Sprintf("bytes=%d", n), func(b *testing.B) {
			p := New(SizeDefault, NewShared())
			b.ReportAllocs()
			for b.Loop() {
				p.Put(p.Get(n))
			}
		})
	}
}

// BenchmarkCollection is a garbage collection while so many sessions each hold a used pool: what their
// sync.Pools add to it.
func BenchmarkCollection(b *testing.B) {
	for _, sessions := range []int{0, 10_000} {
		b.Run(fmt.Sprintf("sessions=%d", sessions), func(b *testing.B) {
			pools := make([]*Pool, sessions)
			shared := NewShared()
			for i := range pools {
				pools[i] = New(SizeDefault, shared)
			}
			runtime.GC()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for b.Loop() {
				for _, p := range pools {
					p.Put(p.Get(256))
				}
				runtime.GC()
			}
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.PauseTotalNs-before.PauseTotalNs)/float64(after.NumGC-before.NumGC), "pause-ns/gc")
			runtime.KeepAlive(pools)
		})
	}
}
