// Package config is what the command can be told about itself, in one plain struct.
//
//	flags  >  FIXARCHIVE_… environment  >  file of --config  >  Default
//
// A key is spelled the same everywhere: log-level in the file, --log-level, FIXARCHIVE_LOG_LEVEL. Load returns a
// checked Config, which nobody changes afterwards. What one invocation asks for (a session, a range, an output
// form) is not configuration: it has flags only, so that no file can quietly change an answer.
package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// Config is complete after Load.
type Config struct {
	Archive    string   `mapstructure:"archive"`    // the archive's directory
	Dictionary []string `mapstructure:"dictionary"` // files in QuickFIX's XML, the later on top of the earlier
	LogLevel   string   `mapstructure:"log-level"`  // what is told on standard error: one of LogLevels
	LogFormat  string   `mapstructure:"log-format"` // one of LogFormats
	MaskTags   string   `mapstructure:"mask-tags"`  // the fields that are secret: fixwire.ParseSecrets reads it
}

// The values that the keys of that name take.
var (
	LogLevels  = []string{"debug", "info", "warn", "error", "off"}
	LogFormats = []string{"auto", "console", "json"} // auto: console on a terminal, json elsewhere
)

// Default is what holds where nothing else is said.
func Default() Config {
	return Config{Archive: "./archive", LogLevel: "info", LogFormat: "auto", MaskTags: "default"}
}

// Validate says which key has a value that it cannot take, and which it can.
func (c Config) Validate() error {
	if c.Archive == "" {
		return fmt.Errorf("archive is empty, want the archive's directory")
	}
	if err := oneOf("log-level", c.LogLevel, LogLevels); err != nil {
		return err
	}
	if err := oneOf("log-format", c.LogFormat, LogFormats); err != nil {
		return err
	}
	if _, err := fixwire.ParseSecrets(c.MaskTags); err != nil {
		return fmt.Errorf("mask-tags is %q: %w", c.MaskTags, err)
	}
	return nil
}

func oneOf(key, value string, allowed []string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("%s is %q, want %s or %s", key, value,
		strings.Join(allowed[:len(allowed)-1], ", "), allowed[len(allowed)-1])
}
