package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"entente/plan"
	"entente/record"
	"entente/register"
)

// Plan is a plan, ready to be drawn.
type Plan struct {
	Title     string // whose register, which months
	Headline  string // the finding
	More      []string
	Facts     []Fact
	Start     record.Month
	Coverage  Strip // share of the weighted need of each month
	Equipment Strip // what equipment and supply alone would suggest
	Needs     []Need
	Doings    Table // who does what, and when
	Prices    Table
	Help      Table // what would help most; drawn where it was asked for
	Leftovers Table
	Funds     Table
	Omissions Table
}

// Need is what becomes of one need, ready to be drawn.
type Need struct {
	ID       string
	Title    string
	Where    string // place, and for whom
	Unit     string
	Priority int
	Says     string // covered of needed, in words
	Share    float64
	Met      string // first month in which all that is needed is there, or "never"
	Steady   bool   // met, and from then on in every month
	Asks     bool   // something is needed in the months of the plan
	Leg      string // what holds it back in most of its short months
	HeldBy   string // the leg, and the resource
	Tone     Tone
	Lost     float64 // coverage points that its shortfall costs
	Months   Months
	Strip    Strip
	Why      []string
	Feeds    Table
	Help     Table // what would help it; drawn where it was asked for
	Helps    []string
}

// NeedMonth is one need in one month: what is asked, what is there, and what
// each leg alone would allow. A leg that allows more than is needed is cut off
// at the need.
type NeedMonth struct {
	Month                             record.Month
	Needed, Covered                   float64
	EquipmentLeg, PeopleLeg, MoneyLeg float64
	HeldBy                            string
}

// OfPlan draws p, which was made from v.
func OfPlan(v *register.View, p *plan.Plan) Plan {
	d := drawer{v, p}
	r := Plan{
		Title:     d.title(),
		Start:     p.Start,
		Coverage:  d.byMonth(func(m plan.NeedMonth) float64 { return m.Covered }),
		Equipment: d.byMonth(func(m plan.NeedMonth) float64 { return allows(m, m.Legs.Equipment) }),
		Facts:     d.facts(),
		Doings:    d.doings(),
		Prices:    d.prices(),
		Help:      d.help(p.Relaxations),
		Leftovers: d.leftovers(),
		Funds:     d.funds(),
		Omissions: d.omissions(),
	}
	for _, n := range p.Needs {
		r.Needs = append(r.Needs, d.need(n))
	}
	r.Headline = d.headline(r.Needs)
	r.More = d.more(r)
	return r
}

type drawer struct {
	v *register.View
	p *plan.Plan
}

func (d drawer) last() record.Month { return d.p.Start + record.Month(max(d.p.Months, 1)-1) }

func (d drawer) title() string {
	span := fmt.Sprintf("%s to %s", d.p.Start.Text(), d.last().Text())
	if d.p.Register.Title == "" {
		return "Plan for " + span
	}
	return d.p.Register.Title + ": plan for " + span
}

// headline says how much is covered, how many needs are met, and what holds
// back the others.
func (d drawer) headline(needs []Need) string {
	asked, met, lost := 0, 0, 0
	held := map[string]int{}
	for _, n := range needs {
		switch {
		case !n.Asks:
			continue
		case n.Steady:
			met++
		default:
			if n.Met != "" {
				lost++
			}
			held[n.Leg]++
		}
		asked++
	}
	if asked == 0 {
		return "Nothing is needed in these months."
	}
	says := fmt.Sprintf("Coverage %s of 100 points. %s by %s", Score(d.p.Points), metSentence(met, asked), d.last().Text())
	if lost > 0 {
		says += fmt.Sprintf(", %d more for a time", lost)
	}
	if why := heldSentence(held); why != "" {
		says += "; " + why
	}
	return says + "."
}

func metSentence(met, asked int) string {
	switch {
	case met == asked && asked == 1:
		return "The one need is met"
	case met == asked:
		return "All " + Number(float64(asked)) + " needs are met"
	case met == 0 && asked == 1:
		return "The one need is not met"
	case met == 0:
		return "None of " + Number(float64(asked)) + " needs is met"
	case met == 1:
		return "1 of " + Number(float64(asked)) + " needs is met"
	}
	return fmt.Sprintf("%d of %d needs are met", met, asked)
}

