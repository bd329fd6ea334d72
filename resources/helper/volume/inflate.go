package main

import (
	"encoding/binary"
	"errors"
)

// Raw deflate (RFC 1951) of something whose length is known, with all of it at hand: twice as quick as a reader, which has to keep what it gave away.

const (
	literalBits = 11
	// As many entries as a complete code of 288 symbols can need at most with tables of 11 bits, and one of 32 with 8.
	literalEntries  = 2342
	distanceBits    = 8
	distanceEntries = 402
	orderBits       = 7
	wordBytes       = 8
	// Behind the input there have to be so many bytes more, whatever they hold: words are read whose first bits are the last ones of it.
	inflateRoom = 2 * wordBytes
)

var errDeflate = errors.New("not raw deflate of this length")

// inflater keeps its tables for the next chunk.
type inflater struct {
	literals  [literalEntries]uint32
	distances [distanceEntries]uint32
	order     [1 << orderBits]uint32
	lengths   [288 + 32 + 138]uint8

	in    []byte
	size  int
	pos   int
	held  uint64
	count uint
	out   []byte
	at    int
}

// inflate fills all of out from all of the first size bytes of in, which is longer by inflateRoom.
func (f *inflater) inflate(out, in []byte, size int) error {
	f.in, f.size, f.pos, f.held, f.count, f.out, f.at = in[:size+inflateRoom], size, 0, 0, 0, out, 0
	defer func() { f.in, f.out = nil, nil }()
	for last := false; !last; {
		if !f.fill() {
			return errDeflate
		}
		last = f.take(1) == 1
		var err error
		switch f.take(2) {
		case 0:
			err = f.stored()
		case 1:
			copy(f.lengths[:], fixedLengths[:])
			err = f.block(288, 32)
		case 2:
			err = f.dynamic()
		default:
			err = errDeflate
		}
		if err != nil {
			return err
		}
	}
	// Neither more nor less than there was: bits that came from behind the end count here.
	if f.at != len(f.out) || (f.pos*8-int(f.count)+7)/8 != f.size {
		return errDeflate
	}
	return nil
}

// fill makes at least 56 bits ready; false behind the end.
func (f *inflater) fill() bool {
	if f.pos >= f.size+wordBytes {
		return false
	}
	f.held |= binary.LittleEndian.Uint64(f.in[f.pos:]) << (f.count & 63)
	f.pos += int((63 - f.count) >> 3)
	f.count |= 56
	return true
}

func (f *inflater) take(count uint) uint32 {
	taken := uint32(f.held) & (1<<count - 1)
	f.held >>= count
	f.count -= count
	return taken
}

func (f *inflater) stored() error {
	from := f.pos - int(f.count>>3)
	if from < 0 || from > f.size-4 {
		return errDeflate
	}
	length := int(binary.LittleEndian.Uint16(f.in[from:]))
	if length != int(^binary.LittleEndian.Uint16(f.in[from+2:])) {
		return errDeflate
	}
	from += 4
	if length > f.size-from || length > len(f.out)-f.at {
		return errDeflate
	}
	copy(f.out[f.at:], f.in[from:from+length])
	f.at += length
	f.pos, f.held, f.count = from+length, 0, 0
	return nil
}

// dynamic reads the codes of a block, then the block.
func (f *inflater) dynamic() error {
	literals, distances, orders := int(f.take(5))+257, int(f.take(5))+1, int(f.take(4))+4
	if literals > 286 || distances > 30 || !f.fill() {
		return errDeflate
	}
	var order [19]uint8
	for i := range orders {
		if i == 16 && !f.fill() {
			return errDeflate
		}
		order[orderOfLengths[i]] = uint8(f.take(3))
	}
	if !build(f.order[:], orderBits, order[:], orderValues[:]) {
		return errDeflate
	}
	for at := 0; at < literals+distances; {
		if !f.fill() {
			return errDeflate
		}
		entry := f.order[f.held&(1<<orderBits-1)]
		if entry&isOther != 0 {
			return errDeflate
		}
		f.take(uint(entry & takeBits))
		symbol := entry >> 16
		if symbol < 16 {
			f.lengths[at] = uint8(symbol)
			at++
			continue
		}
		length, times := uint8(0), 0
		switch symbol {
		case 16:
			if at == 0 {
				return errDeflate
			}
			length, times = f.lengths[at-1], 3+int(f.take(2))
		case 17:
			times = 3 + int(f.take(3))
		default:
			times = 11 + int(f.take(7))
		}
		for range times {
			f.lengths[at] = length
			at++
		}
		if at > literals+distances {
			return errDeflate
		}
	}
	if f.lengths[256] == 0 {
		return errDeflate
	}
	return f.block(literals, distances)
}

