package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/record"
)

// Checkpoint says where every log ended when all that lay before a mark of the journal was durable in the stores.
// Opening reads it, and of the journal only what lies behind the mark.
//
//	┌ "FIXACHKP" 8 ┬ version 4 ┬ generation 4 ┬ archive 16 ┬ journal: lap 8, offset 8 ┬ at 8 ┬ count 8 ┬ snapshots … ┬ CRC 4 ┐
//	└──────────────┴───────────┴──────────────┴────────────┴──────────────────────────┴──────┴─────────┴─────────────┴───────┘
//
// It is written whole, beside the old one, and takes its place: there is always one that can be read.
type Checkpoint struct {
	Archive    [16]byte
	Generation record.Generation
	Journal    Mark         // redo begins here
	At         record.Nanos // when it was taken
	Logs       []record.Snapshot
}

const (
	checkpointMagic   = "FIXACHKP"
	checkpointVersion = 1
	checkpointBytes   = 64 // of the header
)

// WriteCheckpoint makes c the archive's checkpoint, durably: when it returns nil, c is what a power cut leaves.
func WriteCheckpoint(fsys disk.FS, path string, c *Checkpoint) error {
	return disk.WriteFile(fsys, path, appendCheckpoint(nil, c))
}

// ReadCheckpoint reads the archive's checkpoint. One that was never written is fs.ErrNotExist, one of a newer
// version ErrTooNew, and a damaged one ErrCorrupt.
func ReadCheckpoint(fsys disk.FS, path string) (*Checkpoint, error) {
	b, err := disk.ReadFile(fsys, path)
	if err != nil {
		return nil, err
	}
	c, at, err := parseCheckpoint(b)
	switch {
	case errors.Is(err, ErrTooNew):
		return nil, fmt.Errorf("%s: %w", path, err)
	case err != nil:
		return nil, &CorruptError{Path: path, Offset: at, Reason: err.Error()}
	}
	return c, nil
}

func appendCheckpoint(dst []byte, c *Checkpoint) []byte {
	at := len(dst)
	dst = append(dst, checkpointMagic...)
	dst = binary.LittleEndian.AppendUint32(dst, checkpointVersion)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(c.Generation))
	dst = append(dst, c.Archive[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, c.Journal.Lap)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(c.Journal.Offset))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(c.At))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(len(c.Logs)))
	for i := range c.Logs {
		dst = record.AppendSnapshot(dst, &c.Logs[i])
	}
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[at:], castagnoli))
}

// parseCheckpoint reads a checkpoint, or says at which offset it cannot.
func parseCheckpoint(b []byte) (c *Checkpoint, at int64, err error) {
	if len(b) < 12 || string(b[:8]) != checkpointMagic {
		return nil, 0, fmt.Errorf("not a checkpoint: %d bytes that begin %.8q", len(b), b)
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != checkpointVersion {
		return nil, 8, versionError(v, checkpointVersion)
	}
	if len(b) < checkpointBytes+4 {
		return nil, int64(len(b)), fmt.Errorf("it ends within its header")
	}
	end := len(b) - 4
	if got, want := crc32.Checksum(b[:end], castagnoli), binary.LittleEndian.Uint32(b[end:]); got != want {
		return nil, int64(end), fmt.Errorf("crc %08x of %d bytes, want %08x", got, end, want)
	}
	c = &Checkpoint{
		Generation: record.Generation(binary.LittleEndian.Uint32(b[12:])),
		Journal:    Mark{binary.LittleEndian.Uint64(b[32:]), int64(binary.LittleEndian.Uint64(b[40:]))},
		At:         record.Nanos(binary.LittleEndian.Uint64(b[48:])),
	}
	copy(c.Archive[:], b[16:])
	if c.Journal.Lap > lapMax || c.Journal.Offset < 0 {
		return nil, 32, fmt.Errorf("%v in the journal", c.Journal)
	}
	count := binary.LittleEndian.Uint64(b[56:])
	if count > uint64(end)/record.StateSize {
		return nil, 56, fmt.Errorf("%d logs in %d bytes", count, end)
	}
	return parseSnapshots(c, b[:end], int(count))
}

func parseSnapshots(c *Checkpoint, b []byte, count int) (*Checkpoint, int64, error) {
	if count > 0 {
		c.Logs = make([]record.Snapshot, count)
	}
	at := checkpointBytes
	for i := range c.Logs {
		s, n, err := record.ParseSnapshot(b[at:])
		if err != nil {
			return nil, int64(at), fmt.Errorf("log %d of %d: %w", i+1, count, err)
		}
		c.Logs[i] = s
		at += n
	}
	if at != len(b) {
		return nil, int64(at), fmt.Errorf("%d bytes behind the last log", len(b)-at)
	}
	return c, 0, nil
}
