package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"entente/record"
	"entente/register"
)

// lack is what some needs have and what they lack, for one finding.
type lack struct {
	capability *record.Capability
	has, lacks []record.ResourceID
	needs      []*record.Need
	given      []record.Record // what they have
}

// kitWithoutCrews finds equipment that is promised to needs for which nobody
// sends or trains the people, one finding for each capability and lack.
func kitWithoutCrews(v *register.View) []Finding {
	s := supplyOf(v)
	return lacks(s, func(n *record.Need, r record.ResourceID) (had []record.Record, lacked bool) {
		switch s.leg(r) {
		case record.Equipment:
			for _, p := range s.committed(n, r) {
				had = append(had, p)
			}
		case record.People:
			lacked = s.stateOf(n, r) != provided
		}
		return had, lacked
	}, func(l lack, places string) Finding {
		return Finding{Level: Warning,
			Says: fmt.Sprintf("%s for %s: %s promised, but nobody sends or trains %s", l.capability.Name, places, s.promised(l), s.eachNeeds(l)),
			Fix:  "find a Programme that trains them, or a Pledge of trained people, before the equipment arrives"}
	})
}

// crewsWithoutKit finds people who are sent or trained for needs to which
// nobody promises the equipment.
func crewsWithoutKit(v *register.View) []Finding {
	s := supplyOf(v)
	return lacks(s, func(n *record.Need, r record.ResourceID) (had []record.Record, lacked bool) {
		switch s.leg(r) {
		case record.People:
			for _, p := range s.committed(n, r) {
				had = append(had, p)
			}
			for _, p := range s.trained(n, r) {
				had = append(had, p)
			}
		case record.Equipment:
			lacked = s.stateOf(n, r) != provided
		}
		return had, lacked
	}, func(l lack, places string) Finding {
		words := make([]string, len(l.has))
		for i, r := range l.has {
			words[i] = resourceName(v, r)
		}
		return Finding{Level: Warning,
			Says: fmt.Sprintf("%s for %s: people are sent or trained (%s), but nobody promises or makes %s", l.capability.Name, places, list(words), s.eachNeeds(l)),
			Fix:  "find a Pledge or a Production of it, or train for what there is"}
	})
}

// lacks groups the open needs which have one leg and lack another. Needs of a
// capability that a unit gives are answered by the unit.
func lacks(s *supply, look func(*record.Need, record.ResourceID) (had []record.Record, lacked bool), say func(l lack, places string) Finding) []Finding {
	groups := map[string]*lack{}
	for _, n := range s.open() {
		c, ok := s.v.Capability(n.Capability)
		if !ok || s.units[n.Capability] {
			continue
		}
		l := lack{capability: c}
		for _, r := range recipe(c) {
			had, lacked := look(n, r)
			if len(had) > 0 {
				l.has = append(l.has, r)
				l.given = append(l.given, had...)
			}
			if lacked {
				l.lacks = append(l.lacks, r)
			}
		}
		if len(l.has) == 0 || len(l.lacks) == 0 {
			continue
		}
		key := fmt.Sprint(c.ID, l.has, l.lacks)
		if groups[key] == nil {
			groups[key] = &l
		} else {
			groups[key].given = append(groups[key].given, l.given...)
		}
		groups[key].needs = append(groups[key].needs, n)
	}
	var found []Finding
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		l := groups[key]
		slices.SortFunc(l.given, func(a, b record.Record) int { return a.Key().Compare(b.Key()) })
		l.given = slices.Compact(l.given)
		f := say(*l, placesOf(s.v, l.needs))
		f.Records = append(keys(l.needs...), keys(l.given...)...)
		found = append(found, f)
	}
	return found
}

