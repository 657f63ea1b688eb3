package read

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"entente/record"
)

// rules are the ways in which sentences state facts, in reading order. Each reads
// one sentence and proposes what it finds. A new rule needs a line here, and a hit
// and a near miss in testdata/sentences.txt.
var rules = []struct {
	name string
	read func(*sentence)
}{
	{"agreement", agreements},
	{"meeting", meetings},
	{"exercise", exercises},
	{"troops", troops},
	{"pledge", pledges},
	{"target", targets},
	{"incident", incidents},
	{"support", supporters},
	{"threat", threats},
	{"withdrawal", withdrawals},
	{"review", reviews},
}

// stages are the words that say how far an agreement has come, the furthest
// first.
var stages = []struct {
	re *regexp.Regexp
	is record.AgreementStage
}{
	{regexp.MustCompile(`(?i)\b(?:terminated|withdrew from|denounced|expired)\b`), record.Ended},
	{regexp.MustCompile(`(?i)\b(?:entered into force|in force|took effect|ratified)\b`), record.InForce},
	{regexp.MustCompile(`(?i)\b(?:signed|signs|concluded|inked|sealed|signing of|agreed (?:on )?(?:a|an|the))\b`), record.Signed},
	{regexp.MustCompile(`(?i)\b(?:negotiat\w+|in talks (?:on|over|about))\b`), record.Negotiating},
	{regexp.MustCompile(`(?i)\b(?:wants?|seeks?|seeking|propos\w+|plans? for|plan to|pushing for|pushes for|calls? for|called for|hopes? for|hopes? to|offered|aims? for|working (?:on|towards))\b`), record.Proposed},
}

// spokenOf ends before an agreement of which the text has spoken already.
var spokenOf = regexp.MustCompile(`(?i)\bthe (?:joint )?$`)

var pactNoun = regexp.MustCompile(`(?i)\b(agreement|pact|treaty|roadmap|road map|declaration|joint statement|partnership|memorandum of understanding|memorandum|accord|compact|convention)\b`)

// agreements reads who agreed with whom on what: a noun for an agreement, a word
// for its stage, and parties joined by with, between, a hyphen, or as subject.
func agreements(s *sentence) {
	for _, at := range pactNoun.FindAllStringIndex(s.text, -1) {
		from, to := s.from+at[0], s.from+at[1]
		noun := strings.ToLower(s.text[at[0]:at[1]])
		is, cue, ok := s.stage(at[0], at[1])
		if !ok || s.denied(cue) || s.denied(from) {
			continue
		}
		phrase, start := nounPhrase(s.text, at[0], at[1])
		parties := s.agreeing(start+s.from, from, to, cue)
		if len(parties) < 2 && s.r.agreed != nil && (spokenOf.MatchString(s.text[:start]) || strings.HasPrefix(strings.ToLower(phrase), "joint ")) {
			parties = s.r.agreed.Parties
		}
		if len(parties) < 2 {
			continue
		}
		s.agreement(noun, phrase, is, parties, from)
	}
}

// stage is what the nearest word before a noun, or soon after it, says.
func (s *sentence) stage(from, to int) (is record.AgreementStage, cue int, ok bool) {
	best := -1
	for _, st := range stages {
		for _, m := range st.re.FindAllStringIndex(s.text, -1) {
			distance := from - m[1]
			if m[0] >= to {
				distance = m[0] - to
				if distance > 40 {
					continue
				}
			}
			if distance < 0 || best >= 0 && distance >= best {
				continue
			}
			best, is, cue, ok = distance, st.is, s.from+m[0], true
		}
	}
	return is, cue, ok
}

// nounPhrase widens a noun to the left over the words that describe it.
func nounPhrase(text string, from, to int) (phrase string, start int) {
	start = from
	for range 4 {
		before := strings.TrimRight(text[:start], " ")
		i := strings.LastIndexAny(before, " \n(“\"‘,") + 1
		w := before[i:]
		if w == "" || len(before) == start && start != from || strings.ContainsAny(w[len(w)-1:], ",;:.’”") || stopWords[strings.ToLower(w)] && strings.ToLower(w) != "and" ||
			slices.Contains([]string{"signed", "new", "this", "these", "first", "wider", "bespoke"}, strings.ToLower(w)) {
			break
		}
		start = i
	}
	phrase = strings.TrimPrefix(strings.TrimSpace(text[start:to]), "and ")
	return phrase, start
}

