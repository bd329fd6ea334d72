package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// Frames that wait to be written, in order.
	waitingTasks  = 4096
	progressEvery = 200 * time.Millisecond
	// So much of a file is written before the disk is told to begin with it.
	sendBytes = 16 << 20
)

// task is a batch of entries, or a chunk that is being decoded.
type task struct {
	entries []*entry
	hash    [32]byte
	codec   byte
	// The frame it came in, and the part of it that is the chunk.
	frame  []byte
	coded  []byte
	length int
	plain  []byte
	err    error
	ready  chan struct{}
	end    bool
	// With the end: whether what is there is to be read.
	readBack bool
}

type writer struct {
	link *link
	// Whether Berth wants to be told what is there once all is written.
	readBack bool
	tasks    chan *task
	decode   chan *task
	bytes    *budget
	written  int64
	files    int64
	told     time.Time
	// Lengths of the chunks of files that have several, by inode: whoever reads them back needs not look for where they end.
	lengths map[uint64][]uint32
}

// writeTree fills an empty volume with what Berth sends.
func writeTree(l *link) error {
	if _, err := l.start(); err != nil {
		return err
	}
	root, err := rootOf(volumePath)
	if err != nil {
		return err
	}
	if err := mustBeEmpty(root); err != nil {
		return err
	}
	w := &writer{link: l, tasks: make(chan *task, waitingTasks), decode: make(chan *task, waitingTasks), bytes: newBudget(waitingBytes), told: time.Now(), lengths: map[uint64][]uint32{}}
	for range max(2, runtime.GOMAXPROCS(0)) {
		go w.decodeAll()
	}
	go w.listen()
	if err := w.all(newCreator(root)); err != nil {
		return err
	}
	synced := make(chan error, 1)
	go func() { synced <- syncAll(root) }()
	if w.readBack {
		back := newReader(l, true)
		back.lengths = w.lengths
		if err := back.run(nil); err != nil {
			return err
		}
	}
	if err := <-synced; err != nil {
		return err
	}
	l.done(map[string]int64{"files": w.files, "bytes": w.written})
	return nil
}

func mustBeEmpty(root int) error {
	names, err := namesOf(root, nil)
	if err != nil {
		return failed("", "list the volume", err)
	}
	// A file system of its own has this folder when it is new.
	if len(names) > 1 || (len(names) == 1 && names[0] != "lost+found") {
		return &failure{"not-empty", names[0], "the volume is not empty"}
	}
	return nil
}

func syncAll(root int) error {
	if err := unix.Syncfs(root); err != nil {
		return failed("", "write everything to the disk", err)
	}
	if err := unix.Fsync(root); err != nil {
		return failed("", "write everything to the disk", err)
	}
	return nil
}

// listen reads frames ahead, as far as they may wait in memory.
func (w *writer) listen() {
	for {
		kind, data, err := w.link.receive()
		one := &task{ready: make(chan struct{}), err: err}
		// Once a chunk is handed on, it belongs to who decodes it: it is not looked at here any more.
		handedOn := false
		switch {
		case err != nil:
		case kind == frameToWrite:
			if json.Unmarshal(data, &one.entries) != nil {
				one.err = refuse("", "entries cannot be read")
			}
		case kind == frameChunkHere:
			one.err = one.head(data)
			if one.err == nil {
				w.bytes.take(int64(one.length))
				handedOn = true
				w.decode <- one
			}
		case kind == frameEnd:
			one.end, one.readBack = true, len(data) == 1 && data[0] == 1
		default:
			one.err = refuse("", "a frame that does not belong here")
		}
		if handedOn {
			w.tasks <- one
			continue
		}
		broken, end := one.err != nil, one.end
		close(one.ready)
		w.tasks <- one
		if broken {
			return
		}
		if end {
			break
		}
	}
	w.link.leaveWithInput()
}

func (t *task) head(data []byte) error {
	if len(data) < 37 {
		return refuse("", "a chunk without a head")
	}
	copy(t.hash[:], data)
	length := binary.BigEndian.Uint32(data[32:])
	if length == 0 || length > maxBytes {
		return damaged("", "a chunk is empty or too long")
	}
	t.length, t.codec, t.frame, t.coded = int(length), data[36], data, data[37:]
	return nil
}

func (w *writer) decodeAll() {
	var decoder inflater
	for one := range w.decode {
		plain, err := decoder.decode(one.codec, one.coded, one.length)
		if err != nil || sha256.Sum256(plain) != one.hash {
			one.err = damaged("", "a chunk is not what its hash says")
		}
		one.plain = plain
		if one.codec == codecDeflate {
			giveBuffer(one.frame)
			one.frame, one.coded = nil, nil
		}
		close(one.ready)
	}
}

