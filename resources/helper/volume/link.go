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
	frameSlot      = 'o'
	framePack      = 'K'

	protocolVersion = 1
	headerBytes     = 5
	// The longest is a chunk with its head, or the list of the chunks of one file.
	maxFrameBytes = 64 << 20
	beatEvery     = 2 * time.Second
	pipeBytes     = 1 << 20
	// Shorter parts are put together before they are written.
	shortBytes = 16 << 10
	// A socket of Berth's, where the engine runs on its machine: what goes through the engine instead is copied four times more.
	socketPath = "/berth.sock"
)

// link is the two-way stream to Berth.
type link struct {
	in  *bufio.Reader
	mu  sync.Mutex
	out *os.File
	buf []byte
	// Files that Berth made for packs and that are not used yet.
	slots chan string
}

func newLink() *link {
	if socket := connect(); socket != nil {
		return linkOver(socket, socket)
	}
	// Larger pipes mean fewer switches between us and the engine; where they are refused all works the same.
	for _, file := range []*os.File{os.Stdin, os.Stdout} {
		_, _ = unix.FcntlInt(file.Fd(), unix.F_SETPIPE_SZ, pipeBytes)
	}
	return linkOver(os.Stdin, os.Stdout)
}

// connect reaches Berth directly; nil where there is no socket, or a policy of the machine forbids it.
func connect() *os.File {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	if unix.Connect(fd, &unix.SockaddrUnix{Name: socketPath}) != nil {
		unix.Close(fd)
		return nil
	}
	return os.NewFile(uintptr(fd), socketPath)
}

func linkOver(in, out *os.File) *link {
	return &link{in: bufio.NewReaderSize(in, 256<<10), out: out, buf: make([]byte, 0, 256<<10), slots: make(chan string, waitingSlots)}
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
	for i, part := range parts {
		if len(part) >= shortBytes || len(l.buf)+len(part) > cap(l.buf) {
			l.write(append([][]byte{l.buf}, parts[i:]...))
			return
		}
		l.buf = append(l.buf, part...)
	}
	l.write([][]byte{l.buf})
}

// write hands over all of them, however many calls that takes.
func (l *link) write(parts [][]byte) {
	fd := int(l.out.Fd())
	for parts = behind(parts, 0); len(parts) > 0; {
		n, err := unix.Writev(fd, parts)
		if errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN) {
			continue
		}
		if err != nil {
			os.Exit(1)
		}
		parts = behind(parts, n)
	}
}

func (l *link) sendChunk(hash [32]byte, length uint32, codec byte, data []byte) {
	var head [37]byte
	copy(head[:], hash[:])
	binary.BigEndian.PutUint32(head[32:], length)
	head[36] = codec
	l.send(frameChunk, head[:], data)
}

// offered takes note of a file for a pack; false for more than anybody would make.
func (l *link) offered(name []byte) bool {
	select {
	case l.slots <- string(name):
		return true
	default:
		return false
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

// leave waits for Berth to let go of the socket: one that is closed while something comes in loses what was said last.
func (l *link) leave() {
	if l.out == os.Stdout {
		return
	}
	fd := int(l.out.Fd())
	_ = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 5})
	_ = unix.Shutdown(fd, unix.SHUT_WR)
	buf := make([]byte, shortBytes)
	for {
		if n, err := unix.Read(fd, buf); n <= 0 || err != nil {
			return
		}
	}
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
	data := frameRoom(int(length))
	if _, err := io.ReadFull(l.in, data); err != nil {
		return 0, nil, refuse("", "the input ended inside a frame")
	}
	return header[0], data, nil
}

// frameRoom is for the data of one frame; whoever gives it back saves the collector and the kernel a new one.
func frameRoom(length int) []byte {
	if length < shortBytes {
		return make([]byte, length, length+inflateRoom)
	}
	return takeBuffer(length + inflateRoom)[:length]
}

// request is what is to be read: nil for the paths where everything is meant; whether packs are wanted, or chunks.
type request struct {
	chosen *filter
	packs  bool
}

// start waits for the word to go, with the paths it is about; nil where everything is meant.
func (l *link) start() (*filter, error) {
	kind, data, err := l.receive()
	if err != nil {
		return nil, err
	}
	asked, err := l.startWith(kind, data)
	return asked.chosen, err
}

// startWith does so from the first frame on.
func (l *link) startWith(kind byte, data []byte) (request, error) {
	var chosen filter
	for {
		switch kind {
		case framePaths:
			var paths []string
			if err := json.Unmarshal(data, &paths); err != nil {
				return request{}, refuse("", "paths cannot be read")
			}
			for _, path := range paths {
				if err := chosen.add(path); err != nil {
					return request{}, err
				}
			}
		case frameSlot:
			if !l.offered(data) {
				return request{}, refuse("", "too many files for packs")
			}
		case frameGo:
			var said struct {
				Filtered bool `json:"filtered"`
				Packs    bool `json:"packs"`
			}
			if err := json.Unmarshal(data, &said); err != nil {
				return request{}, refuse("", "the request cannot be read")
			}
			if !said.Filtered {
				return request{packs: said.Packs}, nil
			}
			return request{chosen: &chosen, packs: said.Packs}, nil
		default:
			return request{}, refuse("", "a frame came before the request")
		}
		var err error
		if kind, data, err = l.receive(); err != nil {
			return request{}, err
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