// agreeing lists the parties to an agreement whose noun phrase begins at start.
func (s *sentence) agreeing(start, from, to, cue int) []record.PartyID {
	var ids []record.PartyID
	add := func(ms []mention) {
		for _, m := range ms {
			ids = appendNew(ids, record.PartyID(m.id))
		}
	}
	for _, m := range s.parties { // the UK-EU pact
		if m.from >= start && m.to <= from {
			add([]mention{m})
		}
	}
	if m, ok := s.partyAfter(to, "with", "between"); ok && len(wordsOf(s.text[to-s.from:m.from-s.from], 0)) <= 8 {
		with := s.joined(m)
		add(with)
		if m.before == "between" {
			return ids
		}
	}
	if len(ids) >= 2 {
		return ids
	}
	if m, ok := s.subject(min(start, cue)); ok {
		subject := []record.PartyID{}
		for _, j := range s.joined(m) {
			subject = appendNew(subject, record.PartyID(j.id))
		}
		for _, id := range ids {
			subject = appendNew(subject, id)
		}
		return subject
	}
	if home := s.r.home(); home != "" && len(ids) == 1 && pronoun.MatchString(s.text[:start-s.from]) {
		return appendNew([]record.PartyID{home}, ids[0])
	}
	return ids
}

var pronoun = regexp.MustCompile(`(?i)\b(?:he|she|his|her|we|our|they|their)\b`)

func (s *sentence) agreement(noun, phrase string, is record.AgreementStage, parties []record.PartyID, at int) {
	sorted := slices.Sorted(slices.Values(parties))
	words := make([]string, len(sorted))
	for i, id := range sorted {
		words[i] = string(id)
	}
	key := fmt.Sprint("agreement ", sorted, noun == "declaration" || noun == "treaty", is)
	day, dated := s.dayNear(at)
	if dated && is == record.Proposed {
		dated = false // the day of a wish is not the day of the pact
	}
	a := &record.Agreement{Type: noun, Parties: parties, Status: []record.AgreementStatus{{Is: is}}, Scope: scopes(s.text)}
	title := strings.ToUpper(phrase[:1]) + phrase[1:] + " of " + s.r.nameList(parties)
	p := Proposal{Rule: "agreement", key: key, Parties: parties, Claim: fmt.Sprintf("%s: %s", title, is)}
	if dated {
		a.Status[0].On = day.day
		p.Days = told(day)
		words = append(words, day.day.String())
	}
	if s.beside(a); a.Note != "" {
		p.Claim += ". " + a.Note
	}
	if known := s.find(key); known != nil {
		s.r.agreed = s.propose(p)
		s.enrich(known)
		return
	}
	a.Common = s.common(record.KindAgreement, title, append(words, noun)...)
	a.Obligations = s.obligations()
	p.Records = []record.Record{a}
	s.r.agreed = s.propose(p)
}

// find is the proposal of this text that has the key already.
func (s *sentence) find(key string) *Proposal {
	i := slices.IndexFunc(s.r.found, func(p *Proposal) bool { return p.key == key })
	if i < 0 {
		return nil
	}
	return s.r.found[i]
}

var complementary = regexp.MustCompile(`\bcomplement(?:ary|s|ing)?\b`)

// beside notes which organisation an agreement is said to add to: Agreement has a
// field for agreements that it complements, and an organisation is none.
func (s *sentence) beside(a *record.Agreement) {
	if at := complementary.FindStringIndex(s.text); at != nil && a.Note == "" {
		for _, m := range s.parties {
			if m.from >= s.from+at[1] && m.from-s.from-at[1] < 20 && !slices.Contains(a.Parties, record.PartyID(m.id)) {
				a.Note = "The text calls it complementary to " + s.r.nameList([]record.PartyID{record.PartyID(m.id)}) + "."
			}
		}
	}
}

// enrich adds to an agreement what a later sentence says of it.
func (s *sentence) enrich(p *Proposal) {
	a := p.Records[0].(*record.Agreement)
	if s.beside(a); a.Note != "" && !strings.Contains(p.Claim, a.Note) {
		p.Claim += ". " + a.Note
	}
	for _, scope := range scopes(s.text) {
		a.Scope = appendNew(a.Scope, scope)
	}
}

