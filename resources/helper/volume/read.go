package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	entriesPerFrame = 256
	// Batches of entries that wait for their answer.
	waitingBatches = 8
	// Files that are being read or wait for it. Their results come in order.
	waitingFiles = 4096
	// Chunks that were offered and are not stored yet: by number and by bytes.
	waitingChunks = 8192
	waitingBytes  = 48 << 20
	offersAtOnce  = 256
	// How long more is waited for, so that not every chunk and every file is a frame of its own.
	offersWait   = time.Millisecond
	resultsWait  = 50 * time.Millisecond
	readAttempts = 3
)

// file is one that Berth wants to have the contents of.
type file struct {
	result
	path string
	dir  *folder
	name string
	// In order; of them only the hashes are kept.
	chunks []*offered
	// What is still on its way: its reading, and each chunk of it.
	open atomic.Int32
	done chan struct{}
	err  error
}

func (f *file) release() {
	if f.open.Add(-1) == 0 {
		close(f.done)
	}
}

// folder is an open folder that is shared by the files in it which wait to be read.
type folder struct {
	fd    int
	users atomic.Int32
	slots chan struct{}
}

func (d *folder) release() {
	if d.users.Add(-1) == 0 {
		unix.Close(d.fd)
		<-d.slots
	}
}

// folderSlots leaves descriptors for the walk itself and the files that are read.
func folderSlots() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 256
	}
	return int(min(limit.Cur/2, waitingFiles))
}

// offered is a chunk that is hashed, and whose hash Berth is told.
type offered struct {
	file *file
	hash [32]byte
	data []byte
}

type reader struct {
	link *link
	// Only hashes, of all: nobody is asked and nothing is sent.
	digest bool
	// Of files whose chunks have known lengths, by inode.
	lengths map[uint64][]uint32
	// Nil where Berth gets the chunks themselves.
	packs *packer

	batch     []*entry
	waiting   []*file
	count     int64
	folder    *folder
	slots     chan struct{}
	skips     []skip
	batches   chan []*file
	wanted    chan []byte
	jobs      chan *file
	order     chan *file
	hashing   chan *offered
	offers    chan *offered
	accepted  chan *offered
	bytes     *budget
	inFlight  chan struct{}
	mu        sync.Mutex
	unasked   []*offered
	failOnce  sync.Once
	failedErr chan error
	// All was told: what comes then is the next request.
	over atomic.Bool
	next chan received
}

// received is a frame of Berth's.
type received struct {
	kind byte
	data []byte
}

// readTree tells Berth what there is and sends what it asks for, as often as it is told to: what was read before is looked at once more while nobody writes.
func readTree(l *link) error {
	kind, data, err := l.receive()
	for {
		if err != nil {
			return err
		}
		asked, err := l.startWith(kind, data)
		if err != nil {
			return err
		}
		r := newReader(l, false)
		if asked.packs {
			r.packs = newPacker(l, r.fail)
		}
		if err := r.run(asked.chosen); err != nil {
			return err
		}
		r.over.Store(true)
		l.done(map[string]int64{"entries": r.count})
		close(r.offers)
		close(r.accepted)
		select {
		case next := <-r.next:
			kind, data = next.kind, next.data
		case <-r.failedErr:
			// The input ended: Berth has what it wanted.
			return nil
		}
	}
}

// digestTree tells Berth what there is, with the hashes of all of it.
func digestTree(l *link) error {
	chosen, err := l.start()
	if err != nil {
		return err
	}
	go l.leaveWithInput()
	r := newReader(l, true)
	if err := r.run(chosen); err != nil {
		return err
	}
	l.done(map[string]int64{"entries": r.count})
	return nil
}

