package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/fixarchive/fixarchive/internal/disk"
	"github.com/fixarchive/fixarchive/internal/filestore"
)

func newStore(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Move an engine's message store from files into the archive, and back",
		Long: `Move an engine's message store from files into the archive, and back: the messages that it would send again, the next
MsgSeqNums, and when it was made.

These formats are known:
  quickfixgo         the file store of QuickFIX/Go
  quickfix           QuickFIX C++, from 1.16 on
  quickfix-1.15      QuickFIX C++ up to 1.15
  quickfixj          QuickFIX/J, its FileStore
  quickfixj-cached   QuickFIX/J, its CachedFileStore
  quickfixn          QuickFIX/n; only read`,
		Args: noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newStoreImport(a), newStoreExport(a))
	return cmd
}

// onDisk is where stores are files.
func onDisk() disk.FS { return disk.OS(disk.Modes{}) }

// parseFormat reads --format; empty leaves it to what is found.
func parseFormat(name string) (filestore.Format, error) {
	if name == "" {
		return filestore.Unknown, nil
	}
	f, err := filestore.ParseFormat(name)
	if err != nil {
		return f, usagef("--format is %q, want one of %s", name, strings.Join(filestore.FormatNames(), ", "))
	}
	return f, nil
}