// scopeWords tell what an agreement is about.
var scopeWords = []struct {
	re    *regexp.Regexp
	scope string
}{
	{regexp.MustCompile(`(?i)\b(?:capabilit|missile|air defence|weapon|equipment|procure)`), "capability"},
	{regexp.MustCompile(`(?i)\b(?:fund|invest|loan|money|financ)`), "funding"},
	{regexp.MustCompile(`(?i)\b(?:training|exercise)`), "training"},
	{regexp.MustCompile(`(?i)\b(?:troops|forces|brigade|standby|stand-by|soldiers)`), "troops"},
	{regexp.MustCompile(`(?i)\b(?:industr|jobs|production|manufactur)`), "industry"},
	{regexp.MustCompile(`(?i)\bsecurity\b`), "security"},
}

func scopes(text string) []string {
	var all []string
	for _, w := range scopeWords {
		if w.re.MatchString(text) {
			all = append(all, w.scope)
		}
	}
	return all
}

var agreedTo = regexp.MustCompile(`\b(?:agreed|undertook|committed) (?:to|on) ([^.;,]+)`)

func (s *sentence) obligations() []record.Obligation {
	var all []record.Obligation
	for _, m := range agreedTo.FindAllStringSubmatch(s.text, -1) {
		what := strings.TrimSpace(m[1])
		all = append(all, record.Obligation{ID: slug(what), What: strings.ToUpper(what[:1]) + what[1:]})
	}
	return all
}

func (r *reader) nameList(ids []record.PartyID) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = r.g.names[id]
		if names[i] == "" {
			names[i] = string(id)
		}
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

var meetingNoun = regexp.MustCompile(`\b([Ss]ummit|[Cc]ouncil meeting|[Cc]onference|[Mm]inisterial|[Mm]eeting)\b`)

var meetVerb = regexp.MustCompile(`\b(?:met|meet|meets|gathered|gather|convened?)\b`)

// meetings reads a summit or a meeting of an organisation, with its day.
func meetings(s *sentence) {
	if at := meetVerb.FindStringIndex(s.text); at != nil {
		host, ok := s.adjective(s.from+at[0], 40)
		day, dated := s.dayNear(s.from + at[1])
		where, placed := s.placeAfter(s.from+at[1], s.to)
		if ok && dated && placed && host.country == "" && !s.denied(s.from+at[0]) {
			s.meeting(host, "meeting", day, where, true)
		}
		return
	}
	for _, at := range meetingNoun.FindAllStringIndex(s.text, -1) {
		from, to := s.from+at[0], s.from+at[1]
		host, ok := s.adjective(from, 20)
		if !ok {
			if host, ok = s.partyAfter(to, "of"); !ok {
				continue
			}
		}
		day, dated := s.dayNear(to)
		if !dated || s.denied(from) || calledOff.MatchString(s.text) || host.country != "" && !strings.EqualFold(s.text[at[0]:at[1]], "summit") {
			continue
		}
		where, placed := s.placeAfter(s.from, s.to)
		s.meeting(host, strings.ToLower(s.text[at[0]:at[1]]), day, where, placed)
	}
}

func (s *sentence) meeting(host mention, noun string, day dayFound, where mention, placed bool) {
	m := &record.Meeting{On: day.day, Participants: []record.PartyID{record.PartyID(host.id)}}
	title := strings.ToUpper(noun[:1]) + noun[1:] + " of " + s.r.nameList(m.Participants)
	p := Proposal{Rule: "meeting", key: "meeting " + host.id + day.day.String(), Parties: m.Participants, Days: told(day), Claim: title + ", " + strings.TrimSpace(day.said)}
	if s.find(p.key) == nil {
		m.Common = s.common(record.KindMeeting, title, host.id, noun, day.day.String())
		if placed {
			m.At = s.at(where)
			p.Places = []record.PlaceID{m.At}
		}
		p.Records = []record.Record{m}
		p.need(m, "on", day.day.IsZero(), fmt.Sprintf("the day that %q means depends on the day of publication, or of speaking", day.said))
	}
	s.propose(p)
}

var calledOff = regexp.MustCompile(`\b(?:cancelled|canceled|called off|postponed|scrapped)\b`)

