package crashfs

import "math"

// toss is a random number that depends on nothing but a seed and what it is for, so that no order in which things
// are asked for changes an outcome.
func toss(seed, what uint64) uint64 {
	z := seed + (what+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// What tosses are for, where it is not the number of something.
const (
	forData = math.MaxUint64 - iota
	forSizes
	forNames
	forGrain
	forOdds
	forPoint
	forPart
	forOwnOdds
	forUnderway
)

// extent says how much of the unsynced reaches the disk: if every part were drawn by itself, the plain cases, of which
// recovery has most to do, would hardly ever be seen.
type extent int

const (
	everything extent = iota
	nothing
	someOfIt
	extents
)

func drawExtent(seed, what uint64) extent { return extent(toss(seed, what) % uint64(extents)) }

// upTo is how many of n things that happen in order have happened.
func (e extent) upTo(n int, random uint64) int {
	switch e {
	case everything:
		return n
	case nothing:
		return 0
	default:
		return int(random % uint64(n+1))
	}
}

// lot is what becomes of a sector.
type lot int

const (
	old lot = iota
	fresh
	between // as it was after one of several writes
	torn    // a prefix of the newer, the rest of the older
	zero    // the bytes that were written
	garbage // the same
	lots
)

// odds, in hundredths. The first are whole cases, the last is everything alike.
var odds = [...][lots]uint64{
	{old: 0, fresh: 100},
	{old: 100},
	{old: 3, fresh: 85, between: 3, torn: 3, zero: 3, garbage: 3},
	{old: 85, fresh: 3, between: 3, torn: 3, zero: 3, garbage: 3},
	{old: 17, fresh: 17, between: 16, torn: 18, zero: 16, garbage: 16},
	{old: 17, fresh: 17, between: 16, torn: 18, zero: 16, garbage: 16},
}

// fate is what a power cut does to one file.
type fate struct {
	seed  uint64
	file  *inode
	odds  *[lots]uint64 // nil: the writes reach the disk in order, up to one
	grain uint          // neighbours share a lot in runs of 1<<grain sectors
	n     int           // changes
	last  int           // in order: the write that is cut
	part  int64         // in order: what there is of it
	sizes int           // how many changes of the size have happened

	scratch [sectorBytes]byte
}

var zeros [sectorBytes]byte

func (f *FS) fateOf(n *inode, log []change, seed uint64) fate {
	own := toss(seed, n.number)
	if toss(own, forOwnOdds)%4 > 0 {
		seed = toss(seed, forOdds) // three of four files have the same odds
	} else {
		seed = own
	}
	x := fate{seed: own, file: n, n: len(log)}
	x.grain = [...]uint{0, 0, 3, 6}[toss(seed, forGrain)%4]
	if kind := toss(seed, forData) % uint64(len(odds)+2); kind < uint64(len(odds)) {
		x.odds = &odds[kind]
	}
	x.last = int(toss(own, forPoint) % uint64(len(log)+1))
	if x.last < len(log) {
		x.part = int64(toss(own, forPart) % uint64(len(log[x.last].data)+1))
	}
	x.sizes = drawExtent(seed, forSizes).upTo(len(log), toss(own, forSizes))
	if x.odds == nil && toss(own, forSizes)&(1<<40) == 0 {
		x.sizes = x.last
	}
	return x
}

// size is that of the file: as it was after one of the changes, or at a sector within a write that made it longer.
func (x *fate) size(log []change, before int64) int64 {
	if x.sizes > 0 {
		before = log[x.sizes-1].size
	}
	if x.sizes == len(log) || toss(x.seed, forPart)&(1<<40) == 0 {
		return before
	}
	c := log[x.sizes]
	if c.data == nil || c.size <= before {
		return before
	}
	within := before + int64(toss(x.seed, forSizes)%uint64(c.size-before+1))
	return max(before, within/sectorBytes*sectorBytes)
}

// apply writes to disk what there is of change i, below the barrier.
func (x *fate) apply(disk *content, i int, c change, barrier int64) {
	data := c.data[:max(0, min(c.end(), barrier)-c.at)]
	switch {
	case x.odds == nil && i < x.last, x.odds == &odds[0]:
		disk.write(data, c.at)
	case x.odds == nil && i == x.last:
		disk.write(data[:min(int64(len(data)), x.part)], c.at)
	case x.odds == nil, x.odds == &odds[1]:
	default:
		x.applySectors(disk, i, data, c.at)
	}
}

func (x *fate) applySectors(disk *content, i int, data []byte, at int64) {
	for len(data) > 0 {
		sector := at / sectorBytes
		n := min(int64(len(data)), (sector+1)*sectorBytes-at)
		x.applySector(disk, i, data[:n], at, uint64(sector))
		data, at = data[n:], at+n
	}
}

func (x *fate) applySector(disk *content, i int, data []byte, at int64, sector uint64) {
	random := toss(x.seed, sector>>x.grain)
	upTo, newest, tear := x.n, x.n, int64(0)
	switch x.draw(random % 100) {
	case old:
		return
	case between:
		upTo = int(random >> 32 % uint64(x.n))
		newest = upTo
	case torn:
		upTo = int(random>>32%uint64(x.n+1)) - 1
		newest = upTo + 1 + int(random>>16%uint64(x.n-upTo))
		tear = int64(1 + toss(x.seed, ^sector)%(sectorBytes-1))
	case zero:
		data = zeros[:len(data)]
	case garbage:
		x.garbage(x.scratch[:len(data)], at, sector)
		data = x.scratch[:len(data)]
	}
	switch {
	case i <= upTo:
		disk.write(data, at)
	case i <= newest:
		disk.write(data[:min(int64(len(data)), max(0, int64(sector)*sectorBytes+tear-at))], at)
	}
}

func (x *fate) draw(random uint64) lot {
	for l, share := range x.odds {
		if random < share {
			return lot(l)
		}
		random -= share
	}
	return fresh
}

// garbage is noise, or what stands elsewhere in the file: the hardest to tell from the truth.
func (x *fate) garbage(b []byte, at int64, sector uint64) {
	random := toss(x.seed, ^sector)
	if elsewhere := x.file.now.size / sectorBytes; random&1 == 0 && elsewhere > 1 {
		x.file.now.read(b, int64(random>>8%uint64(elsewhere))*sectorBytes+at%sectorBytes)
		return
	}
	for i := range b {
		place := uint64(at) + uint64(i)
		b[i] = byte(toss(random, place/8) >> (place % 8 * 8))
	}
}
