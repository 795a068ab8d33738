package sink

import (
	"sync"
	"sync/atomic"
)

// signal wakes everyone who waits for the next broadcast. Broadcasting costs one load while nobody waits.
type signal struct {
	mu      sync.Mutex
	waiting atomic.Bool
	ch      chan struct{}
}

func (s *signal) init() { s.ch = make(chan struct{}) }

// next returns a channel that the next broadcast closes. Call it before looking at what the broadcast is about.
func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting.Store(true)
	return s.ch
}

func (s *signal) broadcast() {
	if !s.waiting.Load() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting.Store(false)
	close(s.ch)
	s.ch = make(chan struct{})
}

// raise sets v to at least to.
func raise(v *atomic.Uint64, to uint64) {
	for {
		old := v.Load()
		if old >= to || v.CompareAndSwap(old, to) {
			return
		}
	}
}