// heldSentence counts what holds needs back, the most frequent first.
func heldSentence(held map[string]int) string {
	legs := make([]string, 0, len(held))
	for leg := range held {
		legs = append(legs, leg)
	}
	slices.SortFunc(legs, func(a, b string) int { return cmp.Or(held[b]-held[a], strings.Compare(a, b)) })
	var parts []string
	for i, leg := range legs {
		switch hold := holds(leg); {
		case leg == "":
			parts = append(parts, fmt.Sprintf("for %d no single leg is to blame", held[leg]))
		case i == 0:
			parts = append(parts, fmt.Sprintf("%s back %d", hold, held[leg]))
		default:
			parts = append(parts, fmt.Sprintf("%s %d", leg, held[leg]))
		}
	}
	return strings.Join(parts, ", ")
}

func holds(leg string) string {
	if leg == string(record.People) || leg == forces {
		return leg + " hold"
	}
	return leg + " holds"
}

// more is what a reader should know right after the headline.
func (d drawer) more(r Plan) []string {
	var says []string
	if e, ok := d.equipmentPoints(); ok && e > d.p.Points+0.5 {
		says = append(says, fmt.Sprintf("Equipment alone would suggest %s points; what is missing beside it is trained people and money.", Score(e)))
	}
	if d.p.CostEUR >= 0.5 {
		says = append(says, "The plan spends "+Euro(d.p.CostEUR)+".")
	}
	if drop := d.drop(r.Coverage); drop != "" {
		says = append(says, drop)
	}
	if slices.ContainsFunc(r.Needs, func(n Need) bool { return n.Asks }) {
		says = append(says, d.proof())
		says = append(says, d.wishes()...)
	}
	estimated := 0
	for _, n := range d.p.Needs {
		if n.Estimated {
			estimated++
		}
	}
	if estimated == len(d.p.Needs) && estimated > 1 {
		says = append(says, "All needs rest on estimates, not on what a party has stated.")
	} else if estimated > 0 {
		says = append(says, Count(estimated, "need rests", "needs rest")+" on estimates, not on what a party has stated.")
	}
	return says
}

// wishes says what the plan was asked for beside the most coverage.
func (d drawer) wishes() []string {
	var says []string
	if d.p.Whole {
		says = append(says, "What is whole is given in whole numbers.")
	}
	if d.p.Fair {
		says = append(says, "Of the plans that cover as much, it is one that asks least of the party that gives the largest share of its GDP.")
	}
	return says
}

// dropMin is a fall of coverage from one month to the next that a reader should
// know of.
const dropMin = 0.05

// drop tells the largest fall of coverage, and the need behind most of it.
func (d drawer) drop(coverage Strip) string {
	at, worst := 0, dropMin
	for i := 1; i < len(coverage); i++ {
		if coverage[i] >= 0 && coverage[i-1]-coverage[i] > worst {
			at, worst = i, coverage[i-1]-coverage[i]
		}
	}
	if at == 0 {
		return ""
	}
	says := fmt.Sprintf("Coverage falls from %s to %s in %s", Percent(coverage[at-1]), Percent(coverage[at]), (d.p.Start + record.Month(at)).Text())
	var loser *plan.Need
	most := 0.0
	for i, n := range d.p.Needs {
		if at >= len(n.Months) {
			continue
		}
		before, after := n.Months[at-1], n.Months[at]
		if lost := n.Weight * ((after.Needed - after.Covered) - (before.Needed - before.Covered)); lost > most {
			most, loser = lost, &d.p.Needs[i]
		}
	}
	if loser == nil {
		return says + "."
	}
	says += ", most of it in " + cmp.Or(loser.Title, string(loser.ID))
	if held := loser.Months[at].HeldBy; held != "" {
		says += " (" + d.holder(held) + ")"
	}
	return says + "."
}

// proof says how good the plan is known to be.
func (d drawer) proof() string {
	bounded := !math.IsInf(d.p.Bound, 0) && !math.IsNaN(d.p.Bound) && d.p.PointValue > 0
	stopped := map[string]string{"timed out": "The time limit ended the search", "cancelled": "The search was broken off"}[d.p.Status]
	if stopped == "" && d.p.Status != optimal {
		stopped = "The search ended without a proof"
	}
	switch {
	case stopped != "" && bounded && !d.p.Strict:
		return fmt.Sprintf("%s: this plan is within %s of the best possible, which covers no more than %s points; with more time a better one may be found.",
			stopped, within(d.p.Gap), Points(d.p.Bound/d.p.PointValue))
	case stopped != "":
		return stopped + ": with more time a better plan may be found."
	case d.p.Strict:
		return "Priorities were served one after the other: nothing more can be covered of one without taking from a more urgent one. What one more would be worth is told for the plan that weighs all priorities together."
	case d.p.Gap <= proved:
		return "No plan from these records can cover more: it is proved optimal."
	}
	return fmt.Sprintf("No plan from these records can cover much more: this one is within %s of the best possible.", within(d.p.Gap))
}

