package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/record"
)

// Status is what a living writer says of itself, about once a second, to whoever reads its archive. It advises; what
// a reader believes of the records themselves it proves by their checksums. A power cut may take it.
//
//	┌ "FIXASTAT" 8 ┬ version 4 ┬ generation 4 ┬ archive 16 ┬ heartbeat 8 ┬ durable 8 ┬ stored 8 ┐
//	├ accepted 8 ──┼ dropped 8 ┼ pid 4 ┬ clean 4 ┬ a day 8 ┬ away 4 ┬ zeros 32 ────┴── CRC 4 ───┤
//	└──────────────┴───────────┴───────┴─────────┴─────────┴────────┴───────────────────────────┘
type Status struct {
	Archive    [16]byte
	Generation record.Generation
	PID        uint32
	Heartbeat  record.Nanos    // when this was written
	Durable    record.Position // everything before it survives a power cut
	Stored     record.Position // everything before it is found by readers
	Accepted   uint64          // records, in this generation
	Dropped    uint64
	Clean      bool // the writer has closed the archive

	Away        uint32 // logs whose files fail: their records are in the journal and the spill
	BytesPerDay uint64 // what the archive grows by, at the rate so far; 0 when that is not known
}

const (
	statusMagic   = "FIXASTAT"
	statusVersion = 1
	statusBytes   = 128
	statusCRC     = statusBytes - 4
)

// StatusFile is a status open for writing, by one goroutine.
type StatusFile struct {
	file disk.File
	buf  [statusBytes]byte
}

// CreateStatus opens the file for writing, and makes it where there is none.
func CreateStatus(fsys disk.FS, path string) (*StatusFile, error) {
	f, err := fsys.OpenFile(path, os.O_CREATE)
	if err != nil {
		return nil, err
	}
	return &StatusFile{file: f}, nil
}

// Write puts s in place of what was there. It is one write of less than a sector and is not synced.
func (f *StatusFile) Write(s *Status) error {
	putStatus(f.buf[:], s)
	_, err := f.file.WriteAt(f.buf[:], 0)
	return err
}

// Close closes the file.
func (f *StatusFile) Close() error { return f.file.Close() }

// ReadStatus reads the status beside a living writer. The answers are those of ReadCheckpoint.
func ReadStatus(fsys disk.FS, path string) (*Status, error) {
	f, err := fsys.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var buf [statusBytes]byte
	// A read that meets a write may see both. The next one meets no other: writes are a second apart.
	for range 8 {
		var b []byte
		if b, err = readFull(f, buf[:]); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		var s *Status
		if s, err = parseStatus(b); err == nil {
			return s, nil
		}
	}
	if errors.Is(err, ErrTooNew) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return nil, &CorruptError{Path: path, Reason: err.Error()}
}

func putStatus(b []byte, s *Status) {
	clear(b[:statusBytes])
	copy(b, statusMagic)
	binary.LittleEndian.PutUint32(b[8:], statusVersion)
	binary.LittleEndian.PutUint32(b[12:], uint32(s.Generation))
	copy(b[16:], s.Archive[:])
	binary.LittleEndian.PutUint64(b[32:], uint64(s.Heartbeat))
	binary.LittleEndian.PutUint64(b[40:], uint64(s.Durable))
	binary.LittleEndian.PutUint64(b[48:], uint64(s.Stored))
	binary.LittleEndian.PutUint64(b[56:], s.Accepted)
	binary.LittleEndian.PutUint64(b[64:], s.Dropped)
	binary.LittleEndian.PutUint32(b[72:], s.PID)
	if s.Clean {
		b[76] = 1
	}
	binary.LittleEndian.PutUint64(b[80:], s.BytesPerDay)
	binary.LittleEndian.PutUint32(b[88:], s.Away)
	binary.LittleEndian.PutUint32(b[statusCRC:], crc32.Checksum(b[:statusCRC], castagnoli))
}

func parseStatus(b []byte) (*Status, error) {
	if len(b) < statusBytes || string(b[:8]) != statusMagic {
		return nil, fmt.Errorf("not a status: %d bytes that begin %.8q", len(b), b)
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != statusVersion {
		return nil, versionError(v, statusVersion)
	}
	if got, want := crc32.Checksum(b[:statusCRC], castagnoli), binary.LittleEndian.Uint32(b[statusCRC:]); got != want {
		return nil, fmt.Errorf("crc %08x, want %08x", got, want)
	}
	if clean := binary.LittleEndian.Uint32(b[76:]); clean > 1 || !blank(b[92:statusCRC]) {
		return nil, fmt.Errorf("clean is %d, or the padding is not zero", clean)
	}
	s := &Status{
		Generation: record.Generation(binary.LittleEndian.Uint32(b[12:])),
		PID:        binary.LittleEndian.Uint32(b[72:]),
		Heartbeat:  record.Nanos(binary.LittleEndian.Uint64(b[32:])),
		Durable:    record.Position(binary.LittleEndian.Uint64(b[40:])),
		Stored:     record.Position(binary.LittleEndian.Uint64(b[48:])),
		Accepted:   binary.LittleEndian.Uint64(b[56:]),
		Dropped:    binary.LittleEndian.Uint64(b[64:]),
		Clean:      b[76] == 1,

		BytesPerDay: binary.LittleEndian.Uint64(b[80:]),
		Away:        binary.LittleEndian.Uint32(b[88:]),
	}
	copy(s.Archive[:], b[16:])
	return s, nil
}

// ReplaceStatus makes s the status of an archive that nobody writes to, whole and durably.
func ReplaceStatus(fsys disk.FS, path string, s *Status) error {
	b := make([]byte, statusBytes)
	putStatus(b, s)
	return disk.WriteFile(fsys, path, b)
}
