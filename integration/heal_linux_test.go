package integration

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	archive "github.com/fixarchive/fixarchive"
)

// outage is something that befalls the disk under a gateway that goes on trading, and passes.
type outage struct {
	begin, end func(g *gateway)
	drops      bool // it lasts until messages were dropped
}

// passes has it befall a gateway. Its hooks return all the while; what they cannot bring into the archive is counted; the
// owner is told; and when it is over the archive goes on by itself, with gap records for what was dropped.
func (o *outage) passes(t *testing.T, j job) *heard {
	t.Helper()
	b := newBook(t, j)
	g := b.start()
	b.must(g, "everything is well", func(h *heard) bool { return all(h.durable, g.from, 20) })
	o.begin(g)
	var then []int
	b.must(g, "it has begun", func(h *heard) bool { then = slices.Clone(h.accepted); return true })
	b.must(g, "the hooks go on and the owner is told", func(h *heard) bool {
		return all(h.accepted, then, 200) && len(h.alarms) > 0 && (h.dropped > 0 || !o.drops)
	})
	o.end(g)
	b.must(g, "it is over", func(h *heard) bool { then = slices.Clone(h.accepted); return true })
	b.must(g, "it has healed", func(h *heard) bool { return all(h.durable, then, 100) })
	said := b.stop(g)
	b.closedWell(said)
	b.look(said, g.from, accounted, false)
	if o.drops && said.dropped == 0 || b.dropped() != said.dropped {
		t.Errorf("%d messages were dropped, and gap records count %d", said.dropped, b.dropped())
	}
	t.Logf("%d messages, %d of them dropped; told of %q", b.messages(), said.dropped, short(said.alarms))
	return said
}

// closedWell fails the test for an archive that could not be closed after its outage.
func (b *book) closedWell(said *heard) {
	b.t.Helper()
	if said.closeErr != "" {
		b.t.Errorf("closing: %s", said.closeErr)
	}
}

// must waits for what a gateway says.
func (b *book) must(g *gateway, what string, enough func(*heard) bool) {
	b.t.Helper()
	if !g.await(enough) {
		b.t.Fatalf("not so: %s; the gateway said %s", what, b.kill(g))
	}
}

func (h *heard) String() string {
	return fmt.Sprintf("accepted %v, durable %v, dropped %d, alarms %q, not durable for %q, closed %v %q, refused %q",
		h.accepted, h.durable, h.dropped, short(h.alarms), short(h.notYet), h.closed, h.closeErr, h.refusing)
}

// short is the first of many.
func short(texts []string) []string { return texts[:min(len(texts), 3)] }

func all(now, then []int, more int) bool {
	for i := range now {
		if now[i] < then[i]+more {
			return false
		}
	}
	return true
}

func (b *book) messages() (n int) {
	for i := range b.lanes {
		n += len(b.lanes[i].have)
	}
	return n
}

func (b *book) dropped() (n int) {
	for i := range b.gaps {
		n += b.gaps[i].counted
	}
	return n
}

// trading is a gateway whose ring is soon full.
func trading(t *testing.T, dir string) job {
	return job{
		Dir: filepath.Join(dir, "archive"), RingDir: t.TempDir(), RingBytes: 64 << 10, SegmentBytes: 1 << 20,
		WhenFull: archive.Drop, Sessions: 2, Longest: 1000, Pause: 100e3,
	}
}

// limit changes what the gateway may do, from outside.
func limit(t *testing.T, g *gateway, what, value string) {
	t.Helper()
	if _, err := run("prlimit", "--pid", fmt.Sprint(g.Process.Pid), "--"+what+"="+value+":"); err != nil {
		t.Fatal(err)
	}
}

// TestFilesMayNotGrow lets files end where it suits nobody: writes are short, then refused with EFBIG, and the signal that
// comes with it kills nobody.
func TestFilesMayNotGrow(t *testing.T) {
	needs(t, "prlimit")
	o := outage{
		begin: func(g *gateway) { limit(t, g, "fsize", "100001") },
		end:   func(g *gateway) { limit(t, g, "fsize", "unlimited") },
		drops: true,
	}
	o.passes(t, trading(t, t.TempDir()))
}

