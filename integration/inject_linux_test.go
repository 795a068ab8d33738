package integration

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	archive "github.com/fixarchive/fixarchive"
)

// mayFail are the system calls that change files or make them durable, and what each may answer.
var mayFail = map[string][]string{
	"pwrite64":  {"EIO", "ENOSPC", "EROFS", "EFBIG"},
	"fdatasync": {"EIO", "ENOSPC"},
	"fsync":     {"EIO", "ENOSPC"},
	"syncfs":    {"EIO"},
	"openat":    {"EMFILE", "EIO", "ENOSPC", "EROFS"},
	"renameat":  {"EIO", "ENOSPC", "EROFS"},
	"ftruncate": {"EIO", "ENOSPC", "EROFS"},
	"fallocate": {"ENOSPC", "EIO"},
	"mkdirat":   {"EIO", "ENOSPC", "EROFS"},
	"unlinkat":  {"EIO", "EROFS"},
}

// TestEverySystemCallFails has strace refuse each system call that a gateway makes on its archive, once and from then on.
// The gateway lives on and closes its archive, or says why it cannot; afterwards the archive opens, holds every message
// that a hook took, and verifies. strace counts for each thread by itself, so one run may refuse the n-th call of several.
// FIXARCHIVE_FAULTS is how many of the faults there are, some 250 for each part, are tried.
func TestEverySystemCallFails(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	needs(t, "strace")
	t.Run("writing", func(t *testing.T) {
		i := newInjector(t, job{Sessions: 2, Longest: 3000, InTurn: 60})
		i.every(count("FIXARCHIVE_FAULTS", 6, 100))
	})
	t.Run("recovering", func(t *testing.T) {
		i := newInjector(t, job{Sessions: 2, Longest: 3000, InTurn: 10})
		i.leaveUnclean()
		i.every(count("FIXARCHIVE_FAULTS", 6, 100))
	})
	t.Run("many sessions", func(t *testing.T) {
		if !full {
			t.Skip("makes a thousand files; FIXARCHIVE_FULL=1 asks for it")
		}
		i := newInjector(t, job{Sessions: 260, Longest: 100, InTurn: 10})
		i.only = "syncfs"
		i.every(10)
	})
}

// injector runs one gateway again and again, each time with another fault.
type injector struct {
	*testing.T
	root   string // holds the archive and the ring
	left   string // a copy of root as every run finds it, if it does not begin with nothing
	book   *book  // of that
	only   string // this system call alone
	runs   int
	silent map[string]int // faults that nobody was told of
}

func newInjector(t *testing.T, j job) *injector {
	dir := t.TempDir()
	if os.Geteuid() == 0 {
		dir = tmpfs(t, "512m")
	}
	i := &injector{T: t, root: filepath.Join(dir, "root"), silent: map[string]int{}}
	j.Dir, j.RingDir = filepath.Join(i.root, "archive"), i.root
	j.RingBytes, j.SegmentBytes, j.WhenFull = 1<<20, 64<<10, archive.Drop
	i.book = newBook(t, j)
	return i
}

