package main

import (
	"strings"

	"github.com/spf13/cobra"
)

func newCompletion() *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print the completion script of a shell",
		Long:  "Print the completion script of a shell. It completes commands, flags, and the sessions of the archive.",
		Example: `  source <(fixarchive completion bash)
  fixarchive completion zsh > "${fpath[1]}/_fixarchive"
  fixarchive completion fish > ~/.config/fish/completions/fixarchive.fish`,
		Args:      wrongArgs(cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs)),
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			root, w := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(w, true)
			case "zsh":
				return root.GenZshCompletion(w)
			case "fish":
				return root.GenFishCompletion(w, true)
			}
			return root.GenPowerShellCompletionWithDesc(w)
		},
	}
}

// completeSession offers the archive's sessions for a command's first argument.
func (a *app) completeSession(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.completeSessions(cmd, args, typed)
}

// completeSessions offers the archive's sessions for every argument.
func (a *app) completeSessions(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	if a.configure(cmd) != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	r, err := a.readers()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer r.Close()
	names, _ := r.Names()
	return offered(names, typed), cobra.ShellCompDirectiveNoFileComp
}

// offered leaves out names that a shell or terminal could take for more than a name: peers may choose them.
func offered(names []string, typed string) []string {
	var offer []string
	for _, name := range names {
		if strings.HasPrefix(name, typed) && safe(name) == name && !strings.ContainsAny(name, " $`;&|'\"!*?()") {
			offer = append(offer, name)
		}
	}
	return offer
}

// registerValues completes a flag with its values.
func registerValues(cmd *cobra.Command, flag string, values ...string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // there is no such flag
	}
}
