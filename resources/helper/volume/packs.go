package main

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Packs of docs/snapshot-format.md, of the second form.
const (
	packBytes     = 16 << 20
	packBegin     = "BERTHPK2"
	packEnd       = "BERTHPKE"
	recordBytes   = 46
	packTailBytes = 48
	// What is less goes to Berth as chunks, which share a pack with those of others.
	leastPackBytes = 4 << 20
	waitingSlots   = 16
	// So that the table of many tiny chunks has room behind them.
	mostRecords = 1 << 16
	packRoom    = packBytes + 4<<20
	blockBytes  = 4096
)

// packsPath is where files are that Berth made for packs; no other can be opened there.
var packsPath = "/packs"

// stored is a chunk as it stands in a pack.
type stored struct {
	hash   [32]byte
	sum    [32]byte
	offset uint32
	stored uint32
	length uint32
	codec  byte
}

// pack has its bytes where the disk can take them from, without a copy of the kernel's.
type pack struct {
	records []stored
	data    []byte
}

func (p *pack) takes(bytes int) bool {
	return len(p.records) == 0 || (len(p.data)+bytes <= packBytes && len(p.records) < mostRecords)
}

// packer gathers chunks to packs and writes them into files of Berth's: what goes through a socket instead is copied five times more.
type packer struct {
	link *link
	dir  int
	mu   sync.Mutex
	open *pack
	full chan *pack
	// One is gathered while the other is written.
	free chan *pack
	done chan struct{}
	fail func(error)
	// No file could be opened: Berth gets the chunks.
	refused bool
}

// newPacker returns nil where there is no folder for packs.
func newPacker(l *link, fail func(error)) *packer {
	dir, err := unix.Open(packsPath, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	p := &packer{link: l, dir: dir, full: make(chan *pack), free: make(chan *pack, 2), done: make(chan struct{}), fail: fail}
	for range cap(p.free) {
		room, err := unix.Mmap(-1, 0, packRoom, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
		if err != nil {
			unix.Close(dir)
			return nil
		}
		p.free <- &pack{data: append(room[:0], packBegin...)}
	}
	p.open = <-p.free
	go p.write()
	return p
}

// add stores a chunk; it waits while the packs before this one are written. The sum is that of the stored bytes.
func (p *packer) add(hash, sum [32]byte, length uint32, codec byte, data []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.open.takes(len(data)) {
		p.full <- p.open
		p.open = <-p.free
	}
	p.open.records = append(p.open.records, stored{hash, sum, uint32(len(p.open.data)), uint32(len(data)), length, codec})
	p.open.data = append(p.open.data, data...)
}

// finish returns when all is with Berth.
func (p *packer) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := p.open
	if len(last.data) >= leastPackBytes {
		p.full <- last
		last = <-p.free
	}
	close(p.full)
	<-p.done
	p.send(last)
	unix.Close(p.dir)
	for range cap(p.free) - 1 {
		_ = unix.Munmap((<-p.free).room())
	}
	_ = unix.Munmap(last.room())
}

func (p *pack) room() []byte { return p.data[:packRoom] }

func (p *packer) write() {
	for one := range p.full {
		if !p.refused && !p.put(one) {
			p.refused = true
		}
		if p.refused {
			p.send(one)
		}
		one.records, one.data = one.records[:0], one.data[:len(packBegin)]
		p.free <- one
	}
	close(p.done)
}

// put writes a pack into the next file of Berth's and tells of it; false where that file cannot be opened.
func (p *packer) put(one *pack) bool {
	name := <-p.link.slots
	fd, direct, err := openSlot(p.dir, name)
	if err != nil {
		return false
	}
	hash, table, tail := one.end()
	if err = one.writeTo(fd, direct, table, tail); err != nil {
		p.fail(packFailure(err))
		select {}
	}
	unix.Close(fd)
	sums := make([]byte, 0, len(hash)*len(one.records))
	for _, record := range one.records {
		sums = append(sums, record.sum[:]...)
	}
	p.link.send(framePack, hash[:], []byte{byte(len(name))}, []byte(name), sums, table)
	return true
}

// openSlot opens a file so that what is written goes to the disk at once, where the file system can do that: the machine's memory is left to others.
func openSlot(dir int, name string) (fd int, direct bool, err error) {
	const flags = unix.O_WRONLY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	if fd, err = unix.Openat(dir, name, flags|unix.O_DIRECT, 0); err == nil {
		return fd, true, nil
	}
	fd, err = unix.Openat(dir, name, flags, 0)
	return fd, false, err
}

// packFailure: a full disk of Berth's is another one than that of a volume.
func packFailure(err error) error {
	code := "packs"
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		code = "packs-full"
	}
	return &failure{code, "", "write a pack: " + err.Error()}
}

// send hands over the chunks one by one.
func (p *packer) send(one *pack) {
	for _, record := range one.records {
		p.link.sendChunk(record.hash, record.length, record.codec, one.data[record.offset:record.offset+record.stored])
	}
}

// end is what comes behind the records, and the name of the pack: a hash over the sums of the records and all that is no record.
func (p *pack) end() (name [32]byte, table, tail []byte) {
	table = make([]byte, 0, recordBytes*len(p.records))
	sum := sha256.New()
	sum.Write([]byte(packBegin))
	for _, record := range p.records {
		sum.Write(record.sum[:])
		table = append(table, record.hash[:]...)
		table = binary.BigEndian.AppendUint32(table, record.offset)
		table = binary.BigEndian.AppendUint32(table, record.stored)
		table = binary.BigEndian.AppendUint32(table, record.length)
		table = append(table, record.codec, 0)
	}
	tail = make([]byte, 0, packTailBytes)
	tail = binary.BigEndian.AppendUint32(tail, uint32(len(p.records)))
	tail = binary.BigEndian.AppendUint32(tail, uint32(len(p.data)))
	sum.Write(table)
	sum.Write(tail)
	sum.Sum(name[:0])
	return name, table, append(append(tail, name[:]...), packEnd...)
}

func (p *pack) writeTo(fd int, direct bool, table, tail []byte) error {
	whole := append(append(p.data, table...), tail...)
	if direct {
		// Whole blocks only: what is behind the end is cut off.
		blocks := whole[:(len(whole)+blockBytes-1)/blockBytes*blockBytes]
		clear(blocks[len(whole):])
		err := writeAt(fd, blocks)
		if err == nil {
			return unix.Ftruncate(fd, int64(len(whole)))
		}
		if !errors.Is(err, unix.EINVAL) {
			return err
		}
		// Opened so, and not written so: other file systems have other blocks.
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFL, 0); err != nil {
			return os.NewSyscallError("fcntl", err)
		}
	}
	return writeAt(fd, whole)
}

// writeAt writes all of it to the beginning of a file.
func writeAt(fd int, data []byte) error {
	for at := 0; at < len(data); {
		n, err := unix.Pwrite(fd, data[at:], int64(at))
		if errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN) {
			continue
		}
		if err != nil {
			return os.NewSyscallError("pwrite", err)
		}
		at += n
	}
	return nil
}

// behind is what is left of the parts when so many bytes of them are gone.
func behind(parts [][]byte, n int) [][]byte {
	for len(parts) > 0 {
		done := min(n, len(parts[0]))
		parts[0] = parts[0][done:]
		n -= done
		if len(parts[0]) > 0 {
			break
		}
		parts = parts[1:]
	}
	return parts
}
