package read

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"entente/record"
)

// giving are the verbs of a promise, each with the rung that it says has been
// reached.
var giving = []struct {
	re   *regexp.Regexp
	rung record.Rung
}{
	{regexp.MustCompile(`\b(?:(?:will|to) (?:give|donate|deliver|hand over|send|provide|supply|transfer|contribute|spend)|announce[sd]?|is sending|are sending|plans to)\b`), record.Announced},
	{regexp.MustCompile(`\b(?:pledge[sd]?|promise[sd]?|gives|provides|offers|offered|vowed|contributes)\b`), record.Pledged},
	{regexp.MustCompile(`\b(?:commits|committed)\b`), record.Committed},
	{regexp.MustCompile(`\b(?:allocate[sd]?|earmarked)\b`), record.Allocated},
	{regexp.MustCompile(`\b(?:donated|delivered|handed over|has sent|have sent|sent|gave|transferred|supplied|contributed|provided|has given|have given)\b`), record.HandedOver},
}

// pledges reads who gives how much of what to whom, and when.
func pledges(s *sentence) {
	verb, rung, ok := s.gives()
	if !ok || s.denied(verb.from) || buying.MatchString(s.text[verb.from-s.from:]) || hypothetical.MatchString(s.text[:verb.from-s.from]) {
		return
	}
	by, ok := s.subject(verb.from)
	if !ok {
		return
	}
	to, _ := s.partyAfter(verb.to, "to", "for")
	if to.id == "" {
		for _, m := range s.parties {
			if m.from > verb.to && m.id != by.id && m.country != "" {
				to = m
				break
			}
		}
	}
	for _, f := range s.figures {
		if f.from < verb.to && f.to > verb.to { // handed over 30: the verb has the word
			f.said, f.about = strings.TrimSpace(s.text[verb.to-s.from:f.to-s.from]), false
		}
		if f.to > verb.to {
			s.thing(by, to, f, rung, verb)
		}
	}
	for _, c := range s.money {
		if c.to > verb.to {
			s.cash(by, to, c, rung, verb)
		}
	}
}

// buying gives nothing to anybody.
var buying = regexp.MustCompile(`\b(?:buy|buys|bought|buying|purchas\w+|order|orders|ordered|acquir\w+)\b`)

var hypothetical = regexp.MustCompile(`(?i)\b(?:if|would|could|might|may|should|unless|whether)\b[^,;]*$`)

// gives is the first verb of a promise in the sentence that a figure follows.
func (s *sentence) gives() (verb span, rung record.Rung, ok bool) {
	for _, g := range giving {
		if at := g.re.FindStringIndex(s.text); at != nil && (!ok || s.from+at[0] < verb.from) {
			verb, rung, ok = span{s.from + at[0], s.from + at[1]}, g.rung, true
		}
	}
	return verb, rung, ok
}

// uncounted are nouns that are no thing that anybody gives.
var uncounted = regexp.MustCompile(`(?i)^(?:$|years?|months?|weeks?|days?|hours?|times?|people|killed|per ?cent|percent|percentage|countries|nations|allies|members?|partners|kilomet|miles?|km\b|points?|mps?\b|million|billion|others?|occasions?|ministers|leaders|civilians)`)

func (s *sentence) thing(by, to mention, f figure, rung record.Rung, verb span) {
	known := slices.IndexFunc(s.things, func(m mention) bool { return m.from >= f.to && m.from <= f.nounTo+1 })
	if known < 0 && (uncounted.MatchString(f.noun) || troopNoun.MatchString(f.noun) || to.id == "" || to.id == by.id) {
		return
	}
	p := Proposal{Rule: "pledge", Parties: parties(by, to), Figures: []string{strings.TrimSpace(f.said + " " + f.noun)}}
	pl := &record.Pledge{To: record.PartyID(to.id), Quantity: &f.value}
	if known >= 0 {
		pl.Resource = record.ResourceID(s.things[known].id)
		p.key = fmt.Sprint("pledge ", by.id, to.id, pl.Resource, f.value)
	} else {
		res := s.resource(f.noun)
		pl.Resource = record.ResourceID(res.ID)
		p.Records = append(p.Records, res)
		p.key = fmt.Sprint("pledge ", by.id, to.id, res.Name, f.value)
	}
	pl.Common = s.common(record.KindPledge, "", by.id, string(pl.Resource))
	if f.about {
		pl.Note = "The text says " + strings.TrimSpace(f.said) + "."
	}
	p.Claim = fmt.Sprintf("%s: %s %s", by.name, strings.TrimSpace(f.said), f.noun)
	s.pledge(&p, pl, by, rung, verb)
}