// need notes a field that the text does not tell.
func (p *Proposal) need(r record.Record, field string, missing bool, why string) {
	if missing {
		p.Missing = append(p.Missing, Missing{r.Key(), field, why})
	}
}

var (
	exerciseBefore = regexp.MustCompile(`\b[Ee]xercises? ((?:\p{Lu}[\p{L}\p{N}-]*|\d{2,4})(?: (?:\p{Lu}[\p{L}\p{N}-]*|\d{2,4}))*)`)
	exerciseAfter  = regexp.MustCompile(`((?:\p{Lu}[\p{L}\p{N}-]* ){1,4})(?:\d{2,4} )?(?:military )?exercises?\b`)
	ledBy          = regexp.MustCompile(`[- ]led\b`)
)

// exercises reads a named exercise, who leads it and who takes part.
func exercises(s *sentence) {
	at := exerciseBefore.FindStringSubmatchIndex(s.text)
	if at == nil {
		at = exerciseAfter.FindStringSubmatchIndex(s.text)
	}
	if at == nil || s.denied(s.from+at[0]) {
		return
	}
	name := strings.TrimSpace(s.text[at[2]:at[3]])
	lead, led := mention{}, false
	if l := ledBy.FindStringIndex(s.text); l != nil {
		lead, led = s.adjective(s.from+l[0], 1)
	}
	if by, ok := s.partyAfter(s.from, "by"); !led && ok && ledBy.MatchString(s.text[:by.from-s.from]) {
		lead, led = by, true
	}
	parties := s.participants(span{s.from + at[2], s.from + at[3]})
	if len(parties) == 0 || name == "" {
		return
	}
	if !led && len(parties) == 1 {
		lead, led = mention{named: named{id: string(parties[0])}}, true
	}
	day, _ := s.dayNear(s.from + at[1])
	x := &record.Exercise{Lead: record.PartyID(lead.id), From: day.day}
	for _, id := range parties {
		if id != x.Lead {
			x.Participants = append(x.Participants, id)
		}
	}
	p := Proposal{Rule: "exercise", key: "exercise " + name, Parties: parties, Days: told(day), Claim: "Exercise " + name + " of " + s.r.nameList(parties)}
	if s.find(p.key) == nil {
		x.Common = s.common(record.KindExercise, name, name, day.day.String())
		if where, ok := s.placeAfter(s.from, s.to); ok {
			x.At = s.at(where)
			p.Places = []record.PlaceID{x.At}
		}
		p.Records = []record.Record{x}
		p.need(x, "lead", !led, "the sentence does not say who leads it")
		p.need(x, "from", day.day.IsZero(), "the sentence does not say when it was, or the day of publication is not known")
	}
	s.propose(p)
}

// participants are the parties of a sentence, but those in the name of the
// exercise and those where it is.
func (s *sentence) participants(name span) []record.PartyID {
	var ids []record.PartyID
	for _, m := range s.parties {
		located := slices.ContainsFunc(s.places, func(p mention) bool { return p.span == m.span })
		if !located && !(m.from < name.to && name.from < m.to) {
			ids = appendNew(ids, record.PartyID(m.id))
		}
	}
	return ids
}

var (
	troopNoun = regexp.MustCompile(`\b(?:troops|soldiers|personnel|servicemen|marines|paratroopers|battlegroup|battalion|brigade)\b`)
	roleWords = []struct {
		re   *regexp.Regexp
		role record.Role
	}{
		{regexp.MustCompile(`\b(?:on|at) (?:high )?(?:standby|stand-by|alert|readiness)\b`), record.Standby},
		{regexp.MustCompile(`\b(?:training|exercising|train|drilling)\b`), record.InTraining},
		{regexp.MustCompile(`\b(?:deployed|stationed|based|serving|garrisoned)\b`), record.Deployed},
	}
	wePattern = regexp.MustCompile(`\b[Ww]e(?:['’]ve|['’]re)?\b`)
)

// roleAt is a word of a role and where it stands.
type roleAt struct {
	span
	role record.Role
}

