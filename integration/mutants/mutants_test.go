package main

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNoMutantIsStale: each finds the text that it replaces, and the test that it names.
func TestNoMutantIsStale(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Skipf("no module: %v", err)
	}
	seen := map[string]bool{}
	for _, m := range mutants {
		if seen[m.name] || !regexp.MustCompile(`^[a-z-]+$`).MatchString(m.name) {
			t.Errorf("%s is no name of a mutant, or one that is there twice", m.name)
		}
		seen[m.name] = true
		source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m.file)))
		if err != nil {
			t.Errorf("mutant %s is stale: %v", m.name, err)
			continue
		}
		if _, err := m.apply(source); err != nil {
			t.Error(err)
		}
		if !hasTest(t, filepath.Join(root, filepath.FromSlash(m.in)), m.test) {
			t.Errorf("mutant %s is stale: %s has no %s", m.name, m.in, m.test)
		}
	}
}

func hasTest(t *testing.T, dir, name string) bool {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if b, err := os.ReadFile(file); err == nil && strings.Contains(string(b), "\nfunc "+name+"(") {
			return true
		}
	}
	return false
}

// TestVerdicts reads what the go command prints.
func TestVerdicts(t *testing.T) {
	failed := errors.New("exit status 1")
	m := mutant{name: "m", in: "p", test: "TestIt"}
	for said, want := range map[string]verdict{
		"--- FAIL: TestIt (0.00s)\n    it_test.go:9: lost\nFAIL\nFAIL\tmodule/p\t0.1s\nFAIL\n":          caught,
		"panic: index out of range\n\ngoroutine 7 [running]:\nFAIL\tmodule/p\t0.1s\nFAIL\n":             caught,
		"# module/p\np/it.go:3:2: undefined: x\nFAIL\tmodule/p [build failed]\nFAIL\n":                  unbuilt,
		"panic: test timed out after 1m0s\n\trunning tests:\n\t\tTestIt (1m0s)\nFAIL\tmodule/p\t60s\n":  hung,
		"testing: warning: no tests to run\nPASS\nok  \tmodule/p\t0.1s [no tests to run]\n":             stale,
		"go: go.mod file not found in current directory or any parent directory; see 'go help modules'": stale,
	} {
		if got := verdictOf(m, said, failed); got.verdict != want {
			t.Errorf("%q: %v, want %v", said, got, want)
		}
	}
	if got := verdictOf(m, "ok  \tmodule/p\t0.1s\n", nil); got.verdict != survived {
		t.Errorf("a test that passes: %v", got)
	}
	m.hangs = true
	if got := verdictOf(m, "panic: test timed out after 1m0s", failed); got.verdict != caught {
		t.Errorf("a test that is to hang: %v", got)
	}
}

func TestATextThatIsThereTwiceIsStale(t *testing.T) {
	for source, want := range map[string]string{"a b": "a c", "a b b": "", "a": ""} {
		m := mutant{name: "m", edits: []edit{{"b", "c"}}}
		got, err := m.apply([]byte(source))
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", source, got, err)
		}
	}
}
