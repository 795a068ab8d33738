package disk

import (
	"math"
	"math/rand/v2"
)

// spaceIn is the room of a file system of blocks, some of which are kept for the superuser. As df does, it counts as the
// whole only what others may ever use: of the rest nobody is to be warned.
func spaceIn[N uint64 | int64](blocks, free uint64, available N, unit int64) Space {
	have := uint64(max(0, available)) // negative where the superuser has gone into his own
	return Space{Free: bytesOf(have, unit), Total: bytesOf(blocks-min(blocks, free)+have, unit)}
}

// bytesOf is a product that network file systems without a limit are known to overflow.
func bytesOf(blocks uint64, unit int64) int64 {
	if unit <= 0 {
		return 0
	}
	return int64(min(blocks, uint64(math.MaxInt64/unit))) * unit
}

const fillBytes = 1 << 20

// fill allocates by writing what the file lacks, and leaves what it has. What it writes is noise, since file systems
// that compress take no room for zeros.
func fill(f File, size int64) error {
	at, err := f.Size()
	if err != nil || at >= size {
		return err
	}
	noise, source := make([]byte, fillBytes), rand.NewChaCha8([32]byte{})
	for at < size {
		b := noise[:min(fillBytes, size-at)]
		_, _ = source.Read(b) // it cannot fail
		if _, err := f.WriteAt(b, at); err != nil {
			return err
		}
		at += int64(len(b))
	}
	return nil
}