// troops reads whose troops are deployed, on standby or training, how many, and
// where.
func troops(s *sentence) {
	nouns := troopNoun.FindAllStringIndex(s.text, -1)
	for i, at := range nouns {
		end := len(s.text)
		if i+1 < len(nouns) {
			end = nouns[i+1][0]
		}
		by, ok := s.ownerOf(at[0])
		if !ok || s.denied(s.from+at[0]) {
			continue
		}
		roles := rolesIn(s.text[:end], at[1])
		for j, role := range roles {
			until := end
			if j+1 < len(roles) {
				until = roles[j+1].from
			}
			if !s.denied(s.from + role.from) {
				s.assignment(by, s.from+at[0], role, span{s.from + role.to, s.from + until}, j == 0)
			}
		}
	}
}

// ownerOf is the party whose troops stand at i: an adjective before them, or who
// says "we".
func (s *sentence) ownerOf(i int) (record.PartyID, bool) {
	if m, ok := s.adjective(s.from+i, 12); ok && (s.from+i-m.to <= 1 || !slices.Contains(placing, m.before)) {
		return record.PartyID(m.id), true
	}
	if wePattern.MatchString(s.text[:i]) && s.r.home() != "" {
		return s.r.home(), true
	}
	return "", false
}

func rolesIn(text string, from int) []roleAt {
	var all []roleAt
	for _, w := range roleWords {
		for _, m := range w.re.FindAllStringIndex(text, -1) {
			if m[0] >= from {
				all = append(all, roleAt{span{m[0], m[1]}, w.role})
			}
		}
	}
	slices.SortFunc(all, func(a, b roleAt) int { return a.from - b.from })
	return all
}

func (s *sentence) assignment(by record.PartyID, at int, role roleAt, reach span, counted bool) {
	where, ok := s.placeAfter(reach.from, reach.to)
	if !ok && role.role == record.Standby { // ready to defend a country
		for _, m := range s.parties {
			if ok = m.from >= reach.from && m.from < reach.to && m.country != "" && !m.person; ok {
				where = m.asPlace()
				break
			}
		}
	}
	if !ok {
		return
	}
	parties := []record.PartyID{by}
	for _, m := range s.parties {
		with := m.before == "with" || m.from >= reach.from && m.from < reach.to
		if with && m.from >= s.from+role.from && (m.country != "" || role.role == record.Standby) {
			parties = appendNew(parties, record.PartyID(m.id))
		}
	}
	p := Proposal{Rule: "troops", Parties: parties, key: fmt.Sprint("troops ", by, role.role, where.id)}
	if s.find(p.key) != nil {
		s.propose(p)
		return
	}
	name := s.r.nameList([]record.PartyID{by})
	u := &record.Unit{Type: "troops"}
	u.Common = s.common(record.KindUnit, "Troops of "+name+", "+where.name, string(by), "troops", where.id, string(role.role))
	u.By = by
	if f, ok := s.countOf(at); ok && counted {
		u.Strength = &f.value
		p.Figures = []string{strings.TrimSpace(f.said)}
		if f.about {
			u.Note = "The text says " + strings.TrimSpace(f.said) + "."
		}
	}
	a := &record.Assignment{Common: s.common(record.KindAssignment, "", string(by), where.id, string(role.role)), Unit: record.UnitID(u.ID), Role: role.role, At: s.at(where)}
	a.By = by
	p.Places = []record.PlaceID{a.At}
	s.since(&p, a, reach.from)
	p.need(a, "under", true, "the text does not say under which agreement")
	p.Claim = fmt.Sprintf("%s: troops %s, %s", name, role.role, where.name)
	p.Records = []record.Record{u, a}
	s.propose(p)
}

// since sets the first day of an assignment: a day that the sentence says, or, for
// what is the case when the text is published, that day.
func (s *sentence) since(p *Proposal, a *record.Assignment, at int) {
	if d, ok := s.dayNear(at); ok && !d.day.IsZero() {
		a.From = d.day
		p.Days = told(d)
		return
	}
	if a.Role != record.Standby && !s.r.cal.published.IsZero() {
		a.From = s.r.cal.published
		a.Note = "The text says that it is so when it is published; since when it does not say."
		p.Days = []Told{{"at the time of publication", a.From}}
		return
	}
	p.need(a, "from", true, "the text does not say since when")
}

// countOf is the figure that counts the noun at a position.
func (s *sentence) countOf(at int) (figure, bool) {
	for _, f := range s.figures {
		if f.to <= at && f.nounFrom <= at && at < f.nounTo {
			return f, true
		}
	}
	return figure{}, false
}
