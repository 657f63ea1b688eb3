package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the linker; a build without it is told by its commit.
var version string

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return s.Value[:12]
			}
		}
	}
	return "unversioned"
}

func versionCommand(c *console) *cobra.Command {
	cmd := &cobra.Command{Use: "version", Short: "Say which version this is", Args: cobra.NoArgs}
	cmd.RunE = func(*cobra.Command, []string) error {
		c.line("entente " + versionText() + ", " + runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH)
		return nil
	}
	return cmd
}