func newReader(l *link, digest bool) *reader {
	return &reader{
		link: l, digest: digest,
		batches: make(chan []*file, waitingBatches), wanted: make(chan []byte, 2*waitingBatches+2),
		jobs: make(chan *file, waitingFiles), order: make(chan *file, waitingFiles),
		hashing: make(chan *offered, waitingChunks), offers: make(chan *offered, waitingChunks), accepted: make(chan *offered, waitingChunks),
		slots: make(chan struct{}, folderSlots()), bytes: newBudget(waitingBytes), inFlight: make(chan struct{}, waitingChunks), failedErr: make(chan error, 1), next: make(chan received, 1),
	}
}

func (r *reader) run(chosen *filter) error {
	if !r.digest {
		go r.listen()
		go r.offer()
	}
	go r.choose()
	for range max(2, runtime.GOMAXPROCS(0)) {
		go r.work()
		go r.hash()
		if !r.digest {
			go r.store()
		}
	}
	finished := make(chan struct{})
	go func() { r.report(); close(finished) }()
	go func() {
		if err := r.walk(chosen); err != nil {
			r.fail(err)
			return
		}
		close(r.batches)
	}()
	select {
	case err := <-r.failedErr:
		return err
	case <-finished:
	}
	close(r.hashing)
	if r.packs != nil {
		wrote := make(chan struct{})
		go func() { r.packs.finish(); close(wrote) }()
		select {
		case err := <-r.failedErr:
			return err
		case <-wrote:
		}
	}
	r.flushSkips()
	return nil
}

func (r *reader) fail(err error) { r.failOnce.Do(func() { r.failedErr <- err }) }

// walk describes the tree and sends it in batches.
func (r *reader) walk(chosen *filter) error {
	describe := newDescriber(r.skip)
	w := walker{skipped: r.skip}
	w.visit = func(at found) error {
		one, err := describe.describe(at)
		if err != nil {
			return w.excuse(at.path, "read what it is", err)
		}
		if one == nil {
			return nil
		}
		return r.add(one, at)
	}
	if err := w.start(volumePath, chosen); err != nil {
		return err
	}
	describe.tellOthers()
	r.flush()
	if r.folder != nil {
		r.folder.release()
	}
	return nil
}

func (r *reader) skip(path, why string) {
	r.mu.Lock()
	r.skips = append(r.skips, skip{textOrQuoted(path), why})
	full := len(r.skips) >= entriesPerFrame
	r.mu.Unlock()
	if full {
		r.flushSkips()
	}
}

func (r *reader) flushSkips() {
	r.mu.Lock()
	skips := r.skips
	r.skips = nil
	r.mu.Unlock()
	if len(skips) > 0 {
		r.link.sendJSON(frameSkipped, skips)
	}
}

func (r *reader) add(one *entry, at found) error {
	index := r.count
	r.count++
	r.batch = append(r.batch, one)
	if one.Type == "file" {
		folder, err := r.folderOf(at.dir)
		if err != nil {
			return failed(at.path, "keep its folder open", err)
		}
		f := &file{path: at.path, dir: folder, name: at.name, done: make(chan struct{})}
		f.Index, f.Hashes = index, []string{}
		f.open.Store(1)
		r.waiting = append(r.waiting, f)
	}
	if len(r.batch) >= entriesPerFrame {
		r.flush()
	}
	return nil
}

