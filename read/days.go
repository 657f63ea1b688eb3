package read

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"entente/record"
)

// dayFound is a day as a sentence says it, and as it is known to be.
type dayFound struct {
	span
	said string
	day  record.Day // zero where the day of publication would tell
	cue  string     // the word before it: by, until, from, since …
}

const (
	monthWords   = `January|February|March|April|May|June|July|August|September|October|November|December`
	weekdayWords = `Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday`
)

// dayPatterns are the ways of saying a day, the most exact first: what an earlier
// one has found no later one finds again.
var dayPatterns = []struct {
	re   *regexp.Regexp
	read func(c calendar, m []string) record.Day
}{
	{regexp.MustCompile(`\b(\d{4}-\d\d-\d\d)\b`), func(_ calendar, m []string) record.Day { return isoDay(m[1]) }},
	{regexp.MustCompile(`\b(\d{1,2})(?:st|nd|rd|th)?(?: (?:to|and|or) |[-–])(\d{1,2})(?:st|nd|rd|th)? (?:of )?(` + monthWords + `),? (\d{4})\b`), dayRange},
	{regexp.MustCompile(`\b(\d{1,2})(?:st|nd|rd|th)? (?:of )?(` + monthWords + `),? (\d{4})\b`), func(_ calendar, m []string) record.Day { return ymd(m[3], m[2], m[1]) }},
	{regexp.MustCompile(`\b(` + monthWords + `) (\d{1,2})(?:st|nd|rd|th)?, (\d{4})\b`), func(_ calendar, m []string) record.Day { return ymd(m[3], m[1], m[2]) }},
	{regexp.MustCompile(`\b(` + monthWords + `),? (\d{4})\b`), func(_ calendar, m []string) record.Day { return ymd(m[2], m[1], "") }},
	{regexp.MustCompile(`\b(\d{1,2})(?:st|nd|rd|th)? (?:of )?(` + monthWords + `)\b`), func(c calendar, m []string) record.Day { return c.nearest(m[2], m[1]) }},
	{regexp.MustCompile(`\b(` + monthWords + `) (\d{1,2})(?:st|nd|rd|th)?\b`), func(c calendar, m []string) record.Day { return c.nearest(m[1], m[2]) }},
	{regexp.MustCompile(`\b(` + weekdayWords + `) and (` + weekdayWords + `)\b`), func(c calendar, m []string) record.Day { return c.weekdays(m[1], m[2]) }},
	{regexp.MustCompile(`\b(?:(next|last) )?(` + weekdayWords + `)\b`), func(c calendar, m []string) record.Day { return c.told(m[1]).weekday(m[2]) }},
	{regexp.MustCompile(`\b(?i)(next|last|this) (spring|summer|autumn|fall|winter|month|year|week)\b`), func(c calendar, m []string) record.Day {
		return c.relative(strings.ToLower(m[1]), strings.ToLower(m[2]))
	}},
	{regexp.MustCompile(`\b(yesterday|tomorrow|today)\b`), func(c calendar, m []string) record.Day {
		return c.shifted(map[string]int{"yesterday": -1, "tomorrow": 1}[m[1]])
	}},
	{regexp.MustCompile(`\b(spring|summer|autumn|winter) (?:of )?(\d{4})\b`), func(_ calendar, m []string) record.Day { return season(m[1], m[2]) }},
	{regexp.MustCompile(`\b(?i:in|on|by|until|since|from|for|before|after|early|late|mid-|during|last|next|this|of) ?(` + monthWords + `)\b`), func(c calendar, m []string) record.Day {
		return c.told(strings.ToLower(strings.Fields(m[0])[0])).nearest(m[1], "")
	}},
	{regexp.MustCompile(`\b(?i:in|by|until|since|from|for|before|after|during|of|end of|late|early|mid-?) ?(20\d\d)\b`), func(_ calendar, m []string) record.Day { return isoDay(m[1]) }},
}

// calendar knows when a text was published, and which way a sentence looks.
type calendar struct {
	published record.Day
	future    bool
}

// today is the last day on which the text may have been published.
func (c calendar) today() (t time.Time, ok bool) {
	if c.published.IsZero() || c.published.Last() == record.Forever {
		return time.Time{}, false
	}
	t, err := time.Parse(time.DateOnly, c.published.Last().String())
	return t, err == nil
}

// told is c, looking the way that a word says.
func (c calendar) told(word string) calendar {
	switch word {
	case "next", "by", "until", "from", "before":
		c.future = true
	case "last", "since":
		c.future = false
	}
	return c
}

// nearest is the day or month last before publication, or the first after it
// where the sentence looks ahead. A month that the publication lies in is that.
func (c calendar) nearest(month, day string) record.Day {
	t, ok := c.today()
	if !ok {
		return record.Day{}
	}
	m, year := monthNumber(month), t.Year()
	switch {
	case c.future && m < int(t.Month()):
		year++
	case !c.future && m > int(t.Month()):
		year--
	}
	return ymd(strconv.Itoa(year), month, day)
}

