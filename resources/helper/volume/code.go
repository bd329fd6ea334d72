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

// decoder keeps what one chunk was inflated with for the next.
type decoder struct {
	source  *bytes.Reader
	inflate io.ReadCloser
}

func newDecoder() *decoder {
	source := bytes.NewReader(nil)
	return &decoder{source, flate.NewReader(source)}
}

// decode makes a chunk of what was coded; more or less than its length is an error.
func (d *decoder) decode(codec byte, data []byte, length int) ([]byte, error) {
	if codec == codecPlain {
		if len(data) != length {
			return nil, io.ErrUnexpectedEOF
		}
		return data, nil
	}
	if codec != codecDeflate {
		return nil, io.ErrUnexpectedEOF
	}
	d.source.Reset(data)
	if err := d.inflate.(flate.Resetter).Reset(d.source, nil); err != nil {
		return nil, err
	}
	plain := takeBuffer(length)[:length]
	if _, err := io.ReadFull(d.inflate, plain); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	var more [1]byte
	if n, err := d.inflate.Read(more[:]); n != 0 || err != io.EOF || d.source.Len() != 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return plain, nil
}