func (w *writer) next() (*task, error) {
	one := <-w.tasks
	<-one.ready
	return one, one.err
}

func (w *writer) all(tree *creator) error {
	for {
		one, err := w.next()
		if err != nil {
			return err
		}
		if one.end {
			w.readBack = one.readBack
			return tree.finish()
		}
		if one.entries == nil {
			return refuse("", "a chunk that belongs to no file")
		}
		for _, each := range one.entries {
			if each == nil {
				return refuse("", "an entry that is none")
			}
			fd, err := tree.add(each)
			if err != nil {
				return err
			}
			if fd < 0 {
				continue
			}
			w.files++
			if err := w.fill(fd, each); err != nil {
				return err
			}
		}
	}
}

// fill writes the contents of a file and then what it is; holes stay holes.
func (w *writer) fill(fd int, one *entry) error {
	defer unix.Close(fd)
	path, _ := raw(one.Path, one.PathRaw)
	data := one.Data
	if !one.Holes {
		data = [][2]int64{{0, one.Size}}
	}
	if err := checkData(path, data, one.Size); err != nil {
		return err
	}
	if one.Holes {
		if err := unix.Ftruncate(fd, one.Size); err != nil {
			return failed(path, "give it its length", err)
		}
	}
	var lengths []uint32
	unsent := int64(0)
	for range one.Chunks {
		chunk, err := w.next()
		if err != nil {
			if known, ok := err.(*failure); ok && known.path == "" {
				known.path = path
			}
			return err
		}
		if chunk.plain == nil {
			return refuse(path, "a chunk is missing")
		}
		if data, err = put(fd, path, chunk.plain, data); err != nil {
			return err
		}
		w.progress(int64(chunk.length))
		w.bytes.give(int64(chunk.length))
		if chunk.codec == codecDeflate {
			giveBuffer(chunk.plain)
		} else {
			giveBuffer(chunk.frame)
		}
		lengths = append(lengths, uint32(chunk.length))
		if unsent += int64(chunk.length); unsent >= sendBytes {
			sendToDisk(fd)
			unsent = 0
		}
	}
	if rest(data) != 0 {
		return damaged(path, "its chunks are shorter than the file")
	}
	if len(lengths) > 1 {
		var stat unix.Stat_t
		if err := unix.Fstat(fd, &stat); err != nil {
			return failed(path, "look at it", err)
		}
		w.lengths[stat.Ino] = lengths
	}
	return settle(fd, path, one)
}

// sendToDisk lets the disk begin with what is written of a file, side by side with the rest of it. Where that is not possible the end takes longer.
func sendToDisk(fd int) {
	_ = unix.SyncFileRange(fd, 0, 0, unix.SYNC_FILE_RANGE_WRITE)
}

func checkData(path string, data [][2]int64, size int64) error {
	at := int64(0)
	for _, one := range data {
		if one[0] < at || one[1] < 0 || one[0] > size || one[1] > size-one[0] {
			return refuse(path, "its data lies outside of it")
		}
		at = one[0] + one[1]
	}
	if size < 0 {
		return refuse(path, "its length is negative")
	}
	return nil
}

func rest(data [][2]int64) (bytes int64) {
	for _, one := range data {
		bytes += one[1]
	}
	return bytes
}

// put writes bytes where the file has its next data and returns where there is still some missing.
func put(fd int, path string, bytes []byte, data [][2]int64) ([][2]int64, error) {
	for len(bytes) > 0 {
		for len(data) > 0 && data[0][1] == 0 {
			data = data[1:]
		}
		if len(data) == 0 {
			return nil, damaged(path, "its chunks are longer than the file")
		}
		n, err := unix.Pwrite(fd, bytes[:min(int64(len(bytes)), data[0][1])], data[0][0])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, failed(path, "write to it", err)
		}
		bytes = bytes[n:]
		data[0] = [2]int64{data[0][0] + int64(n), data[0][1] - int64(n)}
	}
	return data, nil
}

func (w *writer) progress(bytes int64) {
	w.written += bytes
	if now := time.Now(); now.Sub(w.told) >= progressEvery {
		w.told = now
		w.link.progress(w.written)
	}
}

// utimens sets the times of an open file: the path is empty, which the call of the library does not take.
func utimens(fd int, times []unix.Timespec) error {
	_, _, errno := unix.Syscall6(unix.SYS_UTIMENSAT, uintptr(fd), 0, uintptr(unsafe.Pointer(&times[0])), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