func parties(ms ...mention) []record.PartyID {
	var ids []record.PartyID
	for _, m := range ms {
		if m.id != "" {
			ids = appendNew(ids, record.PartyID(m.id))
		}
	}
	return ids
}

var (
	peopleNoun = regexp.MustCompile(`(?i)(?:instructors?|trainers?|crews?|pilots?|soldiers?|specialists?|medics?|recruits?)$`)
	supplyNoun = regexp.MustCompile(`(?i)(?:rounds?|shells?|missiles?|ammunition|rockets?|interceptors?|drones?|mines|grenades|fuel|tonnes?)$`)
)

// resource is what a noun phrase names, for a register that has no such thing.
func (s *sentence) resource(noun string) *record.Resource {
	words := strings.Fields(noun)
	last := words[len(words)-1]
	one := last
	if strings.HasSuffix(one, "ies") {
		one = strings.TrimSuffix(one, "ies") + "y"
	} else if !strings.HasSuffix(one, "ss") {
		one = strings.TrimSuffix(one, "s")
	}
	name := strings.Join(append(slices.Clone(words[:len(words)-1]), one), " ")
	for _, p := range s.r.found {
		for _, rec := range p.Records {
			if r, ok := rec.(*record.Resource); ok && r.Name == name {
				return r
			}
		}
	}
	r := &record.Resource{Common: s.common(record.KindResource, "", name), Name: name, Leg: record.Equipment, Unit: one, Whole: true}
	switch {
	case peopleNoun.MatchString(noun):
		r.Leg = record.People
	case supplyNoun.MatchString(noun):
		r.Leg, r.Whole = record.Supply, false
	}
	return r
}

func (s *sentence) cash(by, to mention, c cash, rung record.Rung, verb span) {
	amount := record.Amount{Min: c.amount, Max: c.amount}
	if by.id == "DNK" && c.amount.Currency() == "NOK" && !strings.Contains(c.said, "orw") { // both call them kroner
		dkk := record.NewMoney(c.amount.Amount(), "DKK")
		amount = record.Amount{Min: dkk, Max: dkk}
	}
	p := Proposal{Rule: "pledge", Parties: parties(by, to), Figures: []string{c.said}, key: fmt.Sprint("money ", by.id, to.id, amount)}
	pl := &record.Pledge{To: record.PartyID(to.id), Amount: &amount}
	pl.Common = s.common(record.KindPledge, "", by.id, "money")
	if c.yearly {
		pl.Note = "The text says so much a year; this is one year's."
	} else if c.ranged != "" {
		pl.Note = "The text says " + c.ranged + " so much."
	}
	p.Claim = fmt.Sprintf("%s: %s", by.name, c.said)
	s.pledge(&p, pl, by, rung, verb)
}

// pledge fills in what things and money share: who, how far, and from when.
func (s *sentence) pledge(p *Proposal, pl *record.Pledge, by mention, rung record.Rung, verb span) {
	pl.By = record.PartyID(by.id)
	if givers := s.joined(by); len(givers) > 1 {
		p.Parties = nil
		for _, id := range append(parties(givers...), pl.To) {
			p.Parties = appendNew(p.Parties, id)
		}
		p.need(pl, "by", true, "several give it together; how much is whose the sentence does not say")
	}
	status := record.RungStatus{Is: rung.String()}
	for _, d := range s.days {
		p.Days = append(p.Days, told(d)...)
		if d.cue == "until" || strings.HasPrefix(d.said, "until ") {
			pl.Until = d.day
			continue
		}
		ahead := d.day.First() > s.r.cal.published.Last() || d.cue == "by" || d.cue == "from" || d.from > verb.to && rung < record.HandedOver
		if !d.day.IsZero() && ahead && pl.From.IsZero() {
			pl.From = d.day
		} else if !d.day.IsZero() && status.On.IsZero() {
			status.On = d.day
		}
	}
	if rung == record.HandedOver && !status.On.IsZero() && pl.From.IsZero() {
		pl.From = status.On
	}
	if status.On.IsZero() && rung < record.HandedOver {
		status.On = s.r.cal.published
	}
	pl.Status = []record.RungStatus{status}
	p.Records = append(p.Records, pl)
	p.need(pl, "from", pl.From.IsZero(), "the sentence does not say from when it is available")
	s.propose(*p)
}

