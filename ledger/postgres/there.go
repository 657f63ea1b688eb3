package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// There reports whether the schema that a connection string names holds a ledger.
// It makes nothing.
func There(ctx context.Context, dsn string) (there bool, err error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return false, fmt.Errorf("postgres: open: %w", err) // it leaves the password out
	}
	defer conn.Close(context.WithoutCancel(ctx))
	err = conn.QueryRow(ctx, `SELECT to_regclass('entries') IS NOT NULL`).Scan(&there)
	if err != nil {
		return false, fmt.Errorf("postgres: look for a ledger: %w", err)
	}
	return there, nil
}
