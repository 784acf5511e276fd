package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/watcherd/watcherd/internal/config"
	"github.com/watcherd/watcherd/internal/daemon"
)

func (a *app) reloadCmd() *cobra.Command {
	var accept bool
	c := &cobra.Command{
		Use: "reload", GroupID: "rules", Args: cobra.NoArgs,
		Short: "Apply the changed config now and say the verdict",
		Long: `Tells the running service to read its config again. The change is applied whole
or refused whole; then the old rules keep running. SIGHUP and a change of a
file in a config folder do the same, without the verdict here.

Exit code 0: applied. 1: refused, with every fault.`,
		Example: "  watcherd reload\n  watcherd reload --accept-removals",
		RunE: func(c *cobra.Command, _ []string) error {
			r, _, err := a.service(c.Context())
			if err != nil {
				return err
			}
			v, err := r.Reload(c.Context(), accept)
			if err != nil {
				return err
			}
			if a.json {
				err = a.lines(v)
			} else {
				_, err = fmt.Fprintln(a.stdout, v.Text)
			}
			if err == nil && !v.Applied {
				return errNo
			}
			return err
		},
	}
	c.Flags().BoolVar(&accept, "accept-removals", false, "apply it even if many feeds or topics go")
	return c
}

func (a *app) backupCmd() *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", GroupID: "care", Args: cobra.ExactArgs(1),
		Short: "A consistent, verified copy of the data file, also while running",
		Long: `Copies the data file as it is at this moment, checks the copy, and gives it the
name FILE only then. A running service goes on meanwhile. FILE is written by
this command, so any place that you can write to will do.`,
		Example: "  watcherd backup /var/backups/watcherd.db",
		RunE: func(c *cobra.Command, args []string) error {
			file, err := filepath.Abs(args[0])
			if err != nil {
				return err
			}
			r, cfg, err := a.service(c.Context())
			switch {
			case err == nil:
				err = r.Backup(c.Context(), file)
			case errors.Is(err, daemon.ErrNotRunning):
				err = daemon.Backup(c.Context(), cfg, file)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "backed up to %s and verified\n", file)
			return nil
		},
	}
}

func (a *app) restoreCmd() *cobra.Command {
	var verify bool
	c := &cobra.Command{
		Use: "restore FILE", GroupID: "care", Args: cobra.ExactArgs(1),
		Short: "Put a backup in the place of the data file, or only check it",
		Long: `Verifies the backup and puts it in the place of the data file; the present one
is kept beside it. The service must be stopped. What happened between the
backup and now is not known afterwards: see docs/operating.md.

Exit code of --verify: 0 whole, 1 damaged.`,
		Example: "  watcherd restore --verify /var/backups/watcherd.db\n  watcherd restore /var/backups/watcherd.db",
		RunE: func(c *cobra.Command, args []string) error {
			cfg, faults := config.Load(a.configFile())
			if cfg == nil {
				a.render(cfg, faults)
				return errNo
			}
			kept, err := daemon.Restore(c.Context(), cfg, args[0], verify)
			if bad, ok := errors.AsType[*daemon.BackupError](err); ok && verify {
				fmt.Fprintln(a.stdout, bad)
				return errNo
			}
			if err != nil {
				return err
			}
			switch {
			case verify:
				fmt.Fprintf(a.stdout, "%s is a whole and readable data file\n", args[0])
			case kept != "":
				fmt.Fprintf(a.stdout, "restored; the file that was there is kept as %s\n", kept)
			default:
				fmt.Fprintln(a.stdout, "restored")
			}
			return nil
		},
	}
	c.Flags().BoolVar(&verify, "verify", false, "check the backup and change nothing")
	return c
}

func (a *app) compactCmd() *cobra.Command {
	return &cobra.Command{
		Use: "compact", GroupID: "care", Args: cobra.NoArgs,
		Short: "Give the space of deleted items back to the disk",
		Long: `Rewrites the data file without its free space, also while the service runs; it
needs room for the second file meanwhile. The service does so by itself when
more than half of a large file is free.`,
		Example: "  watcherd compact",
		RunE: func(c *cobra.Command, _ []string) error {
			r, cfg, err := a.service(c.Context())
			switch {
			case err == nil:
				err = r.Compact(c.Context())
			case errors.Is(err, daemon.ErrNotRunning):
				err = daemon.Compact(c.Context(), cfg)
			}
			if err != nil {
				return err
			}
			fmt.Fprintln(a.stdout, "compacted")
			return nil
		},
	}
}
