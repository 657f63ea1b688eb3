package whatif

import (
	"fmt"
	"strconv"
	"strings"

	"entente/record"
)

// shift moves a day by months. It keeps the precision that was written and
// invents none: a month stays a month, the 31st becomes the last day of a
// shorter month, marks of doubt and open ends stay. A year that is not moved by
// whole years becomes the twelve months that it now covers: 2025 and three
// months is 2025-04/2026-03. What would leave the years 1 to 9999 stays.
func shift(d record.Day, months int) record.Day {
	if d.IsZero() || months == 0 {
		return d
	}
	from, to, interval := strings.Cut(d.String(), "/")
	if !interval {
		to = from
	}
	first, last := shiftEnd(from, months, false), shiftEnd(to, months, true)
	text := first
	if interval || first != last {
		text = first + "/" + last
	}
	moved, err := record.ParseDay(text)
	if err != nil {
		return d
	}
	return moved
}

// shiftEnd moves one end of an interval. What is coarser than a month and does
// not move by its own length is read at its first or last month.
func shiftEnd(text string, months int, last bool) string {
	date := strings.TrimRight(text, "~?%")
	mark := text[len(date):]
	d, err := record.ParseDay(date)
	if err != nil {
		return text // an open end
	}
	year, rest, _ := strings.Cut(date, "-")
	if y, err := strconv.Atoi(year); err == nil {
		switch {
		case months%12 == 0 && len(date) < 10:
			return fmt.Sprintf("%04d%s%s", y+months/12, date[4:], mark)
		case months%3 == 0 && rest >= "21" && rest <= "24":
			s := y*4 + int(rest[1]-'1') + months/3
			return fmt.Sprintf("%04d-2%d%s", s/4, s%4+1, mark)
		}
	}
	m := d.First().Month()
	if last {
		m = d.Last().Month()
	}
	m += record.Month(months)
	if len(date) < 10 {
		return m.String() + mark
	}
	return dayIn(m, date[8:]) + mark
}

// dayIn is the day of a month, or its last one when the month is too short, or
// just the month when the day was not known and has no place in it.
func dayIn(m record.Month, day string) string {
	text := m.String() + "-" + day
	if _, err := record.ParseDay(text); err == nil {
		return text
	}
	if strings.Contains(day, "X") {
		return m.String()
	}
	return m.Last().String()
}

// monthDay is m as a day. A month before the year 1 reads as that year.
func monthDay(m record.Month) record.Day {
	return record.MustDay(max(m, 12).String())
}

// monthText is m in words: July 2025.
func monthText(m record.Month) string {
	_, text, _ := strings.Cut(m.First().Text(), " ")
	return text
}
