package integration

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
	"unsafe"

	archive "github.com/fixarchive/fixarchive"
)

// TestPowerCutOnARealFileSystem has a gateway archive on a file system that is shut down under it, without its log being
// written: what was not synced is gone, as if the power had failed. The file system then replays its journal, and the
// ring is gone, as it would be. Every message that was acknowledged is there, once and in order; of the others only
// those that came before some point; a gap record says where something may be missing; and no sequence that a reader has
// seen stands before another record. FIXARCHIVE_CUTS is how often, on each file system.
//
// What counts as acknowledged is what was so before the cut began. An fdatasync that is under way then may return 0 though
// nothing of it survives: in 4 of 60 cuts of a program that does nothing but append and sync on ext4, in 6 of 60 on XFS. A
// machine without power returns nothing.
func TestPowerCutOnARealFileSystem(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, kind := range []string{"ext4", "xfs"} {
		t.Run(kind, func(t *testing.T) {
			disk := newImage(t, kind)
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			c := cutter{t: t, disk: disk, random: rand.New(rand.NewPCG(seed, 0)), rings: t.TempDir()}
			start, rounds := time.Now(), count("FIXARCHIVE_CUTS", 2, 50)
			for c.lives < rounds {
				c.archive(min(10, rounds-c.lives))
			}
			t.Logf("%d cuts of a writer, %d of a recovery: %d messages, %d lost after they were accepted in %d logs, %d of these without a gap record; "+
				"%d sequences were seen by a reader and used again; %.0f s",
				c.lives, c.recoveries, c.messages, c.lost, c.lossy, c.silent, c.reused, time.Since(start).Seconds())
		})
	}
}

type cutter struct {
	t      *testing.T
	disk   *image
	random *rand.Rand
	rings  string

	lives, recoveries, messages, lost, lossy, silent, reused int
}

// archive has power fail under one archive.
func (c *cutter) archive(rounds int) {
	c.t.Helper()
	b := newBook(c.t, job{
		Dir: filepath.Join(c.disk.path, fmt.Sprintf("archive%d", c.lives)), RingDir: c.rings, RingBytes: 1 << 20,
		SegmentBytes: 128 << 10, WhenFull: archive.Wait, Sessions: 2, Longest: 1500, Pause: 50 * time.Microsecond,
	})
	for range rounds {
		c.life(b)
		if c.t.Failed() {
			c.t.Fatalf("cut %d; our alarms: %q", c.lives, b.alarms)
		}
		c.lives++
	}
	for i := range b.lanes {
		c.messages += len(b.lanes[i].have)
	}
	if err := os.RemoveAll(b.job.Dir); err != nil {
		c.t.Fatal(err)
	}
}

// life is that of one writer, and what follows its cut.
func (c *cutter) life(b *book) {
	c.t.Helper()
	g := b.start()
	if !g.await(func(h *heard) bool { return h.accepted[0] > g.from[0] }) {
		c.t.Fatalf("the writer does not write; it said %+v", b.kill(g))
	}
	time.Sleep(time.Duration(c.random.IntN(250)) * time.Millisecond)
	seen := c.seen(b)
	acknowledged := g.acknowledged()
	c.cut()
	said := b.kill(g)
	said.durable = acknowledged
	c.restart(b)
	tried := false // a recovery before its cut: it may have got to its end
	for c.random.IntN(3) == 0 {
		c.recovery(b)
		tried = true
	}
	gaps := b.gaps
	r := b.reopen()
	if r == nil && !tried || r != nil && !r.RingLost {
		c.t.Fatalf("the recovery: %+v, want one without a ring", r)
	}
	b.look(said, g.from, durable, true)
	c.account(b, said, gaps)
	c.compare(b, seen)
}

