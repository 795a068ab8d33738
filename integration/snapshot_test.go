package integration

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	archive "github.com/fixarchive/fixarchive"
)

// TestSnapshotOutlivesItsOriginal takes snapshots of an archive that another process writes to, kills that process and
// recovers the archive: what was accepted before is in each snapshot, and nothing that happens to the original shows
// in one, although they share files.
func TestSnapshotOutlivesItsOriginal(t *testing.T) {
	if dir := os.Getenv(childDir); dir != "" {
		t.Fatal(writeUntilKilled(dir))
	}
	if testing.Short() {
		t.Skip("kills processes for seconds")
	}
	dir, at := t.TempDir(), t.TempDir()
	var accepted []int
	next, linked := 0, 0
	copies := map[string]map[string][]byte{}
	for round := range size(2, 12) {
		w := startWriter(t, dir, next)
		for range 10_000 {
			accepted = append(accepted, w.next(t))
		}
		last := accepted[len(accepted)-1]
		awaitMessage(t, dir, last) // then the journal has all before it
		path := filepath.Join(at, fmt.Sprint(round))
		linked += snapshotOf(t, dir, path).Linked
		checkHolds(t, path, accepted)
		copies[path] = filesOf(t, path)
		accepted = append(accepted, w.kill(t)...)
		next = accepted[len(accepted)-1] + 2 // the one behind the last may have been accepted, and not told of

		unclean := path + "-unclean"
		report := snapshotOf(t, dir, unclean)
		if report.Unclean == nil || report.Unclean.Ring == "" {
			t.Errorf("%+v", report)
		}
		if held, shown := messages(t, unclean), messages(t, dir); !slices.Equal(held, shown) {
			t.Errorf("the snapshot of what was left holds %d messages, readers show %d", len(held), len(shown))
		}
		copies[unclean] = filesOf(t, unclean)
		settle(t, dir)
		checkHolds(t, dir, accepted)
	}
	if linked == 0 {
		t.Error("no snapshot shares a file with the archive")
	}
	for path, before := range copies {
		for name, b := range filesOf(t, path) {
			if !bytes.Equal(b, before[name]) {
				t.Errorf("%s has changed", name)
			}
		}
		if out, complaint, status := fixarchive(t, "verify", "--archive", path); status != 0 || bytes.Contains(out, []byte("unclean")) {
			t.Errorf("%s: verify ended with %d: %s%s", path, status, out, complaint)
		}
	}
}

// killable is a process that archives until it is killed.
type killable struct {
	c     *exec.Cmd
	lines *bufio.Scanner
}

func startWriter(t *testing.T, dir string, from int) *killable {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run", "^TestSnapshotOutlivesItsOriginal$")
	c.Env = append(os.Environ(), childDir+"="+dir, fmt.Sprintf("%s_FROM=%d", childDir, from))
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill() })
	return &killable{c, bufio.NewScanner(out)}
}

// next is the number of the next message that was accepted.
func (k *killable) next(t *testing.T) int {
	t.Helper()
	if !k.lines.Scan() {
		t.Fatalf("the writer has ended: %v", k.lines.Err())
	}
	return k.number(t)
}

func (k *killable) number(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(k.lines.Text())
	if err != nil {
		t.Fatalf("the writer said %q", k.lines.Text())
	}
	return n
}

// kill ends the process and returns the numbers that it told of meanwhile.
func (k *killable) kill(t *testing.T) (accepted []int) {
	t.Helper()
	if err := k.c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for k.lines.Scan() {
		accepted = append(accepted, k.number(t))
	}
	k.c.Wait()
	return accepted
}

func snapshotOf(t *testing.T, dir, to string) archive.SnapshotReport {
	t.Helper()
	r, err := archive.OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	report, err := r.Snapshot(context.Background(), to, archive.SnapshotOptions{})
	if err != nil || len(report.Damage)+len(report.Notes) > 0 {
		notes, damage := report.Notes, report.Damage
		report.Notes, report.Damage = notes[:min(len(notes), 3)], damage[:min(len(damage), 3)]
		t.Fatalf("%+v, of %d notes and %d of damage; %v", report, len(notes), len(damage), err)
	}
	return report
}

// messages are the numbers of all that an archive holds, ascending.
func messages(t *testing.T, dir string) (numbers []int) {
	t.Helper()
	r, err := archive.OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for m, err := range r.Messages(archive.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		n := int(m.MsgSeqNum)
		if string(m.Raw) != string(numbered(n)) || m.Session != killSession(n%killSessions).String() {
			t.Fatalf("%s: %.90q", m.Session, m.Raw)
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return numbers
}

// checkHolds fails unless an archive holds all that was accepted, and each once.
func checkHolds(t *testing.T, dir string, accepted []int) {
	t.Helper()
	held := messages(t, dir)
	if unique := slices.Compact(slices.Clone(held)); len(unique) != len(held) {
		t.Fatalf("%s holds %d messages, only %d of them once", dir, len(held), len(unique))
	}
	for _, n := range accepted {
		if _, there := slices.BinarySearch(held, n); !there {
			t.Fatalf("%s lacks message %d; it holds %d, %d were accepted", dir, n, len(held), len(accepted))
		}
	}
}

// awaitMessage returns when readers see a message.
func awaitMessage(t *testing.T, dir string, n int) {
	t.Helper()
	r, err := archive.OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range 5000 {
		if last, err := r.Last(1, archive.Query{Session: killSession(n % killSessions).String()}); err == nil && len(last) > 0 && last[0].MsgSeqNum >= uint64(n) {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Fatalf("message %d does not come", n)
}

// filesOf are all files below a directory.
func filesOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			all[path], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// settle opens the archive, which recovers it, and closes it.
func settle(t *testing.T, dir string) {
	t.Helper()
	a, err := archive.Open(archive.Options{Path: dir, Alarm: noAlarms(t)})
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
