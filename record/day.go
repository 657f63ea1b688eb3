package record

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Day is a day, month, year or interval in EDTF (ISO 8601-2, levels 0 and 1):
// 2025, 2025-03, 2025-03-14, 2025-03~, 2025-21 (spring), 2025-XX,
// 2025-03/2025-06, 2025-03/.. . It keeps the precision that was written and
// invents none. The zero Day is no day at all. Days compare with ==.
type Day struct {
	text        string
	first, last int32
}

// Date is a calendar day, counted from 1970-01-01.
type Date int32

// Open ends of an interval.
const (
	Beginning Date = math.MinInt32
	Forever   Date = math.MaxInt32
)

// Month is a calendar month, counted from January of the year 0.
type Month int32

// ParseDay reads EDTF text.
func ParseDay(text string) (Day, error) {
	from, to, interval := strings.Cut(text, "/")
	first, last, err := span(from)
	if err != nil && !(interval && (from == ".." || from == "")) {
		return Day{}, err
	}
	if from == ".." || from == "" {
		first = Beginning
	}
	if interval {
		switch _, l, err := span(to); {
		case to == ".." || to == "":
			last = Forever
		case err != nil:
			return Day{}, err
		default:
			last = l
		}
	}
	if first == Beginning && last == Forever {
		return Day{}, fmt.Errorf("%s has neither beginning nor end", quoted(text))
	}
	if first > last {
		return Day{}, fmt.Errorf("%s ends before it begins", quoted(text))
	}
	return Day{text, int32(first), int32(last)}, nil
}

// MustDay is ParseDay for days known to be right; it panics on others.
func MustDay(text string) Day {
	d, err := ParseDay(text)
	if err != nil {
		panic("record: " + err.Error())
	}
	return d
}

// span reads one EDTF date without slash, and says which days it covers.
func span(text string) (first, last Date, err error) {
	fault := fmt.Errorf("%s is not a day", quoted(text))
	s := strings.TrimRight(text, "~?%")
	if len(text)-len(s) > 1 {
		return 0, 0, fault
	}
	switch len(s) {
	case 4, 7, 10:
	default:
		return 0, 0, fault
	}
	y0, y1, ok := field(s[:4], 1, 9999)
	if !ok {
		return 0, 0, fault
	}
	if len(s) == 4 {
		return date(y0, 1, 1), date(y1, 12, 31), nil
	}
	if y0 != y1 || s[4] != '-' {
		return 0, 0, fault
	}
	if m := s[5:7]; len(s) == 7 && m >= "21" && m <= "24" {
		first := 3 * int(m[1]-'0')
		return date(y0, first, 1), min(date(y0, first+3, 0), date(9999, 12, 31)), nil
	}
	m0, m1, ok := field(s[5:7], 1, 12)
	if !ok {
		return 0, 0, fault
	}
	if len(s) == 7 {
		return date(y0, m0, 1), date(y0, m1+1, 0), nil
	}
	length := date(y0, m0+1, 1) - date(y0, m0, 1)
	d0, d1, ok := field(s[8:], 1, int(length))
	if !ok || s[7] != '-' || m0 != m1 && d0 == d1 {
		return 0, 0, fault
	}
	return date(y0, m0, d0), date(y0, m1, d1), nil
}

// field reads a fixed number of digits. XX stands for any two; in a year the
// last one or two may be X.
func field(s string, lo, hi int) (first, last int, ok bool) {
	known := strings.TrimRight(s, "X")
	free := len(s) - len(known)
	if free > 2 || free == 1 && len(s) == 2 || free == 0 && !digits(s) || free > 0 && known != "" && !digits(known) {
		return 0, 0, false
	}
	if known != "" {
		first, _ = strconv.Atoi(known)
	}
	last = first
	for range free {
		first, last = first*10, last*10+9
	}
	first, last = max(first, lo), min(last, hi)
	return first, last, first <= last
}

func date(y, m, d int) Date {
	return Date(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// DateOf returns the calendar day of t, in t's own time zone.
func DateOf(t time.Time) Date { return date(t.Year(), int(t.Month()), t.Day()) }

// IsZero reports whether d is no day at all.
func (d Day) IsZero() bool { return d.text == "" }

// String is the day as it was written.
func (d Day) String() string { return d.text }

// First is the first day that d may mean; Last the last.
func (d Day) First() Date { return Date(d.first) }

// Last is the last day that d may mean.
func (d Day) Last() Date { return Date(d.last) }

// MarshalText writes the day as it was read.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.text), nil }

// Month is the calendar month of d. Open ends have no month of their own and
// come out far outside every horizon.
func (d Date) Month() Month {
	switch d {
	case Beginning:
		return math.MinInt32
	case Forever:
		return math.MaxInt32
	}
	t := d.time()
	return Month(t.Year()*12 + int(t.Month()) - 1)
}

func (d Date) time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String is the ISO 8601 form, or .. for an open end.
func (d Date) String() string {
	if d == Beginning || d == Forever {
		return ".."
	}
	return d.time().Format("2006-01-02")
}

// Text is the day in words for people: 1 July 2025.
func (d Date) Text() string {
	if d == Beginning || d == Forever {
		return "open"
	}
	return d.time().Format("2 January 2006")
}

// Day is the Day that means just d; for an open end the zero Day.
func (d Date) Day() Day {
	if d == Beginning || d == Forever {
		return Day{}
	}
	return MustDay(d.String())
}

// ParseMonth reads 2025-03.
func ParseMonth(text string) (Month, error) {
	d, err := ParseDay(text)
	if err != nil || len(text) != 7 || d.First().Month() != d.Last().Month() {
		return 0, fmt.Errorf("%s is not a month; write it as 2025-03", quoted(text))
	}
	return d.First().Month(), nil
}

// String is the ISO 8601 form 2025-03, or .. for the month of an open end.
func (m Month) String() string {
	if m == math.MinInt32 || m == math.MaxInt32 {
		return ".."
	}
	return fmt.Sprintf("%04d-%02d", m/12, m%12+1)
}

// Text is the month for people: Mar 2025.
func (m Month) Text() string { return m.First().time().Format("Jan 2006") }

// First is the first day of the month; Last the last.
func (m Month) First() Date { return date(int(m/12), int(m%12)+1, 1) }

// Last is the last day of the month.
func (m Month) Last() Date { return date(int(m/12), int(m%12)+2, 0) }

// MarshalText writes the month as 2025-03.
func (m Month) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads a month as 2025-03.
func (m *Month) UnmarshalText(text []byte) (err error) {
	*m, err = ParseMonth(string(text))
	return err
}
