package main

import "math/bits"

const (
	// An entry: the bits of its code and what follows them (0-5), those of its code alone (8-11), and a value from bit 16 on: the literal, the first length or distance, or where a further table begins.
	isLiteral = 1 << 31
	// Something else than a length or distance: another table, the end of the block, or nothing that may come.
	isOther  = 1 << 15
	isTable  = 1 << 14
	isEnd    = 1 << 13
	takeBits = 63
)

var (
	literalValues  = makeLiterals()
	distanceValues = makeDistances()
	orderOfLengths = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
	orderValues    = makeOrder()
	fixedLengths   = makeFixed()
)

// The values of symbols: entries without the length of their code.
func makeLiterals() (values [288]uint32) {
	for i := range values {
		switch {
		case i < 256:
			values[i] = isLiteral | uint32(i)<<16
		case i == 256:
			values[i] = isOther | isEnd
		case i == 285:
			values[i] = 258 << 16
		case i < 265:
			values[i] = uint32(i-254) << 16
		case i < 285:
			extra := uint32(i-261) / 4
			values[i] = (3+(4+uint32(i-265)%4)<<extra)<<16 | extra
		default:
			values[i] = isOther
		}
	}
	return values
}

func makeDistances() (values [32]uint32) {
	for i := range values {
		switch {
		case i < 4:
			values[i] = uint32(i+1) << 16
		case i < 30:
			extra := uint32(i-2) / 2
			values[i] = (1+(2+uint32(i)%2)<<extra)<<16 | extra
		default:
			values[i] = isOther
		}
	}
	return values
}

func makeOrder() (values [19]uint32) {
	for i := range values {
		values[i] = uint32(i) << 16
	}
	return values
}

func makeFixed() (lengths [288 + 32]uint8) {
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		case i < 288:
			lengths[i] = 8
		default:
			lengths[i] = 5
		}
	}
	return lengths
}

// build makes the table of a code from the lengths of its symbols. False where there is no such code: only one with a single symbol, or none, may leave bits unused.
func build(table []uint32, tableBits uint, lengths []uint8, values []uint32) bool {
	var counts, next [16]uint32
	for _, length := range lengths {
		counts[length]++
	}
	counts[0] = 0
	code, left, longest := uint32(0), int32(1), uint(0)
	for length := 1; length < len(counts); length++ {
		next[length] = code
		code = (code + counts[length]) << 1
		left = left<<1 - int32(counts[length])
		if left < 0 {
			return false
		}
		if counts[length] > 0 {
			longest = uint(length)
		}
	}
	if left > 0 {
		if longest > 1 {
			return false
		}
		for i := range 1 << tableBits {
			table[i] = isOther
		}
	}
	// For the codes that begin with the same bits: how long the longest is, then where their table begins.
	var deeper [1 << literalBits]uint16
	if longest > tableBits {
		codes := next
		for _, length := range lengths {
			if length == 0 {
				continue
			}
			reversed := bits.Reverse32(codes[length]) >> (32 - uint(length))
			codes[length]++
			if uint(length) > tableBits {
				first := reversed & (1<<tableBits - 1)
				deeper[first] = max(deeper[first], uint16(uint(length)-tableBits))
			}
		}
		at := uint32(1) << tableBits
		for first := range 1 << tableBits {
			if more := uint32(deeper[first]); more > 0 {
				if int(at+1<<more) > len(table) {
					return false
				}
				table[first] = isOther | isTable | at<<16 | more<<8 | uint32(tableBits)
				at += 1 << more
			}
		}
	}
	for symbol, length := range lengths {
		if length == 0 {
			continue
		}
		reversed := bits.Reverse32(next[length]) >> (32 - uint(length))
		next[length]++
		value := values[symbol]
		if uint(length) <= tableBits {
			entry := value&^takeBits | uint32(length)<<8 | (value&takeBits + uint32(length))
			for i := reversed; i < 1<<tableBits; i += 1 << length {
				table[i] = entry
			}
			continue
		}
		pointer := table[reversed&(1<<tableBits-1)]
		begin, size, own := pointer>>16, uint32(1)<<(pointer>>8&15), uint32(length)-uint32(tableBits)
		entry := value&^takeBits | own<<8 | (value&takeBits + own)
		for i := reversed >> tableBits; i < size; i += 1 << own {
			table[begin+i] = entry
		}
	}
	return true
}