// cut shuts the file system down.
func (c *cutter) cut() {
	c.t.Helper()
	f, err := os.Open(c.disk.path)
	if err != nil {
		c.t.Fatal(err)
	}
	defer f.Close()
	const goingDown, noLogFlush = 0x8004587d, 2
	how := uint32(noLogFlush)
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), goingDown, uintptr(unsafe.Pointer(&how))); errno != 0 {
		c.t.Skipf("this file system cannot be shut down: %v", errno)
	}
}

// restart is the machine's: what was mounted is mounted again, and memory is empty.
func (c *cutter) restart(b *book) {
	c.t.Helper()
	c.disk.again()
	for _, ring := range b.rings() {
		os.Remove(ring)
	}
	left, err := filepath.Glob(filepath.Join(c.rings, "*"))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, ring := range left {
		if err := os.Remove(ring); err != nil {
			c.t.Fatal(err)
		}
	}
}

// recovery is cut at any moment.
func (c *cutter) recovery(b *book) {
	c.t.Helper()
	path, err := command()
	if err != nil {
		c.t.Fatal(err)
	}
	p := exec.Command(path, "recover", "--archive", b.job.Dir)
	if err := p.Start(); err != nil {
		c.t.Fatal(err)
	}
	time.Sleep(time.Duration(c.random.IntN(80)) * time.Millisecond)
	c.cut()
	p.Process.Kill()
	p.Wait()
	c.restart(b)
	c.recoveries++
}

// account counts what the cut took that was accepted. A log of which it left no trace behind the last checkpoint gets no
// gap record, so that this is told and is no failure.
func (c *cutter) account(b *book, said *heard, before []gapBook) {
	for i := range b.gaps {
		lost := 0
		for lane := 2 * i; lane < 2*i+2; lane++ {
			have := b.lanes[lane].have
			if n := len(have); n == 0 {
				lost += said.accepted[lane]
			} else {
				lost += max(0, said.accepted[lane]-1-have[n-1])
			}
		}
		c.lost += lost
		c.lossy += btoi(lost > 0)
		c.silent += btoi(lost > 0 && b.gaps[i].powerCut == before[i].powerCut)
	}
}

// seen is the last record of each session that a reader was shown.
func (c *cutter) seen(b *book) []archive.Message {
	c.t.Helper()
	r, err := archive.OpenReader(b.job.Dir)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Close()
	last := make([]archive.Message, len(b.gaps))
	for i := range last {
		m, err := r.Last(1, archive.Query{Session: laneSession(2 * i).String()})
		if err == nil && len(m) > 0 {
			last[i] = m[0].Clone()
		}
	}
	return last
}

// compare has each session get one more record, and looks whether its sequence is one that was seen before another.
func (c *cutter) compare(b *book, seen []archive.Message) {
	c.t.Helper()
	g := b.start()
	g.await(func(h *heard) bool {
		for i := range h.durable {
			if h.durable[i] == g.from[i] {
				return false
			}
		}
		return true
	})
	said := b.stop(g)
	if said.closeErr != "" || len(said.alarms) > 0 {
		c.t.Fatalf("after the cut: %+v", said)
	}
	b.look(said, g.from, everything, false)
	for i, m := range c.seenAgain(b, seen) {
		if m.Sequence == seen[i].Sequence && string(m.Raw) != string(seen[i].Raw) {
			c.reused++
		}
	}
}

// seenAgain returns what stands now where seen stood.
func (c *cutter) seenAgain(b *book, seen []archive.Message) []archive.Message {
	c.t.Helper()
	r, err := archive.OpenReader(b.job.Dir)
	if err != nil {
		c.t.Fatal(err)
	}
	defer r.Close()
	now := make([]archive.Message, len(seen))
	for i := range seen {
		for m, err := range r.Messages(archive.Query{Session: laneSession(2 * i).String()}) {
			if err != nil {
				c.t.Fatal(err)
			}
			if m.Sequence == seen[i].Sequence {
				now[i] = m.Clone()
			}
		}
	}
	return now
}
