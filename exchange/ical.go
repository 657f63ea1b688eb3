package exchange

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"entente/record"
)

// iCalendar (RFC 5545): exercises, meetings, rotations, training, and what is due,
// each an all-day event. A day that is known to a month covers the month. The UID
// of an event is made from its record alone, so that a calendar that subscribes
// sees the same event again. What a calendar has no property for travels in one of
// ours (section 3.8.8.2), so that exercises and meetings come back whole.

const (
	icalRecord = "X-ENTENTE-RECORD" // the record, as base64 of its JSON
	icalDomain = "@entente"
	icalMax    = 32 << 20 // bytes of a calendar
	icalDate   = "20060102"
)

// occasion is one event.
type occasion struct {
	uid, title, category, place, note string
	from, to                          record.Date
	of                                record.Record // nil for a part of a record
}

func writeICal(w io.Writer, rs []record.Record, o Options) ([]Listed, error) {
	names := map[string]string{}
	for _, r := range rs {
		names[r.Key().String()] = r.Base().Name()
		if p, ok := r.(*record.Place); ok {
			names[r.Key().String()] = p.Name
		}
	}
	cal := ics.NewCalendar()
	cal.SetProductId("-//Entente//Register//EN")
	cal.SetCalscale("GREGORIAN")
	cal.SetXWRCalName(cmp.Or(o.Stamp.Title, "Register"))
	cal.SetXWRCalDesc(o.Stamp.String())
	var listed []Listed
	stamp := dayTime(o.Stamp.AsOf)
	for _, r := range rs {
		for _, e := range occasions(r, names) {
			if e.from == record.Beginning || e.from == record.Forever {
				listed = append(listed, Listed{File: r.Key().String(), Value: e.title, Reason: "has no first day, and a calendar needs one"})
				continue
			}
			ev := cal.AddEvent(e.uid + icalDomain)
			ev.SetDtStampTime(stamp)
			ev.SetProperty(ics.ComponentPropertyDtStart, dayTime(e.from).Format(icalDate), ics.WithValue("DATE"))
			if e.to != record.Forever {
				ev.SetProperty(ics.ComponentPropertyDtEnd, dayTime(e.to+1).Format(icalDate), ics.WithValue("DATE"))
			} else {
				listed = append(listed, Listed{File: r.Key().String(), Value: e.title, Reason: "has no last day; only the first is in the calendar"})
			}
			ev.SetSummary(e.title)
			ev.SetProperty(ics.ComponentPropertyCategories, e.category)
			ev.SetProperty(ics.ComponentPropertyTransp, "TRANSPARENT")
			if e.place != "" {
				ev.SetLocation(e.place)
			}
			if e.note != "" {
				ev.SetDescription(e.note)
			}
			if e.of != nil {
				ev.SetProperty(ics.ComponentProperty(icalRecord), base64.StdEncoding.EncodeToString(record.Canonical(e.of)))
			}
		}
	}
	return listed, cal.SerializeTo(w, ics.WithNewLineWindows)
}

// dayTime is midnight of a day, in UTC.
func dayTime(d record.Date) time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// occasions are what a record puts into a calendar.
func occasions(r record.Record, names map[string]string) []occasion {
	k := r.Key()
	e := occasion{uid: strings.ToLower(string(k.Kind)) + "-" + k.ID, title: r.Base().Name(), category: strings.ToUpper(string(k.Kind)), note: r.Base().Note, of: r}
	e.place = names[record.Key{Kind: record.KindPlace, ID: string(atPlace(r))}.String()]
	until := func(from, to record.Day) {
		e.from, e.to = from.First(), from.Last()
		if !to.IsZero() {
			e.to = to.Last()
		}
	}
	switch r := r.(type) {
	case *record.Exercise:
		until(r.From, r.To)
	case *record.Meeting:
		until(r.On, record.Day{})
		return append([]occasion{e}, decisions(r, e)...)
	case *record.Assignment:
		until(r.From, r.To)
		if r.To.IsZero() {
			e.to = record.Forever
		}
		e.title = cmp.Or(r.Title, names["Unit/"+string(r.Unit)], string(r.Unit)) + ", " + string(r.Role)
		e.category = "ROTATION"
	case *record.Programme:
		until(r.From, r.To)
		if r.To.IsZero() {
			e.to = record.Forever
		}
		e.category = "TRAINING"
	case *record.Agreement:
		return obligations(r)
	default:
		return nil
	}
	return []occasion{e}
}

func obligations(a *record.Agreement) []occasion {
	var all []occasion
	for _, x := range a.Obligations {
		if !x.Due.IsZero() && x.Met.IsZero() {
			all = append(all, occasion{uid: "obligation-" + a.ID + "-" + x.ID, title: "Due: " + x.What, category: "OBLIGATION", note: a.Name() + ". " + string(x.By), from: x.Due.First(), to: x.Due.Last()})
		}
	}
	return all
}

func decisions(m *record.Meeting, e occasion) []occasion {
	var all []occasion
	for _, x := range m.Decisions {
		if !x.Due.IsZero() && x.Done.IsZero() {
			all = append(all, occasion{uid: "decision-" + m.ID + "-" + x.ID, title: "Due: " + x.What, category: "OBLIGATION", note: e.title + ". " + string(x.Owner), from: x.Due.First(), to: x.Due.Last()})
		}
	}
	return all
}

