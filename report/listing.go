package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"entente/record"
	"entente/register"
)

// listings says which facts of each kind are worth a column. A new kind needs a
// line here.
var listings = map[record.Kind]struct {
	heads string // one word a column; # before it for numbers
	cells func(lister, record.Record) []string
}{
	record.KindParty:      {"Name|Type|#Members|#Pledges", lister.ofParty},
	record.KindPlace:      {"Name|Country|Within|#Needs", lister.ofPlace},
	record.KindDocument:   {"Title|Publisher|Published|Text|#Cited", lister.ofDocument},
	record.KindAgreement:  {"Title|Type|Stage|Since|#Parties", lister.ofAgreement},
	record.KindResource:   {"Name|Leg|Unit|#Price", lister.ofResource},
	record.KindCapability: {"Name|One unit is|#Running a month", lister.ofCapability},
	record.KindNeed:       {"What|Where|When|#At most|#Priority", lister.ofNeed},
	record.KindPledge:     {"By|To|#How much|What|From|Rung", lister.ofPledge},
	record.KindProduction: {"By|Resource|#A month|#Price|#Lead", lister.ofProduction},
	record.KindProgramme:  {"By|Trains|#Seats|#Months|When", lister.ofProgramme},
	record.KindFund:       {"Title|Manager|Pays for|#Pledges", lister.ofFund},
	record.KindUnit:       {"Name|By|Type|Gives|#Notice|#Promises", lister.ofUnit},
	record.KindAssignment: {"Unit|Under|Role|When|#Share", lister.ofAssignment},
	record.KindExercise:   {"Title|Lead|Where|When", lister.ofExercise},
	record.KindIncident:   {"What|On|#Severity", lister.ofIncident},
	record.KindMeeting:    {"Title|On|Where|#Decisions|#Done", lister.ofMeeting},
	record.KindTarget:     {"For|Measure|#Promised|By", lister.ofTarget},
	record.KindRate:       {"Currency|#For one euro|On", lister.ofRate},
	record.KindScenario:   {"Title|#Changes|Stacks on", lister.ofScenario},
}

// OfKind lists the records of one kind with the facts that matter most.
func OfKind(v *register.View, k record.Kind) Table {
	t, row := KindTable(v, k)
	for _, r := range v.OfKind(k) {
		t.Rows = append(t.Rows, row(r))
	}
	return t
}

// KindTable is OfKind without its rows, and what makes the row of a record: for
// whoever shows a part of them.
func KindTable(v *register.View, k record.Kind) (t Table, row func(record.Record) []Cell) {
	spec, ok := listings[k]
	if !ok {
		panic("report: kind without listing: " + string(k))
	}
	t = Table{Title: Count(len(v.OfKind(k)), "record", "records") + " of kind " + string(k), Heads: []Head{{Name: "Id"}}, Empty: "There is none."}
	for name := range strings.SplitSeq(spec.heads, "|") {
		name, numeric := strings.CutPrefix(name, "#")
		t.Heads = append(t.Heads, Head{Name: name, Numeric: numeric})
	}
	return t, func(r record.Record) []Cell {
		row := []Cell{Text(r.Key().ID)}
		for _, c := range spec.cells(lister{v}, r) {
			row = append(row, Text(orDash(c)))
		}
		return row
	}
}

type lister struct{ v *register.View }

func (l lister) name(k record.Kind, id string) string {
	if id == "" {
		return ""
	}
	return l.v.Name(record.Key{Kind: k, ID: id})
}

// referring counts the records of a kind that refer to r.
func (l lister) referring(r record.Record, k record.Kind) string {
	n := 0
	for _, from := range l.v.Referring(r.Key()) {
		if from.Key().Kind == k {
			n++
		}
	}
	return Number(float64(n))
}

func (l lister) ofParty(r record.Record) []string {
	p := r.(*record.Party)
	members := ""
	if len(p.Members) > 0 {
		members = Number(float64(len(p.Members)))
	}
	given := 0
	for _, from := range l.v.Referring(r.Key()) {
		if pledge, ok := from.(*record.Pledge); ok && string(pledge.By) == p.ID {
			given++
		}
	}
	return []string{p.Name, string(p.Type), members, Number(float64(given))}
}

func (l lister) ofPlace(r record.Record) []string {
	p := r.(*record.Place)
	return []string{p.Name, string(p.Country), l.name(record.KindPlace, string(p.Within)), l.referring(r, record.KindNeed)}
}

func (l lister) ofDocument(r record.Record) []string {
	d := r.(*record.Document)
	held := "not held"
	if text, ok := l.v.Text(record.DocumentID(d.ID)); ok && text.Fault == "" {
		held = "held"
	}
	return []string{d.Name(), d.Publisher, d.Published.String(), held, Number(float64(len(l.v.Referring(r.Key()))))}
}

func (l lister) ofAgreement(r record.Record) []string {
	a := r.(*record.Agreement)
	stage, since := l.v.Stage(a)
	return []string{a.Name(), a.Type, string(stage), since.String(), Number(float64(len(a.Parties)))}
}