// leaveUnclean has every run find what a killed gateway has left, and a torn block behind it.
func (i *injector) leaveUnclean() {
	must(i.T, os.MkdirAll(i.root, 0o755))
	j := i.book.job
	i.book.job.InTurn, i.book.job.WhenFull, i.book.job.Pause = 0, archive.Wait, time.Millisecond
	g := i.book.start()
	i.book.must(g, "it archives", func(h *heard) bool { return all(h.durable, g.from, 100) })
	said := i.book.kill(g)
	i.book.job = j
	segments, err := filepath.Glob(filepath.Join(i.root, "archive", "logs", "*", "*.seg"))
	must(i.T, err)
	f, err := os.OpenFile(segments[len(segments)-1], os.O_APPEND|os.O_WRONLY, 0)
	must(i.T, err)
	_, err = f.WriteString(strings.Repeat("torn", 100))
	must(i.T, err)
	must(i.T, f.Close())
	i.left = i.root + ".left"
	i.shell("cp", "-a", i.root, i.left)
	i.book.reopen()
	i.book.look(said, g.from, everything, true)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (i *injector) shell(args ...string) {
	i.Helper()
	if _, err := run(args...); err != nil {
		i.Fatal(err)
	}
}

// fault is one answer that strace gives in the kernel's place.
type fault struct {
	call, path string // path is empty for a file whose name is another in each run
	answer     string
	when       string
}

func (f *fault) String() string {
	if f == nil {
		return "no fault"
	}
	return fmt.Sprintf("%s of %s answers %s when=%s", f.call, f.path, f.answer, f.when)
}

// every tries the faults there are, or as many of them, spread evenly.
func (i *injector) every(most int) {
	start := time.Now()
	faults := i.faults()
	stride := max(1, (len(faults)+most-1)/most)
	met := 0
	for k := 0; k < len(faults) && !i.Failed(); k += stride {
		met += btoi(i.try(&faults[k]))
		i.runs++
	}
	i.Logf("%d of %d faults tried, %d of them met; %.0f s", i.runs, len(faults), met, time.Since(start).Seconds())
	for _, what := range slices.Sorted(maps.Keys(i.silent)) {
		i.Logf("nobody was told: %s (%d times)", what, i.silent[what])
	}
}

// call matches a line of strace's: the call, and the file that it is about, by descriptor or by name.
var call = regexp.MustCompile(`^(\d+) +(\w+)\((?:\d+<([^>]*)>|AT_FDCWD<[^>]*>, "([^"]*)")`)

// faults lists what can befall the calls of a run that nothing befalls: each by each thread, once with one answer and now
// and then for good with another.
func (i *injector) faults() (all []fault) {
	i.Helper()
	counts := map[[2]string]map[string]int{} // by call and path, then by thread
	_, lines := i.trace(nil)
	for _, line := range lines {
		m := call.FindStringSubmatch(line)
		if m == nil || !strings.HasPrefix(m[3]+m[4], i.root) || i.only != "" && m[2] != i.only {
			continue
		}
		path := m[3] + m[4]
		if strings.HasSuffix(path, ".ring") {
			if m[2] != "fallocate" {
				continue
			}
			path = ""
		}
		of := counts[[2]string{m[2], path}]
		if of == nil {
			of = map[string]int{}
			counts[[2]string{m[2], path}] = of
		}
		of[m[1]]++
	}
	for key, threads := range counts {
		answers := mayFail[key[0]]
		for n := range slices.Max(slices.Collect(maps.Values(threads))) {
			all = append(all, fault{key[0], key[1], answers[n%len(answers)], fmt.Sprint(n + 1)})
			if n%4 == 0 {
				all = append(all, fault{key[0], key[1], answers[(n/4+1)%len(answers)], fmt.Sprintf("%d+", n+1)})
			}
		}
	}
	slices.SortFunc(all, func(a, b fault) int { return strings.Compare(a.path+a.call+a.when, b.path+b.call+b.when) })
	return all
}

// try runs the gateway with a fault, judges, and reports whether the fault was met.
func (i *injector) try(f *fault) (met bool) {
	i.Helper()
	b, lines := i.trace(f)
	for _, line := range lines {
		met = met || strings.Contains(line, "(INJECTED)")
	}
	if i.Failed() {
		return met
	}
	if b.last.closeErr == "" && b.last.refusing == "" && len(b.last.alarms) == b.torn && met {
		i.silent[f.call+" of "+filepath.Base(f.path)]++
	}
	return met
}

// trial is one run.
type trial struct {
	*book
	last *heard
	torn int // alarms that are told without a fault
}

// trace runs the gateway under strace, with a fault if there is one, and looks at what it left.
func (i *injector) trace(f *fault) (*trial, []string) {
	i.Helper()
	out := filepath.Join(i.TempDir(), "trace")
	calls := slices.Sorted(maps.Keys(mayFail))
	args := []string{"strace", "-f", "--seccomp-bpf", "-y", "-qqq", "-e", "signal=none", "-o", out}
	if f == nil {
		args = append(args, "-e", "trace="+strings.Join(calls, ","))
	} else {
		args = append(args, "-e", "trace="+f.call, "-e", fmt.Sprintf("inject=%s:error=%s:when=%s", f.call, f.answer, f.when))
		if f.path != "" {
			args = append(args, "-P", f.path)
		}
	}
	i.begin()
	b := &trial{book: i.book.clone(), torn: btoi(i.left != "")}
	defer func() {
		if i.Failed() {
			i.Logf("%v; the gateway: %v; our alarms: %q", f, b.last, b.alarms)
		}
	}()
	g := b.start(args...)
	b.last = b.ended(g)
	if !b.last.closed && b.last.refusing == "" {
		i.Errorf("the gateway has crashed: %v", g.ProcessState)
	}
	b.reopen()
	b.look(b.last, g.from, everything, false)
	return b, i.lines(out)
}

// begin puts what every run finds where it finds it.
func (i *injector) begin() {
	i.Helper()
	must(i.T, os.RemoveAll(i.root))
	if i.left == "" {
		must(i.T, os.Mkdir(i.root, 0o755))
		return
	}
	i.shell("cp", "-a", i.left, i.root)
}

func (i *injector) lines(path string) (lines []string) {
	i.Helper()
	f, err := os.Open(path)
	must(i.T, err)
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		lines = append(lines, s.Text())
	}
	return lines
}