// folderOf shares one descriptor among the files of a folder that follow each other: the walk closes its own before they are read.
func (r *reader) folderOf(dir int) (*folder, error) {
	if r.folder != nil && sameFolder(r.folder.fd, dir) {
		r.folder.users.Add(1)
		return r.folder, nil
	}
	if r.folder != nil {
		r.folder.release()
		r.folder = nil
	}
	select {
	case r.slots <- struct{}{}:
	default:
		// Those that wait in this batch have to go first: their folders are what there are too many of.
		r.flush()
		r.slots <- struct{}{}
	}
	fd, err := unix.FcntlInt(uintptr(dir), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	r.folder = &folder{fd: fd, slots: r.slots}
	r.folder.users.Store(2)
	return r.folder, nil
}

func sameFolder(one, other int) bool {
	var a, b unix.Stat_t
	return unix.Fstat(one, &a) == nil && unix.Fstat(other, &b) == nil && a.Dev == b.Dev && a.Ino == b.Ino
}

func (r *reader) flush() {
	if len(r.batch) == 0 {
		return
	}
	batch, waiting := r.batch, r.waiting
	r.batch, r.waiting = nil, nil
	if r.digest {
		// Nobody is asked: results must not come before what they are of.
		r.link.sendJSON(frameEntries, batch)
		r.batches <- waiting
		return
	}
	// The queue first: the answer may be quicker than this goroutine.
	r.batches <- waiting
	r.link.sendJSON(frameEntries, batch)
}

// choose hands on the files that are wanted, in order.
func (r *reader) choose() {
	for waiting := range r.batches {
		var answer []byte
		if !r.digest {
			answer = <-r.wanted
			if len(answer) != len(waiting) {
				r.fail(refuse("", "an answer is of another length than its question"))
				return
			}
		}
		for i, f := range waiting {
			if !r.digest && answer[i] == 0 {
				f.dir.release()
				continue
			}
			r.order <- f
			r.jobs <- f
		}
	}
	close(r.order)
	close(r.jobs)
}

// listen never waits for anything but the input: whatever it hands on has room.
func (r *reader) listen() {
	for {
		kind, data, err := r.link.receive()
		if err != nil {
			r.fail(err)
			return
		}
		if kind == frameSlot {
			if !r.link.offered(data) {
				r.fail(refuse("", "too many files for packs"))
				return
			}
			continue
		}
		if r.over.Load() {
			r.next <- received{kind, data}
			return
		}
		switch kind {
		case frameWanted:
			select {
			case r.wanted <- data:
			default:
				r.fail(refuse("", "an answer to nothing that was asked"))
				return
			}
		case frameNeeded:
			if !r.needed(data) {
				r.fail(refuse("", "an answer to nothing that was offered"))
				return
			}
		default:
			r.fail(refuse("", "a frame that does not belong here"))
			return
		}
	}
}

func (r *reader) needed(answer []byte) bool {
	r.mu.Lock()
	if len(answer) > len(r.unasked) {
		r.mu.Unlock()
		return false
	}
	asked := r.unasked[:len(answer)]
	r.unasked = r.unasked[len(answer):]
	r.mu.Unlock()
	for i, one := range asked {
		if answer[i] == 0 {
			r.letGo(one)
			continue
		}
		r.accepted <- one
	}
	return true
}

func (r *reader) letGo(one *offered) {
	r.bytes.give(int64(len(one.data)))
	giveBuffer(one.data)
	one.data = nil
	one.file.release()
	<-r.inFlight
}

// offer asks for as many chunks at once as are there.
func (r *reader) offer() {
	for first := range r.offers {
		group := []*offered{first}
		enough := time.After(offersWait)
	more:
		for len(group) < offersAtOnce {
			select {
			case one, open := <-r.offers:
				if !open {
					break more
				}
				group = append(group, one)
			case <-enough:
				break more
			}
		}
		hashes := make([]byte, 0, 32*len(group))
		for _, one := range group {
			hashes = append(hashes, one.hash[:]...)
		}
		r.mu.Lock()
		r.unasked = append(r.unasked, group...)
		r.mu.Unlock()
		r.link.send(frameOffer, hashes)
	}
}

// store codes what is needed and sends it.
func (r *reader) store() {
	coder := newCoder()
	for one := range r.accepted {
		codec, data := coder.code(one.data)
		length := uint32(len(one.data))
		switch {
		case r.packs == nil:
			r.link.sendChunk(one.hash, length, codec, data)
		case codec == codecPlain:
			r.packs.add(one.hash, one.hash, length, codec, data)
		default:
			r.packs.add(one.hash, sha256.Sum256(data), length, codec, data)
		}
		r.letGo(one)
	}
}

// report says in order what each file has, once all of it is with Berth.
func (r *reader) report() {
	results := []*result{}
	flush := func() {
		if len(results) > 0 {
			r.link.sendJSON(frameFiles, results)
			results = results[:0]
		}
	}
	for f := range r.order {
		select {
		case <-f.done:
		default:
			select {
			case <-f.done:
			case <-time.After(resultsWait):
				flush()
				<-f.done
			}
		}
		if f.err != nil {
			r.fail(f.err)
			select {}
		}
		for _, one := range f.chunks {
			f.Hashes = append(f.Hashes, hex.EncodeToString(one.hash[:]))
		}
		f.chunks = nil
		results = append(results, &f.result)
		if len(results) >= entriesPerFrame || len(f.Hashes) > 1024 {
			flush()
		}
	}
	flush()
}

// work reads files, one after the other.
func (r *reader) work() {
	window := make([]byte, 2*maxBytes)
	for f := range r.jobs {
		f.err = r.readFile(f, window)
		f.dir.release()
		f.release()
	}
}

// readFile reads until the file stood still while it was read, three times at most.
func (r *reader) readFile(f *file, window []byte) error {
	fd, err := openForReading(f.dir.fd, f.name, 0)
	if err != nil {
		switch {
		case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ELOOP):
			f.Gone = "It was removed while it was read."
		case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
			f.Gone = "Nobody may read it, not even root of the container."
		default:
			return failed(f.path, "open it", err)
		}
		return nil
	}
	defer unix.Close(fd)
	for attempt := 1; ; attempt++ {
		var before, after unix.Stat_t
		if err := unix.Fstat(fd, &before); err != nil {
			return failed(f.path, "look at it", err)
		}
		if before.Mode&unix.S_IFMT != unix.S_IFREG {
			f.Gone = "It became something else while it was read."
			return nil
		}
		length, err := r.readOnce(f, fd, &before, window)
		if err != nil {
			return failed(f.path, "read it", err)
		}
		if err := unix.Fstat(fd, &after); err != nil {
			return failed(f.path, "look at it", err)
		}
		still := before.Size == after.Size && before.Mtim == after.Mtim && before.Ctim == after.Ctim && length == after.Size
		if still || attempt == readAttempts {
			f.Changed = !still
			f.Size, f.MTime, f.CTime, f.Inode = length, nanos(before.Mtim), nanos(before.Ctim), strconv.FormatUint(before.Ino, 10)
			return nil
		}
	}
}