var shareOfGDP = regexp.MustCompile(`(\d+(?:\.\d+)?) ?(?:%|per cent|percent) of (?:its |their )?(?:GDP|gross domestic product|national income)`)

// targets reads a share of the national product that a party means to spend.
func targets(s *sentence) {
	all := shareOfGDP.FindAllStringSubmatchIndex(s.text, -1)
	if len(all) == 0 {
		return
	}
	at := all[len(all)-1] // what was comes before what is to be
	if s.denied(s.from + at[0]) {
		return
	}
	by, ok := s.subject(s.from + at[0])
	due := record.Day{}
	var saids []Told
	for _, d := range s.days {
		if d.from > s.from+at[0] && (d.cue == "by" || strings.HasPrefix(d.said, "by ") || strings.HasPrefix(d.said, "in ")) {
			due = d.day
			saids = told(d)
		}
	}
	if !ok || !strings.Contains(strings.ToLower(s.text), "defence") && !strings.Contains(strings.ToLower(s.text), "defense") && !strings.Contains(s.text, "military") {
		return
	}
	share := percent(s.text[at[2]:at[3]])
	p := Proposal{Rule: "target", Parties: parties(by), Days: saids, Figures: []string{s.text[at[0]:at[1]]}, key: fmt.Sprint("target ", by.id, share, due)}
	t := &record.Target{For: record.SubjectID(by.id), Measure: "defence-spending-share", AtLeast: &record.Measure{Number: share}, Due: due}
	t.Common = s.common(record.KindTarget, "", by.id, "spending", s.text[at[2]:at[3]])
	p.Records = []record.Record{t}
	p.Claim = fmt.Sprintf("%s: %s for defence", by.name, s.text[at[0]:at[1]])
	p.need(t, "by", due.IsZero(), "the sentence does not say by when")
	s.propose(p)
}

var (
	violence = regexp.MustCompile(`(?i)\b(?:assassination|assassinated|attack|attacks|attacked|strike|strikes|struck|bombing|explosion|sabotage|sabotaged|invasion|invaded|incursion|shelling|shelled|airstrikes?|cyber-?attack)\b`)
	noStrike = regexp.MustCompile(`(?i)\b(?:strike|struck|strikes) (?:a|an|the) (?:deal|agreement|balance|tone|chord|bargain)\b`)
	claims   = regexp.MustCompile(`\b(?:claimed responsibility|carried out|launched|admitted)\b`)
)

// incidents reads an act of violence with its day: who did it, to whom, where.
func incidents(s *sentence) {
	at := violence.FindStringIndex(s.text)
	if at == nil || noStrike.MatchString(s.text) || len(s.parties) == 0 || s.denied(s.from+at[0]) {
		return
	}
	day, dated := s.dayNear(s.from + at[0])
	if !dated {
		return
	}
	x := &record.Incident{On: day.day, What: shortened(s.text)}
	from, to := s.sides(s.from+at[0], s.from+at[1])
	actors := parties(from, to)
	if len(actors) == 0 {
		return
	}
	if from.id != "" && to.id != "" && from.id != to.id {
		x.Links = []record.Link{{From: record.PartyID(from.id), To: record.PartyID(to.id), Relation: "attacks"}}
	}
	x.Actors = actors
	word := strings.ToLower(s.text[at[0]:at[1]])
	x.Common = s.common(record.KindIncident, "", word, day.day.String())
	p := Proposal{Rule: "incident", key: fmt.Sprint("incident ", word, actors, day.day), Parties: actors, Days: told(day), Records: []record.Record{x}}
	if where, ok := s.placeAfter(s.from+at[1], s.to); ok {
		p.Places = []record.PlaceID{s.at(where)}
		x.Note = "Where: " + where.name + "."
	}
	p.Claim = strings.ToUpper(word[:1]) + word[1:] + ", " + day.said + ", of " + s.r.nameList(actors)
	p.need(x, "on", day.day.IsZero(), fmt.Sprintf("the day that %q means depends on the day of publication", day.said))
	s.propose(p)
}

