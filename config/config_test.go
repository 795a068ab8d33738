package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func flagSet(t *testing.T, args ...string) *pflag.FlagSet {
	t.Helper()
	f := pflag.NewFlagSet("test", pflag.ContinueOnError)
	f.String("archive", Default().Archive, "")
	f.String("log-level", Default().LogLevel, "")
	f.Int("limit", 0, "")
	if err := f.Parse(args); err != nil {
		t.Fatal(err)
	}
	return f
}

func fileNamed(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaultIsValid(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
	if c, err := Load("", flagSet(t)); err != nil || !reflect.DeepEqual(c, Default()) {
		t.Errorf("got %+v, %v", c, err)
	}
}

// Each of the three wins over what stands right of it: flag, environment, file.
func TestPrecedence(t *testing.T) {
	file := fileNamed(t, "c.toml", "archive = \"of-file\"\nlog-level = \"warn\"\nlog-format = \"json\"\nmask-tags = \"default,58\"\n")
	t.Setenv("FIXARCHIVE_ARCHIVE", "of-environment")
	t.Setenv("FIXARCHIVE_LOG_LEVEL", "error")
	got, err := Load(file, flagSet(t, "--archive", "of-flag"))
	if want := (Config{Archive: "of-flag", LogLevel: "error", LogFormat: "json", MaskTags: "default,58"}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestFileFormats(t *testing.T) {
	for name, text := range map[string]string{
		"c.toml": `archive = "x"`, "c.yaml": "archive: x\n", "c.json": `{"archive": "x"}`,
	} {
		if c, err := Load(fileNamed(t, name, text), flagSet(t)); err != nil || c.Archive != "x" {
			t.Errorf("%s: got %+v, %v", name, c, err)
		}
	}
}

func TestErrorsNameFileKeyAndValue(t *testing.T) {
	for what, c := range map[string]struct {
		name, text string
		words      []string
	}{
		"unknown key":    {"c.toml", "archiv = \"x\"", []string{"c.toml", `"archiv"`, "archive"}},
		"unknown table":  {"c.toml", "[write]\nsync = \"none\"", []string{"c.toml", `"write.sync"`}},
		"bad value":      {"c.yaml", "log-level: loud", []string{"c.yaml", "log-level", `"loud"`, "debug"}},
		"bad tags":       {"c.yaml", "mask-tags: default,x", []string{"c.yaml", "mask-tags", `"x"`, "TAG:MSGTYPE"}},
		"empty archive":  {"c.yaml", "archive: \"\"", []string{"c.yaml", "archive is empty"}},
		"wrong type":     {"c.json", `{"archive": ["a", "b"]}`, []string{"c.json", "archive"}},
		"not the format": {"c.toml", "archive x", []string{"c.toml"}},
		"unknown ending": {"c.conf", "archive = x", []string{"c.conf", ".toml"}},
	} {
		_, err := Load(fileNamed(t, c.name, c.text), flagSet(t))
		if err == nil {
			t.Errorf("%s: no error", what)
			continue
		}
		for _, word := range c.words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q is not in %q", what, word, err)
			}
		}
	}
}

func TestMissingFileIsAnError(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.toml"), flagSet(t))
	if err == nil || !strings.Contains(err.Error(), "none.toml") {
		t.Errorf("got %v", err)
	}
}
