package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of the program and of the formats it reads and writes",
		Args:  wrongArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "fixarchive %s\n%s %s/%s\n%s", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, formats())
			return err
		},
	}
}

// version is that of the module, or the commit that it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "" {
		v = "(devel)"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && v == "(devel)" {
			return v + " " + s.Value
		}
	}
	return v
}

func formats() string {
	text := ""
	for _, f := range fixarchive.Formats() {
		text += fmt.Sprintf("%s format %d\n", f.Name, f.Version)
	}
	return text
}