func (l lister) ofResource(r record.Record) []string {
	x := r.(*record.Resource)
	price := ""
	if x.Price != nil {
		price = Cash(*x.Price)
	}
	return []string{x.Name, string(x.Leg), x.Unit, price}
}

func (l lister) ofCapability(r record.Record) []string {
	c := r.(*record.Capability)
	parts := l.recipe(c.Stock, "")
	parts = append(parts, l.recipe(c.Monthly, " a month")...)
	running := ""
	if c.Running != nil {
		running = Cash(*c.Running)
	}
	return []string{c.Name, strings.Join(parts, ", "), running}
}

func (l lister) recipe(of map[record.ResourceID]float64, per string) []string {
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, fmt.Sprintf("%s %s%s", Number(of[id]), l.name(record.KindResource, string(id)), per))
	}
	return parts
}

func (l lister) ofNeed(r record.Record) []string {
	n := r.(*record.Need)
	most := record.Number{}
	for _, s := range n.Quantity {
		if s.Quantity.Max >= most.Max {
			most = s.Quantity
		}
	}
	return []string{l.name(record.KindCapability, string(n.Capability)), l.name(record.KindPlace, string(n.At)), Span(n.From, n.To), Range(most), Number(float64(n.Priority))}
}

func (l lister) ofPledge(r record.Record) []string {
	p := r.(*record.Pledge)
	much, what := Range(register.Quantity(p)), l.name(record.KindResource, string(p.Resource))
	if p.Amount != nil {
		much, what = Amount(*p.Amount), "into "+l.name(record.KindFund, string(p.Into))
	}
	from := p.From.String()
	if from == "" && len(p.Schedule) > 0 {
		from = p.Schedule[0].On.String()
	}
	return []string{string(p.By), string(p.To), much, what, from, l.v.Rung(p).String()}
}

func (l lister) ofProduction(r record.Record) []string {
	p := r.(*record.Production)
	return []string{string(p.By), l.name(record.KindResource, string(p.Resource)), Range(p.PerMonth), Cash(p.Price), Count(p.Lead, "month", "months")}
}

func (l lister) ofProgramme(r record.Record) []string {
	p := r.(*record.Programme)
	return []string{string(p.By), l.name(record.KindResource, string(p.Trains)), Range(p.Seats), Number(float64(p.Months)), Span(p.From, p.To)}
}

func (l lister) ofFund(r record.Record) []string {
	f := r.(*record.Fund)
	uses := make([]string, len(f.Uses))
	for i, u := range f.Uses {
		uses[i] = string(u)
	}
	return []string{f.Name(), string(f.Manager), List(uses), l.referring(r, record.KindPledge)}
}

func (l lister) ofUnit(r record.Record) []string {
	u := r.(*record.Unit)
	var gives []string
	for _, id := range slices.Sorted(maps.Keys(u.Gives)) {
		gives = append(gives, fmt.Sprintf("%s %s", Number(u.Gives[id]), l.name(record.KindCapability, string(id))))
	}
	return []string{u.Name(), string(u.By), u.Type, strings.Join(gives, ", "), Count(u.Notice, "day", "days"), l.referring(r, record.KindAssignment)}
}

func (l lister) ofAssignment(r record.Record) []string {
	a := r.(*record.Assignment)
	share := 1.0
	if a.Share != nil {
		share = *a.Share
	}
	return []string{l.name(record.KindUnit, string(a.Unit)), l.name(record.KindAgreement, string(a.Under)), string(a.Role), Span(a.From, a.To), Percent(share)}
}

func (l lister) ofExercise(r record.Record) []string {
	e := r.(*record.Exercise)
	return []string{e.Name(), string(e.Lead), l.name(record.KindPlace, string(e.At)), Span(e.From, e.To)}
}

func (l lister) ofIncident(r record.Record) []string {
	i := r.(*record.Incident)
	severity := ""
	if i.Severity > 0 {
		severity = Number(float64(i.Severity))
	}
	return []string{i.What, i.On.String(), severity}
}

func (l lister) ofMeeting(r record.Record) []string {
	m := r.(*record.Meeting)
	done := 0
	for _, d := range m.Decisions {
		if !d.Done.IsZero() {
			done++
		}
	}
	return []string{m.Name(), m.On.String(), l.name(record.KindPlace, string(m.At)), Number(float64(len(m.Decisions))), Number(float64(done))}
}

func (l lister) ofTarget(r record.Record) []string {
	t := r.(*record.Target)
	promised := ""
	switch {
	case t.AtLeast != nil:
		promised = "at least " + t.AtLeast.String()
	case t.AtMost != nil:
		promised = "at most " + t.AtMost.String()
	}
	return []string{string(t.For), t.Measure, promised, t.Due.String()}
}

func (l lister) ofRate(r record.Record) []string {
	x := r.(*record.Rate)
	return []string{string(x.Currency), x.PerEUR.String(), x.On.String()}
}

func (l lister) ofScenario(r record.Record) []string {
	s := r.(*record.Scenario)
	return []string{s.Name(), Number(float64(len(s.Changes))), string(s.Stacks)}
}
