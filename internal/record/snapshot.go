package record

import (
	"encoding/binary"
	"fmt"
)

// Snapshot is what a checkpoint repeats of a log: where its bytes end and what its next record depends on.
type Snapshot struct {
	Log     LogID
	Segment uint32 // the active segment's number, from 1; 0 for a log that has no segment yet
	Length  int64  // of the active segment, in bytes
	State   State
}

// AppendSnapshot adds s to dst.
func AppendSnapshot(dst []byte, s *Snapshot) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, uint64(s.Segment))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(s.Length))
	dst = AppendState(dst, s.State)
	return AppendLogID(dst, s.Log)
}

// ParseSnapshot reads what AppendSnapshot wrote and says how many bytes it took.
func ParseSnapshot(b []byte) (s Snapshot, n int, err error) {
	const fixed = 16 + StateSize
	if len(b) < fixed {
		return Snapshot{}, 0, fmt.Errorf("%w: a snapshot of %d bytes, want at least %d", errBody, len(b), fixed)
	}
	segment := binary.LittleEndian.Uint64(b)
	s.Segment = uint32(segment)
	s.Length = int64(binary.LittleEndian.Uint64(b[8:]))
	if segment > 1<<32-1 || s.Length < 0 {
		return Snapshot{}, 0, fmt.Errorf("%w: a snapshot with segment %d of length %d", errBody, segment, s.Length)
	}
	if s.State, err = ParseState(b[16:]); err != nil {
		return Snapshot{}, 0, err
	}
	if s.Log, n, err = ParseLogID(b[fixed:]); err != nil {
		return Snapshot{}, 0, err
	}
	return s, fixed + n, nil
}