// readICal reads events. One that was written here is the record that travels in
// it; another is a Meeting, since a calendar does not say who leads an exercise.
func readICal(ctx context.Context, in []File, _ Options) (*Import, error) {
	x := &icalReader{im: &Import{Format: "ical"}, found: map[record.Key]record.Record{}}
	for _, f := range in {
		if f.Size > icalMax {
			return nil, fault(f.Name, 0, fmt.Sprintf("the calendar has more than %d bytes", icalMax), "split it")
		}
		x.name = f.Name
		cal, err := ics.ParseCalendar(io.NewSectionReader(f, 0, f.Size))
		if err != nil {
			return nil, fault(f.Name, 0, "the file is no calendar that can be read: "+err.Error(), "export it again as iCalendar")
		}
		for _, ev := range cal.Events() {
			x.event(ev)
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
	}
	for _, r := range x.found {
		x.im.Records = append(x.im.Records, r)
	}
	slices.SortFunc(x.im.Records, func(a, b record.Record) int { return a.Key().Compare(b.Key()) })
	return x.im, nil
}

type icalReader struct {
	im    *Import
	found map[record.Key]record.Record
	name  string
}

func (x *icalReader) list(column, value, reason string, whole bool) {
	if len(x.im.Listed) < listedMax {
		x.im.Listed = append(x.im.Listed, Listed{File: x.name, Row: x.im.Rows, Column: column, Value: short(value, 80), Reason: reason, Whole: whole})
	}
}

func said(ev *ics.VEvent, name ics.ComponentProperty) string {
	if p := ev.GetProperty(name); p != nil {
		return strings.TrimSpace(p.Value)
	}
	return ""
}

func (x *icalReader) event(ev *ics.VEvent) {
	x.im.Rows++
	x.im.Cells += len(ev.Properties)
	if text, err := base64.StdEncoding.DecodeString(said(ev, icalRecord)); err == nil && len(text) > 0 {
		if r, errs := parsed(record.Key{Kind: "calendar"}, text); len(errs) == 0 {
			x.im.Imported++
			x.found[r.Key()] = r
			return
		}
	}
	title, uid := said(ev, ics.ComponentPropertySummary), said(ev, ics.ComponentPropertyUniqueId)
	on := icalDays(said(ev, ics.ComponentPropertyDtStart), said(ev, ics.ComponentPropertyDtEnd))
	switch {
	case strings.HasPrefix(uid, "obligation-") || strings.HasPrefix(uid, "decision-"):
		x.list("", title, "is a part of an agreement or a meeting, which is read with its record", true)
		return
	case on.IsZero() || title == "":
		x.list("", title, "has no title or no day that can be read", true)
		return
	}
	r := x.record(ev, title, uid, on)
	right, errs := checked(r)
	if len(errs) > 0 {
		x.list("", title, errs[0].Says, true)
		return
	}
	x.im.Imported++
	x.found[right.Key()] = right
	for _, name := range []ics.ComponentProperty{ics.ComponentPropertyRrule, ics.ComponentPropertyAttendee, ics.ComponentPropertyOrganizer} {
		if v := said(ev, name); v != "" {
			x.list(string(name), v, "is not read: an event is one occasion, and people are no parties", false)
		}
	}
}

// record makes a meeting of an event.
func (x *icalReader) record(ev *ics.VEvent, title, uid string, on record.Day) record.Record {
	at := x.place(said(ev, ics.ComponentPropertyLocation))
	note, id := said(ev, ics.ComponentPropertyDescription), slug(title+" "+on.String()+" "+hash(uid))
	m := &record.Meeting{On: on, At: at}
	m.Kind, m.ID, m.Title, m.Note = record.KindMeeting, id, title, note
	if strings.Contains(strings.ToLower(said(ev, ics.ComponentPropertyCategories)+" "+title), "exercise") {
		m.Tags = []string{"exercise"}
		x.list("", title, "looks like an exercise, but the calendar does not say who leads it: it is kept as a meeting with the tag exercise", false)
	}
	return m
}

func (x *icalReader) place(name string) record.PlaceID {
	if name == "" {
		return ""
	}
	p := &record.Place{Name: name, Coarse: true}
	p.Kind, p.ID = record.KindPlace, slug(name)
	x.found[p.Key()] = p
	return record.PlaceID(p.ID)
}

// icalDays is the day or the days of an event; the end of an all-day event is the
// day after it (section 3.6.1).
func icalDays(start, end string) record.Day {
	day := func(s string) (time.Time, bool) {
		t, err := time.Parse(icalDate, s[:min(len(s), 8)])
		return t, err == nil && len(s) >= 8
	}
	from, ok := day(start)
	if !ok {
		return record.Day{}
	}
	to, ok := day(end)
	if ok && len(end) == 8 {
		to = to.AddDate(0, 0, -1)
	}
	text := from.Format(time.DateOnly)
	if ok && to.After(from) {
		text += "/" + to.Format(time.DateOnly)
	}
	d, err := record.ParseDay(text)
	if err != nil {
		return record.Day{}
	}
	return d
}