// readOnce reads the data of a file and resolves with its length, holes counted.
func (r *reader) readOnce(f *file, fd int, stat *unix.Stat_t, window []byte) (int64, error) {
	f.chunks, f.Data, f.Holes = nil, nil, false
	source := &segments{fd: fd}
	if stat.Blocks*512 < stat.Size {
		data, holes, err := dataOf(fd, stat.Size)
		if err != nil {
			return 0, err
		}
		f.Data, f.Holes = data, holes
		source.rest, source.limited = data, holes
	}
	if !f.Holes && stat.Size > 0 && stat.Size <= wholeBytes {
		whole, err := r.whole(f, fd, int(stat.Size))
		if whole || err != nil {
			return stat.Size, err
		}
	}
	if lengths := r.lengths[stat.Ino]; len(lengths) > 0 {
		if err := r.asWritten(f, source, lengths); err != nil {
			return 0, err
		}
	}
	if err := r.chunks(f, source, window); err != nil {
		return 0, err
	}
	if f.Holes && source.short {
		// It was cut while it was read: what was read is one thing still, and it is read once more.
		f.Data = upTo(f.Data, source.at)
	} else if f.Holes {
		return stat.Size, nil
	}
	return source.at, nil
}

// whole reads a small file at once, as its only chunk; false where it has another length by now.
func (r *reader) whole(f *file, fd int, size int) (bool, error) {
	// With room for a byte more: a read that leaves it empty was at the end.
	data := takeBuffer(size + 1)
	n, err := unix.Pread(fd, data[:size+1], 0)
	if errors.Is(err, unix.EINTR) || (err == nil && n != size) {
		giveBuffer(data)
		return false, nil
	}
	if err != nil {
		giveBuffer(data)
		return false, os.NewSyscallError("pread", err)
	}
	r.bytes.take(int64(size))
	r.announce(f, data[:size])
	return true, nil
}