// sides are who did an act of violence and to whom, as far as the sentence says.
func (s *sentence) sides(from, to int) (by, on mention) {
	if c := claims.FindStringIndex(s.text); c != nil && s.from+c[0] < from {
		by, _ = s.subject(s.from + c[0])
	} else if m, ok := s.partyAfter(s.from, "by"); ok {
		by = m
	} else if m, ok := s.adjective(from, 12); ok {
		by = m
	} else if m, ok := s.subject(from); ok {
		by = m
	}
	for _, m := range s.parties {
		if m.from >= to && m.id != by.id {
			return by, m
		}
	}
	return by, on
}

// shortened is a sentence for a field that says what happened.
func shortened(text string) string {
	const most = 300
	if len(text) <= most {
		return text
	}
	i := strings.LastIndex(text[:most], " ")
	return text[:max(i, 0)] + " …"
}

var joinedForces = regexp.MustCompile(`\b(?:troops|soldiers|forces|fighters)\b[^.;,]*?\b(?:joined|joining|fighting (?:alongside|for|with)|deployed alongside|reinforc\w+)\s`)

// supporters reads whose troops fight beside whose.
func supporters(s *sentence) {
	at := joinedForces.FindStringIndex(s.text)
	if at == nil || s.denied(s.from+at[1]-1) {
		return
	}
	who, ok := s.adjective(s.from+at[0], 2)
	if !ok {
		return
	}
	for _, m := range s.parties {
		if m.from >= s.from+at[1]-1 && m.id != who.id {
			s.relation("support", "fights for", who, m, s.from+at[0])
			return
		}
	}
}

var threatens = regexp.MustCompile(`\b(?:threatens|threatened|threatening|threatens to|vows revenge|vowed revenge)\b|\bfaces (?:imminent )?(?:revenge|retaliation)\b`)

// threats reads who threatens whom.
func threats(s *sentence) {
	at := threatens.FindStringIndex(s.text)
	if at == nil || s.denied(s.from+at[0]) {
		return
	}
	who, ok := s.subject(s.from + at[0])
	if !ok {
		return
	}
	if strings.HasPrefix(s.text[at[0]:], "faces") {
		if first := s.parties[0]; first.id != who.id {
			s.relation("threat", "threatens", first, who, s.from+at[0])
		}
		return
	}
	for _, m := range s.parties {
		if m.from > s.from+at[1] && m.id != who.id {
			s.relation("threat", "threatens", who, m, s.from+at[0])
			return
		}
	}
}

var leaving = regexp.MustCompile(`\b(?:abandon(?:ing)?|withdraw(?:ing)?(?: support)? from|withdrawing support|withdraw support|pull(?:ing)? out of|quit(?:ting)?|leav(?:e|ing)|halt(?:ing)? (?:aid|support) (?:to|for)|cut(?:ting)? (?:aid|support) (?:to|for)|suspend(?:ing)? (?:aid|support) (?:to|for))\b`)

// withdrawals reads who may leave whom, or stop giving.
func withdrawals(s *sentence) {
	at := leaving.FindStringIndex(s.text)
	if at == nil || s.denied(s.from+at[0]) {
		return
	}
	rest := s.text[at[1]:]
	var object mention
	if strings.HasPrefix(rest, " the alliance") || strings.HasPrefix(rest, " the bloc") {
		group := s.r.group
		for _, m := range s.parties {
			if m.country == "" && m.from < s.from+at[0] {
				group = record.PartyID(m.id)
			}
		}
		object = mention{named: named{id: string(group), name: s.r.g.names[group]}}
	} else {
		for _, m := range s.parties {
			if m.from >= s.from+at[1] && m.from-s.from-at[1] < 20 {
				object = m
				break
			}
		}
	}
	who, ok := s.leaver(at[0])
	if ok && object.id != "" && object.id != who.id {
		s.relation("withdrawal", "may withdraw from", who, object, s.from+at[0])
	}
}