// TestNoDescriptors takes the gateway's descriptors away, so that no file can be opened.
func TestNoDescriptors(t *testing.T) {
	needs(t, "prlimit")
	j := trading(t, t.TempDir())
	j.Sessions, j.OpenFiles = 10, 8
	o := outage{
		begin: func(g *gateway) { limit(t, g, "nofile", "3") },
		end:   func(g *gateway) { limit(t, g, "nofile", "1024") },
	}
	o.passes(t, j)
}

// TestFullFileSystem fills one that holds next to nothing, and one that holds some seconds of trading.
func TestFullFileSystem(t *testing.T) {
	t.Run("a little", func(t *testing.T) { fullFileSystem(t, "64k", "96k") })
	t.Run("some", func(t *testing.T) { fullFileSystem(t, "4m", "4m") })
}

// fullFileSystem begins with a size that an archive can be made in, and ends with enough.
func fullFileSystem(t *testing.T, size, least string) {
	dir := tmpfs(t, size)
	resize := func(size string) {
		if _, err := run("mount", "-o", "remount,size="+size, dir); err != nil {
			t.Fatal(err)
		}
	}
	b := newBook(t, trading(t, dir))
	g := b.start()
	if !g.await(func(h *heard) bool { return h.opened || h.refusing != "" }) {
		t.Fatalf("neither opened nor refused: %v", b.kill(g))
	}
	g.await(func(h *heard) bool { return h.dropped > 0 && len(h.alarms) > 0 || h.refusing != "" })
	var then []int
	b.must(g, "the hooks go on and messages are dropped, or no archive is made", func(h *heard) bool {
		then = slices.Clone(h.accepted)
		return h.dropped > 0 && len(h.alarms) > 0 || strings.Contains(h.refusing, "no space")
	})
	if g.said.refusing != "" {
		t.Logf("in %s no archive is made: %s", size, g.said.refusing)
		b.ended(g)
		resize("64m")
		b.reopen()
		return
	}
	resize("64m")
	b.must(g, "it has healed", func(h *heard) bool { return all(h.durable, then, 100) })
	said := b.stop(g)
	b.closedWell(said)
	b.look(said, g.from, accounted, false)
	t.Logf("%d messages, %d of them dropped; told of %q", b.messages(), said.dropped, short(said.alarms))
}

// TestReadOnlyForAWhile mounts the archive read-only over itself: files that are open can be written, and no other.
func TestReadOnlyForAWhile(t *testing.T) {
	needsRoot(t)
	j := trading(t, t.TempDir())
	j.Sessions, j.OpenFiles = 10, 8
	j.SegmentBytes = 128 << 10
	beside := t.TempDir()
	o := outage{
		begin: func(g *gateway) {
			mount(t, "--bind", j.Dir, beside)
			if _, err := run("mount", "-o", "remount,bind,ro", beside); err != nil {
				t.Fatal(err)
			}
			mount(t, "--bind", beside, j.Dir) // at once: were it made read-only here, it would have writers already
		},
		end: func(g *gateway) {
			if _, err := run("umount", "-l", j.Dir); err != nil {
				t.Fatal(err)
			}
		},
	}
	o.passes(t, j)
}

// TestFrozenFileSystem stops every write of the file system where it is: nothing fails, and nothing goes on.
func TestFrozenFileSystem(t *testing.T) {
	needsRoot(t)
	needs(t, "fsfreeze")
	disk := newImage(t, "ext4")
	thaw := func() error { _, err := run("fsfreeze", "-u", disk.path); return err }
	t.Cleanup(func() { thaw() })
	o := outage{
		begin: func(g *gateway) {
			if _, err := run("fsfreeze", "-f", disk.path); err != nil {
				t.Fatal(err)
			}
		},
		end: func(g *gateway) {
			if err := thaw(); err != nil {
				t.Fatal(err)
			}
		},
		drops: true,
	}
	o.passes(t, trading(t, disk.path))
}

// TestFileSystemGivesUp has ext4 find an error in itself, after which it takes nothing more and what it had not written is
// gone, while the gateway and its ring live on. What was acknowledged is there when it is mounted again; what was not
// stands in gap records, or is counted.
func TestFileSystemGivesUp(t *testing.T) {
	disk := newImage(t, "ext4")
	if _, err := run("mount", "-o", "remount,errors=remount-ro", disk.path); err != nil {
		t.Fatal(err)
	}
	trigger := disk.trigger()
	b := newBook(t, trading(t, disk.path))
	g := b.start()
	b.must(g, "everything is well", func(h *heard) bool { return all(h.durable, g.from, 20) })
	if err := os.WriteFile(trigger, []byte("an error by the test"), 0); err != nil {
		t.Fatal(err)
	}
	b.must(g, "the hooks go on and the owner is told", func(h *heard) bool { return h.dropped > 100 && len(h.alarms) > 0 })
	said := b.stop(g)
	if said.closeErr == "" {
		t.Error("closing was no failure")
	}
	disk.again()
	b.reopen()
	b.look(said, g.from, accounted, true)
	t.Logf("%d messages, %d of them dropped; told of %q; afterwards of %q", b.messages(), said.dropped, short(said.alarms), short(b.alarms))
}

