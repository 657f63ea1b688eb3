package ledger

// Ahead has l decide groups of so many rows while the one before is stored.
func Ahead(l *Ledger, rows int) { l.ahead = rows }