var heOrShe = regexp.MustCompile(`\b(?:he|she) (?:\w+ ){0,3}$`)

// leaver is who does what the verb at i says: he is who was named last.
func (s *sentence) leaver(i int) (mention, bool) {
	if heOrShe.MatchString(s.text[:i]) {
		for j := len(s.parties) - 1; j >= 0; j-- {
			if p := s.parties[j]; p.person && p.from < s.from+i {
				return p, true
			}
		}
		if id := s.r.person; id != "" {
			return mention{named: named{id: string(id), name: s.r.g.names[id]}}, true
		}
	}
	for j := len(s.parties) - 1; j >= 0; j-- {
		if p := s.parties[j]; p.to <= s.from+i && s.from+i-p.to < 25 {
			return p, true
		}
	}
	return mention{}, false
}

// relation proposes an incident that says how two parties stand.
func (s *sentence) relation(rule, relation string, a, b mention, at int) {
	ids := parties(a, b)
	x := &record.Incident{What: shortened(s.text), Actors: ids, Links: []record.Link{{From: ids[0], To: ids[1], Relation: relation}}}
	p := Proposal{Rule: rule, Parties: ids, key: fmt.Sprint(rule, ids), Claim: fmt.Sprintf("%s %s %s", s.r.g.names[ids[0]], relation, s.r.g.names[ids[1]])}
	if d, ok := s.dayNear(at); ok && !d.day.IsZero() {
		x.On, p.Days = d.day, told(d)
	} else if x.On = s.r.cal.published; !x.On.IsZero() {
		p.Days = []Told{{"at the time of publication", x.On}}
		x.Note = "The day is that of publication; the text says no other."
	}
	if s.find(p.key) == nil {
		x.Common = s.common(record.KindIncident, "", string(ids[0]), string(ids[1]), rule)
		if rule == "withdrawal" {
			x.Confidence = record.Reported
		}
		if where, ok := s.placeAfter(at, s.to); ok {
			p.Places = []record.PlaceID{s.at(where)}
		}
		p.Records = []record.Record{x}
		p.need(x, "on", x.On.IsZero(), "neither the text nor its day of publication says when")
	}
	s.propose(p)
}

var (
	reviewName = regexp.MustCompile(`\b((?:\p{Lu}[\p{L}-]+ ){1,4}(?:Review|Strategy|White Paper|Concept))\b`)
	reviewVerb = regexp.MustCompile(`\b(?:launched|ordered|commissioned|began|started|announced|published|presented)\b`)
)

// reviews reads a named review or strategy that a party has launched.
func reviews(s *sentence) {
	at := reviewName.FindStringSubmatchIndex(s.text)
	verb := reviewVerb.FindStringIndex(s.text)
	if at == nil || verb == nil || s.denied(s.from+verb[0]) {
		return
	}
	by, ok := s.partyAfter(s.from+verb[1], "by")
	if !ok {
		if by, ok = s.subject(s.from + min(verb[0], at[0])); !ok {
			return
		}
	}
	name := s.text[at[2]:at[3]]
	status := record.AgreementStatus{Is: record.Negotiating}
	if v := s.text[verb[0]:verb[1]]; v == "published" || v == "presented" {
		status.Is = record.InForce
	}
	a := &record.Agreement{Type: "review", Parties: parties(by), Scope: scopes(s.text)}
	p := Proposal{Rule: "review", Parties: a.Parties, key: "review " + name, Claim: name + " of " + by.name}
	if s.find(p.key) == nil {
		if d, ok := s.dayNear(s.from + verb[0]); ok {
			status.On, p.Days = d.day, told(d)
		}
		a.Status = []record.AgreementStatus{status}
		a.Common = s.common(record.KindAgreement, name, by.id, name)
		a.Note = "A review of one party; negotiating stands for under way."
		p.Records = []record.Record{a}
	}
	s.propose(p)
}