// trigger is the file that makes ext4 find an error.
func (i *image) trigger() string {
	i.t.Helper()
	out, err := run("findmnt", "-n", "-o", "SOURCE", i.path)
	if err != nil {
		i.t.Skip(err)
	}
	path := filepath.Join("/sys/fs/ext4", filepath.Base(strings.TrimSpace(out)), "trigger_fs_error")
	if _, err := os.Stat(path); err != nil {
		i.t.Skipf("this kernel cannot be asked for an error: %v", err)
	}
	return path
}

// TestNoRoomForTheRing gives the ring's file a file system that is too small: it is on the heap then, and says so.
func TestNoRoomForTheRing(t *testing.T) {
	j := trading(t, t.TempDir())
	j.RingDir, j.RingBytes = tmpfs(t, "1m"), 8<<20
	b := newBook(t, j)
	g := b.start()
	b.must(g, "it archives", func(h *heard) bool { return all(h.durable, g.from, 100) })
	said := b.stop(g)
	if said.mapped || len(said.alarms) != 1 || !strings.Contains(said.alarms[0], "the ring is on the heap") {
		t.Errorf("mapped: %v, told of %q", said.mapped, said.alarms)
	}
	if left, _ := os.ReadDir(j.RingDir); len(left) > 0 {
		t.Errorf("%v is left over", left)
	}
	b.look(said, g.from, everything, false)
}

// TestOneSessionsFilesAreReadOnly for a while: it goes on trading like the others, what it gets is found at once, in the journal
// and the spill, and is in its own files afterwards.
func TestOneSessionsFilesAreReadOnly(t *testing.T) {
	needsRoot(t)
	j := trading(t, t.TempDir())
	j.Sessions, j.OpenFiles = 10, 8
	j.SegmentBytes, j.Pause = 128<<10, 2*time.Millisecond
	b := newBook(t, j)
	g := b.start()
	b.must(g, "everything is well", func(h *heard) bool { return all(h.durable, g.from, 20) })
	dirs, err := filepath.Glob(filepath.Join(j.Dir, "logs", "*GATEWAY3*"))
	if err != nil || len(dirs) != 1 {
		t.Fatal(dirs, err)
	}
	beside := t.TempDir()
	mount(t, "--bind", dirs[0], beside)
	if _, err := run("mount", "-o", "remount,bind,ro", beside); err != nil {
		t.Fatal(err)
	}
	mount(t, "--bind", beside, dirs[0])
	b.must(g, "the owner is told", func(h *heard) bool {
		return slices.ContainsFunc(h.alarms, func(told string) bool { return strings.Contains(told, "spill") })
	})
	then := g.acknowledged()
	b.must(g, "all go on", func(h *heard) bool { return all(h.durable, then, 200) })
	then = g.acknowledged()
	time.Sleep(1500 * time.Millisecond) // for the writer to say that a session is away
	lanes, _ := b.read()
	for i := range lanes {
		if len(lanes[i]) < then[i] {
			t.Errorf("session %d: readers find %d messages, %d are durable", i, len(lanes[i]), then[i])
		}
	}
	if out, complaint, status := fixarchive(t, "verify", "--archive", j.Dir); status != 0 {
		t.Errorf("verify ended with %d: %s%s", status, out, complaint)
	}
	if out, _, _ := fixarchive(t, "stat", "--archive", j.Dir); !bytes.Contains(out, []byte("away")) {
		t.Errorf("stat does not tell: %s", out)
	}
	if _, err := run("umount", "-l", dirs[0]); err != nil {
		t.Fatal(err)
	}
	then = g.acknowledged()
	b.must(g, "it is over", func(h *heard) bool { return all(h.durable, then, 100) })
	said := b.stop(g)
	b.closedWell(said)
	b.look(said, g.from, accounted, false)
}
