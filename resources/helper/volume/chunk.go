package main

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
)

// Chunks of docs/snapshot-format.md.
const (
	wholeBytes = 1 << 20
	minBytes   = 256 << 10
	midBytes   = 1 << 20
	maxBytes   = 4 << 20
	maskBefore = uint32(0x3FFFFF) << 10
	maskAfter  = uint32(0x3FFFF) << 14
)

var gear = makeGear()

func makeGear() (table [256]uint32) {
	for i := range table {
		sum := sha256.Sum256([]byte("berth-gear-" + strconv.Itoa(i)))
		table[i] = binary.BigEndian.Uint32(sum[:4])
	}
	return table
}

// cut tells how long the first chunk of these bytes is: they are the rest of the file, or at least the longest chunk.
func cut(data []byte) int {
	length := min(len(data), maxBytes)
	if length <= minBytes {
		return length
	}
	middle := min(length, midBytes)
	if at := scan(data, minBytes, middle, maskBefore); at >= 0 {
		return at
	}
	if at := scan(data, middle, length, maskAfter); at >= 0 {
		return at
	}
	return length
}

const (
	// The hash forgets a byte that is so far behind.
	windowBytes = 32
	laneBytes   = 1 << 10
	lanes       = 4
)

// scan tells behind which byte a chunk ends, -1 for none. What lies far apart is hashed side by side: each step waits for the one before it, and a core can do several at once.
func scan(data []byte, from, to int, mask uint32) int {
	for from < to {
		if from < minBytes+windowBytes || to-from < lanes*laneBytes {
			end := min(to, max(from, minBytes)+lanes*laneBytes)
			if at := scanOne(data, from, end, mask); at >= 0 {
				return at
			}
			from = end
			continue
		}
		if anyIn(data[from-windowBytes:from+lanes*laneBytes], mask) {
			return scanOne(data, from, from+lanes*laneBytes, mask)
		}
		from += lanes * laneBytes
	}
	return -1
}

// scanOne does so byte by byte.
func scanOne(data []byte, from, to int, mask uint32) int {
	hash := hashBefore(data[max(minBytes, from-windowBytes):from])
	for at, b := range data[from:to] {
		hash = hash<<1 + gear[b]
		if hash&mask == 0 {
			return from + at + 1
		}
	}
	return -1
}

func hashBefore(window []byte) (hash uint32) {
	for _, b := range window {
		hash = hash<<1 + gear[b]
	}
	return hash
}

// anyIn tells whether a chunk ends in the lanes that come behind the window.
func anyIn(data []byte, mask uint32) bool {
	one := hashBefore(data[:windowBytes])
	two := hashBefore(data[laneBytes : laneBytes+windowBytes])
	three := hashBefore(data[2*laneBytes : 2*laneBytes+windowBytes])
	four := hashBefore(data[3*laneBytes : 3*laneBytes+windowBytes])
	first := data[windowBytes:][:laneBytes]
	second := data[windowBytes+laneBytes:][:laneBytes]
	third := data[windowBytes+2*laneBytes:][:laneBytes]
	fourth := data[windowBytes+3*laneBytes:][:laneBytes]
	for at := range laneBytes {
		one = one<<1 + gear[first[at]]
		two = two<<1 + gear[second[at]]
		three = three<<1 + gear[third[at]]
		four = four<<1 + gear[fourth[at]]
		if one&mask == 0 || two&mask == 0 || three&mask == 0 || four&mask == 0 {
			return true
		}
	}
	return false
}