func upTo(data [][2]int64, end int64) [][2]int64 {
	kept := [][2]int64{}
	for _, one := range data {
		if length := min(one[1], end-one[0]); length > 0 {
			kept = append(kept, [2]int64{one[0], length})
		}
	}
	return kept
}

// chunks cuts what is read. One window is twice the longest chunk, so that bytes are moved rarely.
func (r *reader) chunks(f *file, source io.Reader, window []byte) error {
	start, end, ended, first := 0, 0, false, true
	for {
		for !ended && end-start < maxBytes {
			if len(window)-end < maxBytes/4 {
				end = copy(window, window[start:end])
				start = 0
			}
			n, err := source.Read(window[end:min(len(window), end+wholeBytes)])
			end += n
			if errors.Is(err, io.EOF) {
				ended = true
			} else if err != nil {
				return err
			}
		}
		if start == end {
			return nil
		}
		length := end - start
		if !first || !ended || length > wholeBytes {
			length = cut(window[start:end])
		}
		first = false
		r.chunk(f, window[start:start+length])
		start += length
		if start == end {
			start, end = 0, 0
		}
	}
}

func (r *reader) chunk(f *file, data []byte) {
	r.bytes.take(int64(len(data)))
	r.announce(f, append(takeBuffer(len(data)), data...))
}

// asWritten reads chunks of the lengths that were written. What is shorter ends there, and what is longer is cut as always behind it: neither has the hashes that it should have.
func (r *reader) asWritten(f *file, source io.Reader, lengths []uint32) error {
	for _, length := range lengths {
		r.bytes.take(int64(length))
		data := takeBuffer(int(length))[:length]
		n, err := io.ReadFull(source, data)
		r.bytes.give(int64(length) - int64(n))
		if n > 0 {
			r.announce(f, data[:n])
		} else {
			giveBuffer(data)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// announce has the next chunk of a file hashed and offered to Berth; its buffer is given back once it is stored or not wanted.
func (r *reader) announce(f *file, data []byte) {
	one := &offered{file: f, data: data}
	f.chunks = append(f.chunks, one)
	f.open.Add(1)
	r.inFlight <- struct{}{}
	r.hashing <- one
}

// hash does so for all that is read, side by side: a long file is read by one alone.
func (r *reader) hash() {
	for one := range r.hashing {
		one.hash = sha256.Sum256(one.data)
		if r.digest {
			r.letGo(one)
		} else {
			r.offers <- one
		}
	}
}

// segments reads the data of a file and leaves its holes out.
type segments struct {
	fd      int
	at      int64
	rest    [][2]int64
	limited bool
	short   bool
}

func (s *segments) Read(buf []byte) (int, error) {
	if s.limited {
		for len(s.rest) > 0 && s.at >= s.rest[0][0]+s.rest[0][1] {
			s.rest = s.rest[1:]
		}
		if len(s.rest) == 0 {
			return 0, io.EOF
		}
		s.at = max(s.at, s.rest[0][0])
		buf = buf[:min(int64(len(buf)), s.rest[0][0]+s.rest[0][1]-s.at)]
	}
	n, err := unix.Pread(s.fd, buf, s.at)
	if errors.Is(err, unix.EINTR) {
		return 0, nil
	}
	if err != nil {
		return 0, os.NewSyscallError("pread", err)
	}
	if n == 0 {
		s.short = s.limited
		return 0, io.EOF
	}
	s.at += int64(n)
	return n, nil
}