const (
	optimal = "optimal" // the status of a plan whose search came to its end
	proved  = 1e-7      // a gap below which a plan is the best there is
)

// within is a gap for people, rounded up so that it never claims too much.
func within(gap float64) string {
	gap = max(gap, 1e-5)
	scale := math.Pow(10, 1-math.Floor(math.Log10(gap*100)))
	return Number(math.Ceil(gap*100*scale-1e-9)/scale) + thin + "%"
}

// equipmentPoints is the coverage if only equipment and supply were asked for.
func (d drawer) equipmentPoints() (points float64, ok bool) {
	asked, there := 0.0, 0.0
	for _, n := range d.p.Needs {
		worth := n.Weight
		for _, m := range n.Months {
			asked += worth * m.Needed
			there += worth * allows(m, m.Legs.Equipment)
			worth *= d.p.Discount
		}
	}
	if asked == 0 {
		return 0, false
	}
	return 100 * there / asked, true
}

func (d drawer) byMonth(of func(plan.NeedMonth) float64) Strip {
	asked, there := make([]float64, d.p.Months), make([]float64, d.p.Months)
	for _, n := range d.p.Needs {
		for i, m := range n.Months {
			if i < d.p.Months {
				asked[i] += n.Weight * m.Needed
				there[i] += n.Weight * of(m)
			}
		}
	}
	s := make(Strip, d.p.Months)
	for i := range s {
		s[i] = share(there[i], asked[i])
	}
	return s
}

func (d drawer) facts() []Fact {
	head := d.p.Register.Head
	if len(head) > 12 {
		head = head[:12]
	}
	facts := []Fact{
		{"As of", d.p.Register.AsOf},
		{"Seen by", d.p.Register.Reader},
		{"Counts from rung", d.p.Rung},
		{"Register", fmt.Sprintf("%s, %s", head, Count(d.p.Register.Records, "record", "records"))},
		{"Score", fmt.Sprintf("%s, of at most %s", Number(d.p.Objective), Number(d.p.Bound))},
	}
	return append(facts, releaseFacts(d.p.Register.Release)...)
}

func (d drawer) need(n plan.Need) Need {
	r := Need{
		ID:       string(n.ID),
		Title:    cmp.Or(n.Title, string(n.ID)),
		Where:    d.name(record.KindPlace, string(n.At)),
		Unit:     n.Unit,
		Priority: n.Priority,
		Share:    share(n.Covered, n.Needed),
		Asks:     n.Needed > 1e-9,
		Met:      n.FirstMet,
		Leg:      legOf(n),
		HeldBy:   d.heldBy(n),
		Tone:     ToneOf(record.Leg(n.HeldBy)),
		Why:      allSpaced(n.Why),
		Feeds:    d.feeds(n),
		Help:     d.helpOf(n),
		Helps:    helpSentences(n),
	}
	if n.For != "" && !strings.Contains(r.Where, d.name(record.KindParty, string(n.For))) {
		r.Where += ", for " + d.name(record.KindParty, string(n.For))
	}
	r.Says = fmt.Sprintf("%s of %s unit-months", Number(n.Covered), Number(n.Needed))
	r.Steady = n.FirstMet != ""
	first, err := record.ParseMonth(n.FirstMet)
	worth := n.Weight
	for _, m := range n.Months {
		r.Strip = append(r.Strip, share(m.Covered, m.Needed))
		r.Months = append(r.Months, NeedMonth{m.Month, m.Needed, m.Covered,
			allows(m, m.Legs.Equipment), allows(m, m.Legs.People), allows(m, m.Legs.Money), d.holder(m.HeldBy)})
		if err == nil && m.Month >= first && r.Months[len(r.Months)-1].short() {
			r.Steady = false
		}
		r.Lost += worth * max(m.Needed-m.Covered, 0)
		worth *= d.p.Discount
	}
	if d.p.PointValue > 0 {
		r.Lost /= d.p.PointValue
	}
	return r
}

