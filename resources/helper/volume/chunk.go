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
	hash := uint32(0)
	middle := min(length, midBytes)
	at := minBytes
	for _, b := range data[minBytes:middle] {
		hash = hash<<1 + gear[b]
		at++
		if hash&maskBefore == 0 {
			return at
		}
	}
	for _, b := range data[middle:length] {
		hash = hash<<1 + gear[b]
		at++
		if hash&maskAfter == 0 {
			return at
		}
	}
	return length
}