// block makes the tables of so many codes and all that is written with them.
func (f *inflater) block(literals, distances int) error {
	if !build(f.literals[:], literalBits, f.lengths[:literals], literalValues[:]) || !build(f.distances[:], distanceBits, f.lengths[literals:literals+distances], distanceValues[:]) {
		return errDeflate
	}
	return f.symbols()
}

// symbols runs through a block. All it works with is at hand: this loop is what takes the time.
func (f *inflater) symbols() error {
	in, size, pos, held, count, out, at := f.in, f.size, f.pos, f.held, f.count, f.out, f.at
	literals, distances := &f.literals, &f.distances
	for {
		if pos >= size+wordBytes {
			return errDeflate
		}
		held |= binary.LittleEndian.Uint64(in[pos:]) << (count & 63)
		pos += int((63 - count) >> 3)
		count |= 56
		entry := literals[held&(1<<literalBits-1)]
		if entry&isLiteral != 0 && len(out)-at > 3 {
			// Three of them have 33 bits at most, for longer codes are in other tables.
			next := out[at : at+3 : at+3]
			next[0] = byte(entry >> 16)
			at++
			held >>= entry & takeBits
			count -= uint(entry & takeBits)
			if entry = literals[held&(1<<literalBits-1)]; entry&isLiteral != 0 {
				next[1] = byte(entry >> 16)
				at++
				held >>= entry & takeBits
				count -= uint(entry & takeBits)
				if entry = literals[held&(1<<literalBits-1)]; entry&isLiteral != 0 {
					next[2] = byte(entry >> 16)
					at++
					held >>= entry & takeBits
					count -= uint(entry & takeBits)
					continue
				}
			}
			if pos >= size+wordBytes {
				return errDeflate
			}
			held |= binary.LittleEndian.Uint64(in[pos:]) << (count & 63)
			pos += int((63 - count) >> 3)
			count |= 56
		}
		if entry&isTable != 0 {
			held >>= entry & takeBits
			count -= uint(entry & takeBits)
			entry = literals[entry>>16+uint32(held)&(1<<(entry>>8&15)-1)]
		}
		if entry&isLiteral != 0 {
			if at == len(out) {
				return errDeflate
			}
			out[at] = byte(entry >> 16)
			at++
			held >>= entry & takeBits
			count -= uint(entry & takeBits)
			continue
		}
		if entry&isOther != 0 {
			if entry&isEnd == 0 {
				return errDeflate
			}
			held >>= entry & takeBits
			count -= uint(entry & takeBits)
			f.pos, f.held, f.count, f.at = pos, held, count, at
			return nil
		}
		more := held
		held >>= entry & takeBits
		count -= uint(entry & takeBits)
		length := int(entry>>16) + int(uint32(more)&(1<<(entry&takeBits)-1)>>(entry>>8&15))
		entry = distances[held&(1<<distanceBits-1)]
		if entry&isOther != 0 {
			if entry&isTable == 0 {
				return errDeflate
			}
			held >>= entry & takeBits
			count -= uint(entry & takeBits)
			entry = distances[entry>>16+uint32(held)&(1<<(entry>>8&15)-1)]
			if entry&isOther != 0 {
				return errDeflate
			}
		}
		more = held
		held >>= entry & takeBits
		count -= uint(entry & takeBits)
		from := at - int(entry>>16) - int(uint32(more)&(1<<(entry&takeBits)-1)>>(entry>>8&15))
		end := at + length
		if from < 0 || end > len(out) {
			return errDeflate
		}
		if at-from >= wordBytes && end <= len(out)-wordBytes && length <= 4*wordBytes {
			// A few bytes too many: they are written over by what comes next.
			for ; at < end; at, from = at+wordBytes, from+wordBytes {
				binary.LittleEndian.PutUint64(out[at:], binary.LittleEndian.Uint64(out[from:]))
			}
			at = end
			continue
		}
		// What repeats becomes longer with every turn.
		for at < end {
			at += copy(out[at:end], out[from:at])
		}
	}
}
