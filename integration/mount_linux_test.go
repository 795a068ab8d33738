package integration

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// privately has the whole process start again with mounts of its own, where it may: whatever becomes of it, what its
// tests have mounted is gone with it, and nobody else ever sees it.
func privately() {
	const done = "FIXARCHIVE_TEST_PRIVATE"
	if os.Geteuid() != 0 || os.Getenv(done) != "" {
		return
	}
	path, err := os.Executable()
	if err != nil {
		return
	}
	runtime.LockOSThread() // what it unshares is the process's once it has executed
	defer runtime.UnlockOSThread()
	if syscall.Unshare(syscall.CLONE_NEWNS) != nil {
		return
	}
	if syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "") != nil {
		return
	}
	_ = syscall.Exec(path, os.Args, append(os.Environ(), done+"=1"))
}

// run runs a tool and returns what it printed.
func run(args ...string) (string, error) {
	var out bytes.Buffer
	c := exec.Command(args[0], args[1:]...)
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); err != nil {
		return "", errors.New(strings.Join(args, " ") + ": " + err.Error() + ": " + strings.TrimSpace(out.String()))
	}
	return out.String(), nil
}

// needs skips a test that this machine has not what it takes for.
func needs(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
}

func needsRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounts file systems, which takes root")
	}
}

// mount mounts, and unmounts when the test ends whatever still uses it.
func mount(t *testing.T, args ...string) {
	t.Helper()
	if _, err := run(append([]string{"mount"}, args...)...); err != nil {
		t.Skipf("nothing can be mounted here: %v", err)
	}
	at := args[len(args)-1]
	t.Cleanup(func() {
		for {
			if _, err := run("umount", "-l", at); err != nil {
				return
			}
		}
	})
}

// tmpfs mounts one of a size.
func tmpfs(t *testing.T, size string) (dir string) {
	t.Helper()
	needsRoot(t)
	dir = filepath.Join(t.TempDir(), "tmpfs")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	mount(t, "-t", "tmpfs", "-o", "size="+size, "tmpfs", dir)
	return dir
}

// image is a file system in a file, mounted through a loop device that goes when it is unmounted.
type image struct {
	t          *testing.T
	file, path string
}

// newImage makes one, in memory, where it costs no other disk's time. XFS takes nothing under 300 MiB; the file is a
// sparse one.
func newImage(t *testing.T, kind string) *image {
	t.Helper()
	needsRoot(t)
	needs(t, "mkfs."+kind, "losetup")
	dir := tmpfs(t, "512m")
	i := &image{t: t, file: filepath.Join(dir, kind+".img"), path: filepath.Join(dir, kind)}
	if err := errors.Join(os.Mkdir(i.path, 0o755), os.WriteFile(i.file, nil, 0o600), os.Truncate(i.file, 320<<20)); err != nil {
		t.Fatal(err)
	}
	if _, err := run("mkfs."+kind, "-q", i.file); err != nil {
		t.Fatal(err)
	}
	mount(t, "-o", "loop", i.file, i.path)
	t.Cleanup(i.unloop)
	return i
}

// unloop frees a loop device that an unmount has left.
func (i *image) unloop() {
	out, _ := run("losetup", "-j", i.file)
	for line := range strings.Lines(out) {
		device, _, _ := strings.Cut(line, ":")
		run("losetup", "-d", device)
	}
}

// again unmounts the file system and mounts it, which replays its journal.
func (i *image) again() {
	i.t.Helper()
	if _, err := run("umount", i.path); err != nil {
		i.t.Fatal(err)
	}
	if _, err := run("mount", "-o", "loop", i.file, i.path); err != nil {
		i.t.Fatal(err)
	}
}
