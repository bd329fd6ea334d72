package main

import (
	"math/rand"
	"testing"
)

// cutPlainly is the sentence of docs/snapshot-format.md, byte by byte.
func cutPlainly(data []byte) int {
	length := min(len(data), maxBytes)
	hash := uint32(0)
	for at := minBytes; at < length; at++ {
		hash = hash<<1 + gear[data[at]]
		mask := maskAfter
		if at < midBytes {
			mask = maskBefore
		}
		if hash&mask == 0 {
			return at + 1
		}
	}
	return length
}

func TestCutIsThatOfTheFormat(t *testing.T) {
	random := rand.New(rand.NewSource(7))
	data := make([]byte, 24<<20)
	random.Read(data)
	// Text has fewer different bytes, and long runs of one byte have hashes that stay the same.
	for i := 8 << 20; i < 16<<20; i++ {
		data[i] = "abcdefgh \n"[data[i]%10]
	}
	clear(data[18<<20 : 20<<20])
	for at := 0; at < len(data); {
		want, got := cutPlainly(data[at:]), cut(data[at:])
		if want != got {
			t.Fatalf("at %d: %d bytes, and it should be %d", at, got, want)
		}
		at += got
	}
	for range 200 {
		from := random.Intn(len(data))
		piece := data[from:min(len(data), from+random.Intn(maxBytes+2))]
		if want, got := cutPlainly(piece), cut(piece); want != got {
			t.Fatalf("%d bytes from %d on: %d, and it should be %d", len(piece), from, got, want)
		}
	}
}

func BenchmarkCut(b *testing.B) {
	data := make([]byte, 64<<20)
	rand.New(rand.NewSource(3)).Read(data)
	for b.Loop() {
		for at := 0; at < len(data); {
			at += cut(data[at:])
		}
	}
	b.SetBytes(64 << 20)
}
