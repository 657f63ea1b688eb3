package sqlite

import (
	"errors"

	sqlite "modernc.org/sqlite" // the only file that knows which driver it is
)

// driverName is what database/sql knows the driver by.
const driverName = "sqlite"

// isBusy reports whether another process held the file for too long.
func isBusy(err error) bool {
	const busy = 5 // SQLITE_BUSY, the low byte of its extended codes
	e := (*sqlite.Error)(nil)
	return errors.As(err, &e) && e.Code()&0xFF == busy
}
