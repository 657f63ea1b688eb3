package register

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"entente/ledger"
	"entente/record"
)

// KnownFix is what to do about a text that ParseKnown refuses.
const KnownFix = "write its size as #1200, a day as 2025-03-14, or a moment as 2025-03-14T09:30:00Z"

// ParseKnown reads a state of a ledger: its size, a day, of which it takes the
// end, or a moment. Four digits are a year, unless # stands before them. Nothing
// and "now" are the present.
func ParseKnown(text string) (Known, error) {
	if text == "" || text == "now" {
		return Known{}, nil
	}
	number, isSize := strings.CutPrefix(text, "#")
	if n, err := strconv.ParseInt(number, 10, 64); err == nil && n > 0 && (isSize || len(text) != 4) {
		return Known{Size: ledger.Seq(n)}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return Known{At: at}, nil
	}
	if d, err := record.ParseDay(text); err == nil && d.Last() < record.Forever {
		if next, err := time.Parse(time.DateOnly, (d.Last() + 1).String()); err == nil {
			return Known{At: next.Add(-time.Microsecond)}, nil
		}
	}
	return Known{}, fmt.Errorf("%q is no state of the ledger", text)
}
