package main

import (
	"bytes"
	stdflate "compress/flate"
	"fmt"
	"io"
	"math/rand"
	"testing"

	"github.com/klauspost/compress/flate"
)

func text(size int) []byte {
	var lines bytes.Buffer
	r := rand.New(rand.NewSource(7))
	for lines.Len() < size {
		fmt.Fprintf(&lines, "%09d GET /orders/%d 200 \"a line of a log\" 0.%011x\n", r.Intn(1e9), r.Intn(1e5), r.Int63n(1<<44))
	}
	return lines.Bytes()[:size]
}

func samplesOf(r *rand.Rand, size int) [][]byte {
	noise := make([]byte, size)
	r.Read(noise)
	runs := bytes.Repeat([]byte{0}, size)
	for i := 0; i < size; i += 1 + r.Intn(200) {
		runs[i] = byte(r.Intn(4))
	}
	skewed := make([]byte, size)
	for i := range skewed {
		skewed[i] = byte(min(255, int(r.ExpFloat64()*12)))
	}
	short := bytes.Repeat([]byte("ab"), size)[:size]
	far := append(append([]byte{}, noise[:size/2]...), noise[:size-size/2]...)
	return [][]byte{noise, runs, skewed, short, far, text(size)}
}

// Every level of two writers, every kind of contents, and what is left when one bit of it is another.
func TestInflate(t *testing.T) {
	r := rand.New(rand.NewSource(7))
	f := &inflater{}
	bad := 0
	for _, size := range []int{1, 2, 3, 7, 8, 9, 100, 257, 258, 259, 4096, 65535, 65536, 200_000} {
		for kind, plain := range samplesOf(r, size) {
			for level := -2; level <= 9; level++ {
				for who := range 2 {
					var coded bytes.Buffer
					var w io.WriteCloser
					var err error
					if who == 0 {
						w, err = flate.NewWriter(&coded, level)
					} else {
						w, err = stdflate.NewWriter(&coded, level)
					}
					if err != nil {
						t.Fatal(err)
					}
					w.Write(plain)
					w.Close()
					out, err := f.decode(codecDeflate, coded.Bytes(), len(plain))
					if err != nil || !bytes.Equal(out, plain) {
						t.Fatal("size", size, "kind", kind, "level", level, "who", who, err)
					}
					giveBuffer(out)
					for range 20 {
						broken := append([]byte{}, coded.Bytes()...)
						switch r.Intn(4) {
						case 0:
							broken[r.Intn(len(broken))] ^= 1 << r.Intn(8)
						case 1:
							broken = broken[:r.Intn(len(broken))]
						case 2:
							broken = append(broken, byte(r.Intn(256)))
						default:
							for range 5 {
								broken[r.Intn(min(len(broken), 100))] = byte(r.Intn(256))
							}
						}
						same(t, f, broken, size)
						bad++
					}
				}
			}
		}
	}
	t.Log("broken ones:", bad)
}

// same compares with the reader of the library: what it takes, whole and with nothing behind it, is taken, and nothing else.
func same(t *testing.T, f *inflater, coded []byte, size int) {
	source := bytes.NewReader(coded)
	reader := stdflate.NewReader(source)
	want := make([]byte, size)
	_, err := io.ReadFull(reader, want)
	good := err == nil
	if good {
		var more [1]byte
		n, err := reader.Read(more[:])
		good = n == 0 && err == io.EOF && source.Len() == 0
	}
	got, err := f.decode(codecDeflate, coded, size)
	if good != (err == nil) {
		t.Fatal("the library says", good, "we say", err, "for", size, coded[:min(len(coded), 64)])
	}
	if good && !bytes.Equal(got, want) {
		t.Fatal("other bytes")
	}
	if err == nil {
		giveBuffer(got)
	}
}

// Whatever comes, it ends, and with what the library says of it.
func TestInflateNoise(t *testing.T) {
	r := rand.New(rand.NewSource(8))
	f := &inflater{}
	for range 100_000 {
		coded := make([]byte, 1+r.Intn(80))
		r.Read(coded)
		coded[0] = coded[0]&^7 | byte(r.Intn(6))
		same(t, f, coded, 1+r.Intn(300))
	}
}
