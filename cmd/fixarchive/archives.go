package main

import (
	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
)

// places is the value of --archive. Commands that read take it more than once; the first one is what the configuration
// has.
type places struct {
	given    []string
	fallback string
}

func (p *places) Type() string { return "string" }

func (p *places) Set(path string) error {
	p.given = append(p.given, path)
	return nil
}

func (p *places) String() string {
	if len(p.given) == 0 {
		return p.fallback
	}
	return p.given[0]
}

// severalArchives marks a command that takes --archive more than once, and folders of archives.
var severalArchives = map[string]string{"archives": "several"}

// checkArchives refuses what a command would silently not look at.
func (a *app) checkArchives(cmd *cobra.Command) error {
	if n := len(a.places.given); n > 1 && cmd.Annotations["archives"] == "" {
		return usagef("%s looks at one archive, and --archive is given %d times; get and tail take several", cmd.CommandPath(), n)
	}
	return nil
}

// readers opens all archives that were named, and those that were found below a folder.
func (a *app) readers() (*fixarchive.Readers, error) {
	if len(a.places.given) > 0 {
		return fixarchive.OpenReaders(a.places.given...)
	}
	return fixarchive.OpenReaders(a.cfg.Archive)
}
