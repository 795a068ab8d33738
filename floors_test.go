package fixarchive_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/fixarchive/fixarchive"

// floors says which of our packages each package may import. A new package begins with a line here.
var floors = map[string][]string{
	"internal/record":       {},
	"internal/fixwire":      {},
	"internal/logbuf":       {},
	"internal/pool":         {},
	"internal/disk":         {},
	"internal/plain":        {},
	"internal/disk/crashfs": {"internal/disk"},

	"internal/filestore": {"internal/disk", "internal/fixwire"},

	"internal/alarm":        {"internal/disk"},
	"internal/order":        {"internal/fixwire"},
	"internal/journal":      {"internal/disk", "internal/record"},
	"internal/store":        {"internal/disk", "internal/record"},
	"internal/session":      {"internal/record", "internal/logbuf", "internal/pool", "internal/fixwire"},
	"internal/messagestore": {"internal/record", "internal/store", "internal/session"},
	"internal/complete":     {"internal/record", "internal/fixwire"},

	"internal/query": {"internal/record", "internal/fixwire"},
	"internal/snapshot": {
		"internal/record", "internal/disk", "internal/journal", "internal/store", "internal/session",
	},
	"internal/sink": {
		"internal/record", "internal/fixwire", "internal/logbuf", "internal/disk",
		"internal/journal", "internal/store", "internal/session",
	},

	"spec/fix":                     {},
	"spec/fix/generate":            {"internal/dictionary/xmlfacts"},
	"internal/dictionary/xmlfacts": {},
	"internal/dictionary":          {"internal/dictionary/xmlfacts", "spec/fix"},
	"internal/decode":              {"internal/dictionary", "internal/fixwire"},

	"": {
		"internal/record", "internal/fixwire", "internal/logbuf", "internal/disk", "internal/alarm",
		"internal/journal", "internal/store", "internal/session", "internal/sink", "internal/snapshot", "internal/messagestore", "internal/query",
	},
	"internal/export":          {"", "internal/fixwire", "internal/plain", "internal/disk"},
	"config":                   {"internal/fixwire"},
	"cmd/fixarchive":           {"", "config", "internal/fixwire", "internal/complete", "internal/plain", "internal/export", "internal/decode", "internal/dictionary", "internal/filestore", "internal/order", "internal/disk", "internal/demo"},
	"internal/demo":            {},
	"internal/storetest":       {},
	"integration":              {},
	"integration/bench":        {},
	"integration/bench/ratios": {},
	"integration/mutants":      {},
}

// strangers says which packages may import what is not ours.
var strangers = map[string][]string{
	"golang.org/x/sys":                 {"internal/disk", "internal/logbuf"},
	"golang.org/x/perf":                {"integration/bench/ratios"},
	"golang.org/x/term":                {"cmd/fixarchive"},
	"github.com/quickfixgo/quickfix":   {"", "internal/session", "internal/demo", "internal/storetest", "cmd/fixarchive"},
	"github.com/spf13/cobra":           {"cmd/fixarchive"},
	"github.com/spf13/pflag":           {"cmd/fixarchive", "config"},
	"github.com/spf13/viper":           {"config", "cmd/fixarchive"},
	"github.com/rs/zerolog":            {"cmd/fixarchive"},
	"github.com/vbauerster/mpb/v8":     {"cmd/fixarchive"},
	"go.uber.org/goleak":               nil,
	"github.com/rogpeppe/go-internal":  nil,
	"github.com/parquet-go/parquet-go": {"internal/export"},
}

func TestFloors(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Skipf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		room := strings.TrimPrefix(strings.TrimPrefix(words[0], module), "/")
		allowed, known := floors[room]
		if !known {
			t.Errorf("%q has no line in floors", room)
		}
		for _, imported := range words[1:] {
			checkImport(t, room, imported, allowed)
		}
	}
}

func checkImport(t *testing.T, room, imported string, allowed []string) {
	if imported == module || strings.HasPrefix(imported, module+"/") {
		ours := strings.TrimPrefix(strings.TrimPrefix(imported, module), "/")
		if !slices.Contains(allowed, ours) {
			t.Errorf("%q imports %q, which is not on its floor", room, ours)
		}
		return
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return // the standard library
	}
	for stranger, rooms := range strangers {
		if imported == stranger || strings.HasPrefix(imported, stranger+"/") {
			if !slices.Contains(rooms, room) {
				t.Errorf("%q imports %s, which only %q may", room, imported, rooms)
			}
			return
		}
	}
	t.Errorf("%q imports %s, which has no line in strangers", room, imported)
}
