package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"entente/examples"
	"entente/register"
)

func demoCommand(c *console) *cobra.Command {
	listen, quiet := "", false
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Open the shipped example in a browser",
		Long: `Serves the pages of the shipped example on this machine alone, and opens a
browser. Nothing is written, and nothing is asked of any network. ^C ends it.`,
		Example: `  entente demo
  entente demo --listen 127.0.0.1:9000 --no-open`,
		Args: cobra.NoArgs,
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "the `ADDRESS` to serve on, of this machine")
	cmd.Flags().BoolVar(&quiet, "no-open", false, "do not open a browser")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !loopback(listen) {
			return trouble{fmt.Sprintf("--listen %s can be reached by others, and the demo asks nobody who they are", listen), "write 127.0.0.1 and a port"}
		}
		tree, err := example()
		if err != nil {
			return err
		}
		return c.serve(cmd.Context(), site{register: tree, listen: listen, open: !quiet, title: "the shipped example"})
	}
	return cmd
}

// loopback reports whether an address can be reached from this machine alone.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// example reads the shipped register. Records are read from folders, so it is
// laid out in one for as long as that takes; its records stand where they stand
// in the project.
func example() (*register.Tree, error) {
	dir, err := os.MkdirTemp("", "entente-example-")
	if err != nil {
		return nil, trouble{"the example cannot be laid out: " + plain(err), "free some space in the folder for temporary files"}
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, examples.Tallinn); err != nil {
		return nil, trouble{"the example cannot be laid out: " + plain(err), "free some space in the folder for temporary files"}
	}
	tree, errs, err := register.ReadTree(filepath.Join(dir, "tallinn"))
	if err != nil || len(errs) > 0 {
		panic(fmt.Sprint("entente: the shipped example is no register: ", err, errs))
	}
	for _, r := range tree.Records {
		pos := &r.Base().Pos
		pos.File = "examples" + filepath.ToSlash(strings.TrimPrefix(pos.File, dir))
	}
	return tree, nil
}

// openBrowser shows an address to whoever started the program, where the system
// has a way to.
func openBrowser(ctx context.Context, address string) {
	name, args := "xdg-open", []string{address}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", address}
	default:
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
			return
		}
	}
	if cmd := exec.CommandContext(ctx, name, args...); cmd.Start() == nil {
		go func() { _ = cmd.Wait() }()
	}
}
