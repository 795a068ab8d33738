package integration

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// command is the real binary, built once.
var command = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "fixarchive-command")
	if err != nil {
		return "", err
	}
	built = dir
	path := filepath.Join(dir, "fixarchive")
	out, err := exec.Command("go", "build", "-o", path, "../cmd/fixarchive").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

var built string

func TestMain(m *testing.M) {
	if text, ok := os.LookupEnv(writerJob); ok {
		os.Exit(runWriter(text))
	}
	if text, ok := os.LookupEnv(traderJob); ok {
		os.Exit(runTrader(text))
	}
	privately()
	code := m.Run()
	os.RemoveAll(built)
	os.Exit(code)
}

// fixarchive runs the command and returns what it printed and how it ended.
func fixarchive(t *testing.T, args ...string) (stdout, stderr []byte, status int) {
	t.Helper()
	path, err := command()
	if err != nil {
		t.Fatal(err)
	}
	var out, complaint bytes.Buffer
	c := exec.Command(path, args...)
	c.Stdout, c.Stderr = &out, &complaint
	err = c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.Bytes(), complaint.Bytes(), c.ProcessState.ExitCode()
}

// get returns what `get SESSION --raw --unmask` prints of one direction, over all epochs.
func get(t *testing.T, archive, session, direction string) []byte {
	t.Helper()
	out, complaint, status := fixarchive(t, "get", session, "--archive", archive, "--raw", "--unmask", "--epoch", "all", "--direction", direction)
	if status != 0 {
		t.Fatalf("get %s ended with %d: %s", session, status, complaint)
	}
	return out
}
