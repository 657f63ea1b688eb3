package main

import (
	"context"

	"entente/shared"
)

func openPostgres(_ context.Context, name string) (shared.Store, error) {
	return nil, trouble{name + " cannot be opened", "name an SQLite file"}
}