// legOf is the leg that holds n back, or forces.
func legOf(n plan.Need) string {
	if n.HeldBy == string(record.People) && worstHold(n) == n.HeldBy && len(n.Months) > 0 {
		return forces
	}
	return n.HeldBy
}

// allows is what a leg alone would allow of a need in a month. What is covered
// shows that it allows at least that much, even where the best use of the leg
// alone would have been elsewhere.
func allows(m plan.NeedMonth, leg float64) float64 { return max(min(leg, m.Needed), m.Covered) }

// heldBy names the leg that holds n back, and the resource of that leg which
// is behind most of the shortfall.
func (d drawer) heldBy(n plan.Need) string { return d.holder(worstHold(n)) }

// worstHold is, of what the leg that holds n back is short of, what is behind
// most of the shortfall.
func worstHold(n plan.Need) string {
	if n.HeldBy == "" {
		return ""
	}
	short := map[string]float64{}
	for _, m := range n.Months {
		if m.HeldBy == n.HeldBy || strings.HasPrefix(m.HeldBy, n.HeldBy+": ") {
			short[m.HeldBy] += m.Needed - m.Covered
		}
	}
	worst := ""
	for _, h := range slices.Sorted(maps.Keys(short)) {
		if worst == "" || short[h] > short[worst] {
			worst = h
		}
	}
	return cmp.Or(worst, n.HeldBy)
}

// forces is what holds back a need that only units can serve: people without a
// resource.
const forces = "forces"

// holder puts what holds a need in a month in words, the resource's name in the
// place of its id.
func (d drawer) holder(held string) string {
	leg, resource, ok := strings.Cut(held, ": ")
	switch {
	case held == string(record.People):
		return forces
	case !ok:
		return held
	case leg == string(record.Funding):
		return leg + ", for " + d.name(record.KindResource, resource)
	}
	return leg + ": " + d.name(record.KindResource, resource)
}

func (d drawer) name(k record.Kind, id string) string {
	if id == "" {
		return ""
	}
	return d.v.Name(record.Key{Kind: k, ID: id})
}

// of names the record behind a Kind/id.
func (d drawer) of(key string) string {
	kind, id, ok := strings.Cut(key, "/")
	if !ok {
		return key
	}
	return d.name(record.Kind(kind), id)
}

func (d drawer) party(id record.PartyID) string { return orDash(d.name(record.KindParty, string(id))) }

func (d drawer) resource(id string) string {
	if id == "EUR" {
		return "money"
	}
	return d.name(record.KindResource, id)
}

func (d drawer) feeds(n plan.Need) Table {
	t := Table{
		Title: "What feeds it: " + Count(len(n.FedBy), "record", "records"),
		Heads: []Head{{Name: "Record"}, {Name: "What it is", Brief: true}, {Name: "By"}, {Name: "Gives"}, {Name: "First"}},
		Empty: "Nothing feeds it.",
	}
	for _, f := range n.FedBy {
		t.Rows = append(t.Rows, []Cell{Text(f.Record), Text(d.of(f.Record)), Text(d.party(f.Party)), Text(d.fed(f)), Text(f.First.Text())})
	}
	if len(n.FedBy) == 0 {
		t.Title = "What feeds it"
	}
	return t
}

// fed is a quantity with what it is of.
func (d drawer) fed(f plan.Feed) string {
	switch {
	case f.Unit == "EUR":
		return Euro(f.Quantity)
	case f.Resource == "":
		return Number(f.Quantity) + " unit-months of " + f.Unit
	}
	return d.much(f.Quantity, string(f.Resource), f.Unit)
}

// much is a quantity of a resource, with the unit where the name does not say it.
func (d drawer) much(q float64, resource, unit string) string {
	if resource == "EUR" || unit == "EUR" {
		return Euro(q)
	}
	name := d.resource(resource)
	if name == "" {
		return Number(q) + " " + plan.Plural(unit, q)
	}
	return Number(q) + " × " + name
}

