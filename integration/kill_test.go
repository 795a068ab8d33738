package integration

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	archive "github.com/fixarchive/fixarchive"
)

// roundsAtOnce is how many writers die on one archive: each look reads all of it.
const roundsAtOnce = 20

// TestKilledWriterLosesNothing kills a process that archives, again and again, and in every second round the recoveries
// behind it too, and lets the next one go on in the same archive: every message that was accepted is there, once and in
// order, whatever the moment. The rings of every second archive lie on a disk. FIXARCHIVE_KILLS is how often.
func TestKilledWriterLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for seconds")
	}
	if _, err := command(); err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	k := killer{random: rand.New(rand.NewPCG(seed, 0))}
	rounds := count("FIXARCHIVE_KILLS", 6, 200)
	start := time.Now()
	for i := 0; k.writers < rounds && !t.Failed(); i++ {
		t.Run(fmt.Sprintf("archive %d", i), func(t *testing.T) { k.archive(t, i, min(max(rounds/2, 1), roundsAtOnce, rounds-k.writers)) })
	}
	t.Logf("%d writers killed, %d of them before they said anything, and %d recoveries of %d; %d messages, %d torn tails; %.0f s",
		k.writers, k.early, k.recoveries, k.tried, k.messages, k.torn, time.Since(start).Seconds())
}

type killer struct {
	random                                            *rand.Rand
	writers, early, tried, recoveries, messages, torn int
}

// archive has writers die on one archive.
func (k *killer) archive(t *testing.T, i, rounds int) {
	dir := t.TempDir()
	j := job{
		Dir: filepath.Join(dir, "archive"), RingBytes: 1 << 20, SegmentBytes: 256 << 10,
		WhenFull: archive.Wait, Sessions: 3, Longest: 600, Pause: 20 * time.Microsecond,
	}
	if i%2 == 1 {
		j.RingDir = dir
	}
	b := newBook(t, j)
	for round := range rounds {
		said, from := k.writer(b)
		k.writers++
		cut := round%2 == 1
		if cut {
			k.recovery(t, j.Dir)
		}
		// A recovery that was killed may have had no more to do than to say that it is done.
		if r := b.reopen(); r != nil && r.RingLost && (!cut || r.Gaps > 0) {
			t.Errorf("the ring was not found: %+v", *r)
		}
		b.look(said, from, everything, true)
		if t.Failed() {
			t.Fatalf("round %d; the writer's alarms: %q, ours: %q", round, said.alarms, b.alarms)
		}
	}
	for _, ring := range b.rings() {
		if j.RingDir == "" {
			t.Errorf("%s is left over", ring)
		}
		os.Remove(ring) // of a command that was killed; it looks in one place alone
	}
	for i := range b.lanes {
		k.messages += len(b.lanes[i].have)
	}
	for _, alarm := range b.alarms {
		k.torn += btoi(strings.Contains(alarm, "torn"))
	}
}

// writer lets one live for a while: mostly from its first message on, now and then from its very start.
func (k *killer) writer(b *book) (said *heard, from []int) {
	g := b.start()
	life := time.Duration(k.random.IntN(150)) * time.Millisecond
	if k.random.IntN(5) > 0 {
		g.await(func(h *heard) bool { return h.accepted[0] > g.from[0] })
	} else {
		life /= 4
	}
	time.Sleep(life)
	said = b.kill(g)
	k.early += btoi(!said.opened)
	return said, g.from
}

// recovery kills up to three recoveries at any moment: of the process, not of the recovery alone.
func (k *killer) recovery(t *testing.T, dir string) {
	path, _ := command()
	for range 1 + k.random.IntN(3) {
		c := exec.Command(path, "recover", "--archive", dir)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		k.tried++
		time.Sleep(time.Duration(k.random.IntN(100)) * time.Millisecond)
		c.Process.Kill()
		if err := c.Wait(); err != nil && c.ProcessState.ExitCode() == -1 {
			k.recoveries++
		}
	}
}

func numbered(n int) []byte {
	return fmt.Appendf(nil, "8=FIX.4.4\x019=99\x0135=D\x0149=A\x0156=B\x0134=%d\x0158=%s\x0110=000\x01", n, strings.Repeat("x", n%200))
}
