package main

import (
	"math/bits"
	"sync"
)

// budget bounds the bytes that are on their way.
type budget struct {
	mu   sync.Mutex
	cond *sync.Cond
	free int64
}

func newBudget(bytes int64) *budget {
	b := &budget{free: bytes}
	b.cond = sync.NewCond(&b.mu)
	return b
}

func (b *budget) take(bytes int64) {
	b.mu.Lock()
	for b.free < bytes {
		b.cond.Wait()
	}
	b.free -= bytes
	b.mu.Unlock()
}

func (b *budget) give(bytes int64) {
	b.mu.Lock()
	b.free += bytes
	b.mu.Unlock()
	b.cond.Broadcast()
}

var pools [32]sync.Pool

// takeBuffer hands out an empty buffer with room for this many bytes.
func takeBuffer(length int) []byte {
	class := bits.Len(uint(max(length, 4096) - 1))
	if kept, ok := pools[class].Get().(*[]byte); ok {
		return (*kept)[:0]
	}
	return make([]byte, 0, 1<<class)
}

func giveBuffer(buf []byte) {
	class := bits.Len(uint(cap(buf))) - 1
	if cap(buf) != 1<<class {
		return
	}
	pools[class].Put(&buf)
}