// weekday is the last of its name until publication, or the next where the
// sentence looks ahead.
func (c calendar) weekday(name string) record.Day {
	t, ok := c.today()
	if !ok {
		return record.Day{}
	}
	step := -1
	if c.future {
		step = 1
	}
	for range 7 {
		if t.Weekday().String() == name {
			return isoDay(t.Format(time.DateOnly))
		}
		t = t.AddDate(0, 0, step)
	}
	return record.Day{}
}

// weekdays is a stretch of days: the later one fixes the earlier.
func (c calendar) weekdays(first, last string) record.Day {
	from, to := c.weekday(first), c.weekday(last)
	if from.IsZero() || to.IsZero() || from.First() > to.First() {
		return to
	}
	return between(from, to)
}

func (c calendar) shifted(days int) record.Day {
	t, ok := c.today()
	if !ok {
		return record.Day{}
	}
	return isoDay(t.AddDate(0, 0, days).Format(time.DateOnly))
}

func (c calendar) relative(word, what string) record.Day {
	t, ok := c.today()
	if !ok {
		return record.Day{}
	}
	by := map[string]int{"next": 1, "last": -1}[word]
	switch what {
	case "month":
		return isoDay(time.Date(t.Year(), t.Month()+time.Month(by), 1, 0, 0, 0, 0, time.UTC).Format("2006-01"))
	case "year":
		return isoDay(strconv.Itoa(t.Year() + by))
	case "week":
		monday := t.AddDate(0, 0, 7*by-(int(t.Weekday())+6)%7)
		return between(isoDay(monday.Format(time.DateOnly)), isoDay(monday.AddDate(0, 0, 6).Format(time.DateOnly)))
	}
	for year := t.Year() - 1; ; year++ {
		d := season(what, strconv.Itoa(year))
		today := record.DateOf(t)
		switch {
		case by > 0 && d.First() > today, by == 0 && d.Last() >= today:
			return d
		case by < 0 && d.Last() < today && season(what, strconv.Itoa(year+1)).Last() >= today:
			return d
		}
	}
}

// season is EDTF's: 21 spring to 24 winter.
func season(name, year string) record.Day {
	n := slices.Index([]string{"spring", "summer", "autumn", "winter"}, strings.Replace(name, "fall", "autumn", 1))
	d, err := record.ParseDay(fmt.Sprintf("%s-%d", year, 21+n))
	if err != nil {
		return record.Day{}
	}
	return d
}

func dayRange(_ calendar, m []string) record.Day {
	from, to := ymd(m[4], m[3], m[1]), ymd(m[4], m[3], m[2])
	if from.IsZero() || to.IsZero() || from.First() > to.First() {
		return record.Day{}
	}
	return between(from, to)
}

func between(from, to record.Day) record.Day {
	if from == to {
		return from
	}
	d, err := record.ParseDay(from.String() + "/" + to.String())
	if err != nil {
		return record.Day{}
	}
	return d
}

func monthNumber(name string) int { return slices.Index(strings.Split(monthWords, "|"), name) + 1 }

func ymd(year, month, day string) record.Day {
	text := fmt.Sprintf("%s-%02d", year, monthNumber(month))
	if day != "" {
		text += fmt.Sprintf("-%02s", day)
	}
	d, err := record.ParseDay(text)
	if err != nil {
		return record.Day{}
	}
	return d
}

var lookingAhead = regexp.MustCompile(`\b(?:will|shall|plans? to|due to|is to|are to|set to)\b`)

// days finds the days of a sentence that begins at from of the body.
func days(text string, from int, c calendar) []dayFound {
	c.future = lookingAhead.MatchString(text)
	var all []dayFound
	for _, p := range dayPatterns {
		for _, at := range p.re.FindAllStringSubmatchIndex(text, -1) {
			s := span{from + at[0], from + at[1]}
			if slices.ContainsFunc(all, func(d dayFound) bool { return d.from < s.to && s.from < d.to }) {
				continue
			}
			m := make([]string, len(at)/2)
			for i := range m {
				if at[2*i] >= 0 {
					m[i] = text[at[2*i]:at[2*i+1]]
				}
			}
			all = append(all, dayFound{span: s, said: m[0], day: p.read(c, m), cue: wordBefore(text, at[0])})
		}
	}
	slices.SortFunc(all, func(a, b dayFound) int { return a.from - b.from })
	return all
}

// wordBefore is the word that ends before i, in small letters.
func wordBefore(text string, i int) string {
	fields := strings.Fields(text[:i])
	if len(fields) == 0 {
		return ""
	}
	return strings.ToLower(strings.Trim(fields[len(fields)-1], `,.;:()"“”`))
}

var publishedPattern = regexp.MustCompile(`(?i)\bpublished(?: on| in|:)? `)

// PublishedIn is the day that a note about a file gives for its publication: the
// first day after the word published, in a note that names the file. The zero Day
// says that there is none.
func PublishedIn(note, file string) record.Day {
	if !strings.Contains(note, file) {
		return record.Day{}
	}
	at := publishedPattern.FindStringIndex(note)
	if at == nil {
		return record.Day{}
	}
	for _, d := range days(note[at[1]:], 0, calendar{}) {
		if d.from == 0 {
			return d.day
		}
	}
	return record.Day{}
}
