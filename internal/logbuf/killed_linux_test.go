package logbuf

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

const (
	killedRing      = "LOGBUF_TEST_KILLED_RING"
	killedProducers = 3
)

// TestKilledProcessLosesNothing runs this test binary as a victim, with producers and a consumer at work on a mapped
// ring, kills it at a moment of chance, and recovers. Each producer says in its slot how many of its records Put has
// accepted; the consumer says how many it has moved to safety before it marks them taken. Whatever was accepted must be
// in one of the two.
func TestKilledProcessLosesNothing(t *testing.T) {
	rounds := 15
	if testing.Short() {
		rounds = 3
	}
	for round := range rounds {
		path := filepath.Join(t.TempDir(), "ring")
		after := time.Duration(rand.IntN(15000)) * time.Microsecond
		killVictim(t, path, after)
		m, err := OpenFile(path)
		if err != nil {
			t.Fatal(err)
		}
		checkLeftover(t, fmt.Sprintf("round %d, killed after %v", round, after), m)
		m.Close()
	}
}

func killVictim(t *testing.T, path string, after time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$")
	cmd.Env = append(os.Environ(), killedRing+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the victim never began: %v", err)
	}
	if _, err := OpenFile(path); !errors.Is(err, ErrLocked) {
		t.Errorf("the ring of a live process opened: %v", err)
	}
	time.Sleep(after)
	cmd.Process.Kill()
	cmd.Wait()
}

func checkLeftover(t *testing.T, when string, m *Memory) {
	t.Helper()
	var next [killedProducers]int
	for p := range next {
		next[p] = -1
	}
	report, err := Recover(m, func(pos Position, b []byte) error {
		p, i, err := readNumbered(b)
		if err != nil || next[p] >= 0 && i != next[p] {
			return fmt.Errorf("at %d: producer %d record %d, want %d: %v", pos, p, i, next[p], err)
		}
		if safe := int(m.Slot(p)[1].Load()); i > safe && next[p] < 0 {
			return fmt.Errorf("producer %d continues with %d, only %d are safe", p, i, safe)
		}
		next[p] = i + 1
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v (%+v)", when, err, report)
	}
	for p := range next {
		accepted, safe := int(m.Slot(p)[0].Load()), int(m.Slot(p)[1].Load())
		if max(next[p], safe) < accepted {
			t.Errorf("%s: producer %d: %d accepted, %d safe, recovered up to %d", when, p, accepted, safe, next[p])
		}
	}
}

// TestVictim is the process that is killed.
func TestVictim(t *testing.T) {
	path := os.Getenv(killedRing)
	if path == "" {
		t.Skip("only another test runs this")
	}
	m, err := CreateFile(path, Geometry{RingBytes: 8192, Slots: killedProducers}, Owner{})
	if err != nil {
		t.Fatal(err)
	}
	r := NewMPSC(m)
	for p := range killedProducers {
		go func() {
			buf := make([]byte, 300)
			for i := 0; ; {
				n := 8 + (i*13+p*5)%(len(buf)-8)
				writeNumbered(buf[:n], p, i)
				if _, err := r.Put(buf[:n]); err != nil {
					runtime.Gosched()
					continue
				}
				i++
				m.Slot(p)[0].Store(uint64(i))
			}
		}()
	}
	fmt.Println("begun")
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		for range 1 + rand.IntN(20) {
			if _, b, ok := r.Next(); ok {
				p, i, _ := readNumbered(b)
				m.Slot(p)[1].Store(uint64(i + 1))
			}
		}
		r.MarkTaken()
		r.Release()
		runtime.Gosched()
	}
	os.Exit(1) // nobody came
}
