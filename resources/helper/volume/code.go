package main

import (
	"bytes"
	"io"
	"math"

	"github.com/klauspost/compress/flate"
)

const (
	codecPlain   = 0
	codecDeflate = 1
	// Below this entropy of a byte nothing needs to be tried, and above the other there is nothing to be saved: noise, and what is compressed already.
	surelyCoded = 7.5
	surelyPlain = 7.95
	sampleBytes = 4 << 10
	samples     = 4
)

// coder makes chunks smaller where that saves at least 1/16.
type coder struct {
	writer *flate.Writer
	out    bytes.Buffer
}

func newCoder() *coder {
	c := &coder{}
	c.writer, _ = flate.NewWriter(&c.out, flate.BestSpeed)
	return c
}

// code returns bytes that are good until the next call.
func (c *coder) code(data []byte) (byte, []byte) {
	if len(data) > samples*sampleBytes {
		probe := sampleOf(data)
		if bits := entropy(probe); bits > surelyPlain || (bits > surelyCoded && !c.saves(probe)) {
			return codecPlain, data
		}
	}
	if !c.saves(data) {
		return codecPlain, data
	}
	return codecDeflate, c.out.Bytes()
}

func (c *coder) saves(data []byte) bool {
	c.out.Reset()
	c.writer.Reset(&c.out)
	if _, err := c.writer.Write(data); err != nil {
		return false
	}
	if c.writer.Close() != nil {
		return false
	}
	return c.out.Len() <= len(data)-(len(data)+15)/16
}

func sampleOf(data []byte) []byte {
	probe := make([]byte, 0, samples*sampleBytes)
	step := (len(data) - sampleBytes) / (samples - 1)
	for i := range samples {
		probe = append(probe, data[i*step:i*step+sampleBytes]...)
	}
	return probe
}

func entropy(data []byte) float64 {
	var counts [256]int
	for _, b := range data {
		counts[b]++
	}
	bits := 0.0
	for _, count := range counts {
		if count > 0 {
			share := float64(count) / float64(len(data))
			bits -= share * math.Log2(share)
		}
	}
	return bits
}

// decode makes a chunk of what was coded; more or less than its length is an error.
func (f *inflater) decode(codec byte, data []byte, length int) ([]byte, error) {
	if codec == codecPlain {
		if len(data) != length {
			return nil, io.ErrUnexpectedEOF
		}
		return data, nil
	}
	if codec != codecDeflate {
		return nil, io.ErrUnexpectedEOF
	}
	size := len(data)
	if cap(data)-size < inflateRoom {
		data = append(make([]byte, 0, size+inflateRoom), data...)
	}
	plain := takeBuffer(length)[:length]
	if err := f.inflate(plain, data[:size+inflateRoom], size); err != nil {
		return nil, err
	}
	return plain, nil
}