// placesOf names the places of needs, each once.
func placesOf(v *register.View, needs []*record.Need) string {
	var words []string
	for _, n := range needs {
		if w := placeName(v, n.At); !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	return list(words)
}

// promised tells how much equipment a lack has: 2 × NASAMS fire unit is.
func (s *supply) promised(l lack) string {
	sums := map[record.ResourceID]record.Number{}
	for _, r := range l.given {
		if p, ok := r.(*record.Pledge); ok {
			q := s.v.Reached(p, record.Committed)
			sums[p.Resource] = record.Number{Min: sums[p.Resource].Min + q.Min, Max: sums[p.Resource].Max + q.Max}
		}
	}
	var words []string
	for _, r := range l.has {
		words = append(words, things(s.v, sums[r], r))
	}
	return list(words) + verb(len(words), " is", " are")
}

// eachNeeds tells what is lacking: the NASAMS crew member, of which each fire
// unit in action needs 36.
func (s *supply) eachNeeds(l lack) string {
	var words []string
	for _, r := range l.lacks {
		spoken := ""
		if s.stateOf(l.needs[0], r) == announced {
			spoken = ", so far announced only"
		}
		words = append(words, fmt.Sprintf("%s (%s for each %s%s)", resourceName(s.v, r), figure(cmp.Or(l.capability.Stock[r], l.capability.Monthly[r])), l.capability.Unit, spoken))
	}
	return list(words)
}

// lateness is a programme and a resource that come too late for some needs.
type lateness struct {
	level     Level
	programme *record.Programme
	able      record.Date // when the first people are able
	needs     []*record.Need
	kit       []*record.Pledge
}

// trainingTooLate finds training that ends after the need for it does
// (warning), and training that ends after the need begins (note), one finding
// for each programme. People who are promised ready are no matter of training.
func trainingTooLate(v *register.View) []Finding {
	s := supplyOf(v)
	type cause struct {
		level     Level
		programme string
		kit       bool
	}
	late := map[cause]*lateness{}
	for _, n := range s.open() {
		c, ok := v.Capability(n.Capability)
		if !ok || s.units[n.Capability] {
			continue
		}
		for _, r := range recipe(c) {
			if s.leg(r) != record.People || len(s.committed(n, r)) > 0 {
				continue
			}
			p, able := earliest(v, s.trained(n, r))
			if p == nil {
				continue
			}
			l := lateness{programme: p, able: able}
			switch l.kit = s.goneBefore(n, c, able); {
			case able > closes(n.To) || len(l.kit) > 0:
				l.level = Warning
			case able > opens(n.From) && able > v.At().On:
				l.level = Note
			default:
				continue
			}
			k := cause{l.level, p.ID, len(l.kit) > 0}
			if late[k] == nil {
				late[k] = &l
			}
			late[k].needs = append(late[k].needs, n)
		}
	}
	var found []Finding
	for _, l := range late {
		found = append(found, l.finding(v))
	}
	return found
}

// earliest is the programme whose people are able first, and when.
func earliest(v *register.View, ps []*record.Programme) (best *record.Programme, able record.Date) {
	for _, p := range ps {
		start := firstStart(v, p)
		if start > closes(p.To) {
			continue
		}
		if on := later(start, p.Months); best == nil || on < able {
			best, able = p, on
		}
	}
	return best, able
}

// firstStart is when a programme can take its first people: a programme that
// runs has its notice behind it; one to come needs it from today.
func firstStart(v *register.View, p *record.Programme) record.Date {
	start, today := opens(p.From), v.At().On
	if start > today {
		start = max(start, today+record.Date(p.Notice))
	}
	return start
}

// goneBefore lists the committed equipment for n that can be sent only until a
// day before the first people are able, when all of one kind is such.
func (s *supply) goneBefore(n *record.Need, c *record.Capability, able record.Date) []*record.Pledge {
	for _, r := range recipe(c) {
		if s.leg(r) != record.Equipment {
			continue
		}
		ps := s.committed(n, r)
		kept := slices.ContainsFunc(ps, func(p *record.Pledge) bool {
			return closes(p.Until) >= able || s.v.Reached(p, record.HandedOver).Max > 0
		})
		if len(ps) > 0 && !kept {
			return ps
		}
	}
	return nil
}

func (l *lateness) finding(v *register.View) Finding {
	p := l.programme
	f := Finding{Level: l.level, Records: append(append(keys(p), keys(l.needs...)...), keys(l.kit...)...)}
	how := count(p.Months, "month", "months") + " from " + firstStart(v, p).Text()
	if start := opens(p.From); firstStart(v, p) > start {
		how += ", not " + start.Text() + ", because it needs " + count(p.Notice, "day's", "days'") + " notice"
	}
	who := fmt.Sprintf("the first %s from %s in %s is able on %s (%s)", resourceName(v, p.Trains), p.Name(), placeName(v, p.At), l.able.Text(), how)
	words := make([]string, len(l.needs))
	for i, n := range l.needs {
		words[i] = n.Name() + " " + l.compared(n)
	}
	switch {
	case len(l.kit) > 0:
		u := slices.MaxFunc(l.kit, func(a, b *record.Pledge) int { return cmp.Compare(closes(a.Until), closes(b.Until)) })
		f.Says = fmt.Sprintf("%s, but the %s for %s can be sent only until %s", who, resourceName(v, u.Resource), list(words), closes(u.Until).Text())
		f.Fix = "ask the giver to keep the equipment until then, or train sooner"
	case l.level == Warning:
		f.Says = fmt.Sprintf("%s, too late: %s", who, strings.Join(firstFew(words), "; "))
		f.Fix = "start sooner, shorten the course, or ask for people who are trained already"
	default:
		f.Says = fmt.Sprintf("%s: %s", who, strings.Join(firstFew(words), "; "))
		f.Fix = "start sooner, or ask for trained people until then"
	}
	return f
}

// compared says how a need stands to the day on which people are able.
func (l *lateness) compared(n *record.Need) string {
	switch {
	case len(l.kit) > 0:
		return "from " + opens(n.From).Text()
	case l.level == Warning:
		return "ends on " + closes(n.To).Text()
	}
	return fmt.Sprintf("begins on %s, %s before", opens(n.From).Text(), span(int(l.able)-int(opens(n.From))))
}
