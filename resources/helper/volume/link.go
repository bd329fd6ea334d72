package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Frames: one byte that says what it is, four for the length of what follows (big-endian).
const (
	frameHello     = 'H'
	frameBeat      = 'B'
	frameEntries   = 'E'
	frameSkipped   = 'S'
	frameOffer     = 'O'
	frameChunk     = 'C'
	frameFiles     = 'F'
	frameProgress  = 'P'
	frameFail      = 'X'
	frameDone      = 'D'
	frameGo        = 'g'
	framePaths     = 'l'
	frameWanted    = 'w'
	frameNeeded    = 'n'
	frameToWrite   = 'e'
	frameChunkHere = 'c'
	frameEnd       = 'z'

	protocolVersion = 1
	headerBytes     = 5
	// The longest is a chunk with its head, or the list of the chunks of one file.
	maxFrameBytes = 64 << 20
	beatEvery     = 2 * time.Second
	pipeBytes     = 1 << 20
)

// link is the two-way stream to Berth.
type link struct {
	in  *bufio.Reader
	mu  sync.Mutex
	out *os.File
	buf []byte
}

func newLink(in, out *os.File) *link {
	// Larger pipes mean fewer switches between us and the engine; where they are refused all works the same.
	for _, file := range []*os.File{in, out} {
		_, _ = unix.FcntlInt(file.Fd(), unix.F_SETPIPE_SZ, pipeBytes)
	}
	return &link{in: bufio.NewReaderSize(in, 256<<10), out: out, buf: make([]byte, 0, 256<<10)}
}

// hello says what is mounted for us, so that Berth sees whether it is what it meant.
func (l *link) hello() {
	var stat unix.Stat_t
	root := ""
	if unix.Stat(volumePath, &stat) == nil {
		root = fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)
	}
	l.sendJSON(frameHello, map[string]any{"protocol": protocolVersion, "root": root})
}

// beat tells Berth that we are alive also while a disk is slow.
func (l *link) beat() {
	for range time.Tick(beatEvery) {
		l.send(frameBeat)
	}
}

// send writes one frame. Nobody listens any more means there is nothing left to do.
func (l *link) send(kind byte, parts ...[]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	length := 0
	for _, part := range parts {
		length += len(part)
	}
	l.buf = append(l.buf[:0], kind, 0, 0, 0, 0)
	binary.BigEndian.PutUint32(l.buf[1:], uint32(length))
	for _, part := range parts {
		if len(l.buf)+len(part) <= cap(l.buf) {
			l.buf = append(l.buf, part...)
			continue
		}
		l.write(l.buf)
		l.write(part)
		l.buf = l.buf[:0]
	}
	l.write(l.buf)
}

func (l *link) write(data []byte) {
	if _, err := l.out.Write(data); err != nil {
		os.Exit(1)
	}
}

func (l *link) sendJSON(kind byte, value any) {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	l.send(kind, data)
}

func (l *link) fail(err error) {
	var known *failure
	if !errors.As(err, &known) {
		known = &failure{"io", "", err.Error()}
	}
	l.sendJSON(frameFail, map[string]string{"code": known.code, "path": textOrQuoted(known.path), "text": known.text})
}

func (l *link) done(value any) { l.sendJSON(frameDone, value) }

func (l *link) progress(bytes int64) {
	var data [8]byte
	binary.BigEndian.PutUint64(data[:], uint64(bytes))
	l.send(frameProgress, data[:])
}

// receive reads one frame. The input ends only when Berth is gone or gave up: what was begun is of no use then.
func (l *link) receive() (byte, []byte, error) {
	var header [headerBytes]byte
	if _, err := io.ReadFull(l.in, header[:]); err != nil {
		return 0, nil, refuse("", "the input ended early")
	}
	length := binary.BigEndian.Uint32(header[1:])
	if length > maxFrameBytes {
		return 0, nil, refuse("", "a frame is too long")
	}
	data := make([]byte, length)
	if _, err := io.ReadFull(l.in, data); err != nil {
		return 0, nil, refuse("", "the input ended inside a frame")
	}
	return header[0], data, nil
}

// start waits for the word to go, with the paths it is about; nil where everything is meant.
func (l *link) start() (*filter, error) {
	var chosen filter
	for {
		kind, data, err := l.receive()
		if err != nil {
			return nil, err
		}
		switch kind {
		case framePaths:
			var paths []string
			if err := json.Unmarshal(data, &paths); err != nil {
				return nil, refuse("", "paths cannot be read")
			}
			for _, path := range paths {
				if err := chosen.add(path); err != nil {
					return nil, err
				}
			}
		case frameGo:
			var request struct {
				Filtered bool `json:"filtered"`
			}
			if err := json.Unmarshal(data, &request); err != nil {
				return nil, refuse("", "the request cannot be read")
			}
			if !request.Filtered {
				return nil, nil
			}
			return &chosen, nil
		default:
			return nil, refuse("", "a frame came before the request")
		}
	}
}

// leaveWithInput ends the program when the input ends, for commands that are told nothing more.
func (l *link) leaveWithInput() {
	for {
		if _, _, err := l.receive(); err != nil {
			os.Exit(1)
		}
	}
}
