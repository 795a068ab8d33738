package integration

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"

	archive "github.com/fixarchive/fixarchive"
)

const childDir = "FIXARCHIVE_TEST_CHILD"

const killSessions = 5

// writeUntilKilled is the child process of TestKilledWriterLosesNothing: it archives numbered messages and tells its
// parent of each one that was accepted.
func writeUntilKilled(dir string) error {
	a, err := archive.Open(archive.Options{Path: dir, WhenFull: archive.Wait, WaitBudget: time.Minute, SegmentBytes: 1 << 20, JournalBytes: 8 << 20})
	if err != nil {
		return err
	}
	logs := make([]quickfix.Log, killSessions)
	for i := range logs {
		if logs[i], err = a.LogFactory(nil).CreateSessionLog(killSession(i)); err != nil {
			return err
		}
	}
	first, err := strconv.Atoi(os.Getenv(childDir + "_FROM"))
	if err != nil {
		return err
	}
	for n := first; ; n++ {
		logs[n%killSessions].OnOutgoing(numbered(n))
		fmt.Fprintf(os.Stdout, "%d\n", n) // unbuffered: what is said was accepted
		if n%100 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}

func killSession(i int) quickfix.SessionID {
	return quickfix.SessionID{BeginString: "FIX.4.4", SenderCompID: fmt.Sprintf("KILLED%d", i), TargetCompID: "VENUE"}
}

func numbered(n int) []byte {
	return fmt.Appendf(nil, "8=FIX.4.4\x019=99\x0135=D\x0149=A\x0156=B\x0134=%d\x0158=%s\x0110=000\x01", n, strings.Repeat("x", n%200))
}

// TestKilledWriterLosesNothing kills a process that archives, again and again, and lets the next one go on in the same
// archive: every message that was accepted is there, once and in order, whatever the moment.
func TestKilledWriterLosesNothing(t *testing.T) {
	if dir := os.Getenv(childDir); dir != "" {
		t.Fatal(writeUntilKilled(dir))
	}
	if testing.Short() {
		t.Skip("kills processes for seconds")
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	var want [killSessions][]int
	next := 0
	for range size(6, 25) {
		accepted := killOne(t, dir, next, time.Duration(20+rnd.IntN(150))*time.Millisecond)
		for n := next; n < accepted; n++ {
			want[n%killSessions] = append(want[n%killSessions], n)
		}
		// The message behind the last one that was told of may have been accepted too: its process died before it
		// could say so.
		next = accepted + 1
		settle(t, dir)
		for i := range want {
			want[i] = checkKilled(t, dir, i, want[i], accepted)
		}
	}
	if report, complaint, status := fixarchive(t, "verify", "--archive", dir); status != 0 {
		t.Errorf("verify ended with %d: %s%s", status, report, complaint)
	}
}

// killOne runs a writer for a while, kills it, and returns the number behind the last message it told of.
func killOne(t *testing.T, dir string, from int, life time.Duration) (accepted int) {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run", "^TestKilledWriterLosesNothing$")
	c.Env = append(os.Environ(), childDir+"="+dir, fmt.Sprintf("%s_FROM=%d", childDir, from))
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	accepted = from
	lines := bufio.NewReader(out)
	var killer *time.Timer
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF || err != nil {
			break
		}
		n, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			t.Fatalf("the writer said %q", line)
		}
		accepted = n + 1
		if killer == nil {
			killer = time.AfterFunc(life, func() { c.Process.Kill() })
		}
	}
	c.Wait()
	return accepted
}

// settle opens the archive, which recovers it, and closes it.
func settle(t *testing.T, dir string) {
	t.Helper()
	a, err := archive.Open(archive.Options{Path: dir, Alarm: func(err error) { t.Errorf("alarm: %v", err) }})
	if err != nil {
		t.Fatal(err)
	}
	if s := a.Stats(); s.Recovered == nil || s.Recovered.RingLost {
		t.Errorf("recovered: %+v", s.Recovered)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}

// checkKilled compares a session's log with what was accepted, and returns what it holds: extra may be there or not.
func checkKilled(t *testing.T, dir string, i int, want []int, extra int) []int {
	t.Helper()
	if extra%killSessions == i {
		want = append(want, extra)
	}
	r, err := archive.OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got []int
	for m, err := range r.Messages(archive.Query{Session: killSession(i).String()}) {
		if err != nil {
			t.Fatal(err)
		}
		if k := len(got); k >= len(want) || string(m.Raw) != string(numbered(want[k])) {
			t.Fatalf("session %d, record %d: %.90q", i, k, m.Raw)
		}
		got = append(got, want[len(got)])
	}
	if extra%killSessions == i && len(got) == len(want)-1 {
		want = want[:len(want)-1]
	}
	if len(got) != len(want) {
		t.Fatalf("session %d has %d messages, want %d", i, len(got), len(want))
	}
	return got
}