// doings gathers the moves by who makes them with what: a plan of a thousand
// moves is a hundred things that somebody does for a while.
func (d drawer) doings() Table {
	type doing struct {
		plan.Move
		last  record.Month
		total float64
		to    []string
	}
	type key struct{ verb, record string }
	var order []*doing
	found := map[key]*doing{}
	for _, m := range d.p.Moves {
		k := key{m.Verb, m.Record}
		g := found[k]
		if g == nil {
			g = &doing{Move: m, last: m.Month}
			found[k] = g
			order = append(order, g)
		}
		g.total += m.Quantity
		g.Month, g.last = min(g.Month, m.Month), max(g.last, m.Month)
		if to := d.destination(m); to != "" && !slices.Contains(g.to, to) {
			g.to = append(g.to, to)
		}
	}
	slices.SortStableFunc(order, func(a, b *doing) int { return int(a.Month - b.Month) })
	t := Table{
		Title: "Who does what: " + Count(len(d.p.Moves), "move", "moves") + " from " + Count(len(order), "record", "records"),
		Heads: []Head{{Name: "When"}, {Name: "Who"}, {Name: "Does"}, {Name: "With"}, {Name: "To", Brief: true}},
		Empty: "The plan asks nobody to do anything.",
	}
	for _, g := range order {
		when := g.Month.Text()
		if g.last != g.Month {
			when += " to " + g.last.Text()
		}
		t.Rows = append(t.Rows, []Cell{Text(when), Text(d.party(g.Party)), Text(d.does(g.Move, g.total)), Text(d.of(g.Record)), Text(orDash(Few(g.to, 2)))})
	}
	return t
}

func (d drawer) does(m plan.Move, total float64) string {
	switch m.Verb {
	case plan.Pay:
		return "pays " + Euro(total)
	case plan.Deploy:
		return "deploys for " + Count(int(math.Round(total)), "tour", "tours")
	}
	verb := map[string]string{plan.Ship: "ships", plan.Buy: "buys", plan.Train: "trains"}[m.Verb]
	return cmp.Or(verb, m.Verb) + " " + Number(total) + " × " + cmp.Or(d.resource(string(m.Resource)), m.Unit)
}

func (d drawer) destination(m plan.Move) string {
	if m.At != "" {
		return d.name(record.KindPlace, string(m.At))
	}
	if m.Need != "" {
		return d.name(record.KindNeed, string(m.Need))
	}
	return ""
}

func (d drawer) leftovers() Table {
	t := Table{
		Title: "Offered and not used: " + Count(len(d.p.Leftovers), "offer", "offers"),
		Heads: []Head{{Name: "Record"}, {Name: "By", Brief: true}, {Name: "Left", Numeric: true}, {Name: "Of", Numeric: true}, {Name: "What"}, {Name: "Why"}},
		Empty: "Everything that is offered is used.",
	}
	for _, l := range d.p.Leftovers {
		left, of := Number(l.Left), Number(l.Offered)
		if l.Resource == "EUR" {
			left, of = Euro(l.Left), Euro(l.Offered)
		}
		t.Rows = append(t.Rows, []Cell{Text(d.of(l.Record)), Text(d.party(l.Party)), Text(left), Text(of), Text(d.resource(l.Resource)), Text(spaced(l.Why))})
	}
	return t
}

func (d drawer) funds() Table {
	in, out, lapsed := 0.0, 0.0, 0.0
	t := Table{
		Heads: []Head{{Name: "Fund"}, {Name: "In", Numeric: true}, {Name: "Out", Numeric: true}, {Name: "Left", Numeric: true}, {Name: "Lapsed", Numeric: true}},
		Empty: "There is no fund.",
	}
	for _, f := range d.p.Funds {
		in, out, lapsed = in+f.In, out+f.Out, lapsed+f.Lapsed
		late := Text(Euro(f.Lapsed))
		if f.Lapsed >= 0.5 {
			late.Tone = Bad
		}
		t.Rows = append(t.Rows, []Cell{Text(d.name(record.KindFund, string(f.Fund))), Text(Euro(f.In)), Text(Euro(f.Out)), Text(Euro(f.Left)), late})
	}
	t.Title = fmt.Sprintf("Money: %s of %s is spent", Euro(out), Euro(in))
	if lapsed >= 0.5 {
		t.Title += ", and " + Euro(lapsed) + " lapses"
	}
	return t
}

func (d drawer) omissions() Table {
	t := Table{
		Title: "Not counted: " + Count(len(d.p.Omissions), "record", "records"),
		Heads: []Head{{Name: "Record"}, {Name: "Why"}},
		Empty: "Every record that could count does.",
	}
	for _, o := range d.p.Omissions {
		t.Rows = append(t.Rows, []Cell{Text(o.Record), Text(spaced(o.Says))})
	}
	return t
}
