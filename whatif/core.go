package whatif

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"entente/lp"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// RobustCore is what the plans for several futures have in common.
type RobustCore struct {
	Futures  []Future   `json:"futures"` // the base first
	Moves    []CoreMove `json:"moves"`   // what some plan does: most in common first
	Promises []Promise  `json:"promises"`
	Says     string     `json:"says"`
}

// Future is one scenario, and its plan.
type Future struct {
	Scenario record.ScenarioID `json:"scenario"` // empty for the base
	Title    string            `json:"title"`
	Coverage Coverage          `json:"coverage"`
}

// CoreMove is what the plans do with one record at one place. Quantities are
// sums from the start to a month.
type CoreMove struct {
	Verb     string            `json:"verb"`
	Record   string            `json:"record"`
	Party    record.PartyID    `json:"party"`
	Resource record.ResourceID `json:"resource,omitempty"`
	At       record.PlaceID    `json:"at,omitempty"`
	Use      record.Use        `json:"use,omitempty"` // of payments
	Unit     string            `json:"unit"`
	Base     float64           `json:"base"`   // what the base plan does in all
	Common   float64           `json:"common"` // what every plan does
	Most     float64           `json:"most"`   // what the plan that does most does
	Plans    int               `json:"plans"`  // that do any of it
	Without  []string          `json:"without,omitempty"`
	ByMonth  []CoreMonth       `json:"by_month"` // where what is common, or the base, grows
	Says     string            `json:"says"`
}

// CoreMonth is how much has been done by the end of a month.
type CoreMonth struct {
	Month  record.Month `json:"month"`
	Common float64      `json:"common"`
	Base   float64      `json:"base"`
}

// Promise is one record of which the base plan makes use, and how much of that
// every other plan makes too.
type Promise struct {
	Record string         `json:"record"`
	Name   string         `json:"name"`
	Party  record.PartyID `json:"party"`
	Unit   string         `json:"unit"`
	Base   float64        `json:"base"`
	Common float64        `json:"common"`
	Share  float64        `json:"share"` // of the base, 0 to 1
	From   record.Month   `json:"from"`  // the first month in which every plan has made use of it; 0 when none
	Says   string         `json:"says"`
}

// Core plans for the base and for every scenario, and finds what all the plans
// do: of each record, by each month, the least that any of them has done by
// then. What has been handed over already is no move. The plans are the
// cheapest and then the earliest among the best, each for itself; plans made to
// agree might have more in common.
//
// When the context is done, Core returns the core of the plans it has, with the
// error.
func Core(ctx context.Context, v *register.View, scenarios []*record.Scenario, solver lp.Solver, o plan.Options) (*RobustCore, error) {
	o.Brief, o.Prices, o.Relax = false, 0, false
	futures := []Future{{Title: "as things are"}}
	views := []*register.View{v}
	for _, s := range scenarios {
		after, err := Apply(v, s, o)
		if err != nil {
			return nil, err
		}
		title := s.Title
		if title == "" {
			title = s.ID
		}
		futures, views = append(futures, Future{Scenario: record.ScenarioID(s.ID), Title: title}), append(views, after)
	}
	plans := make([]*plan.Plan, len(views))
	err := parallel(ctx, len(views), func(ctx context.Context, i int) (err error) {
		plans[i], err = plan.Make(ctx, views[i], solver, o)
		return err
	})
	if plans[0] == nil {
		return nil, err
	}
	c := &RobustCore{Moves: []CoreMove{}, Promises: []Promise{}}
	var made []*plan.Plan
	for i, p := range plans {
		if p != nil {
			futures[i].Coverage = coverage(plans[0], p)
			c.Futures, made = append(c.Futures, futures[i]), append(made, p)
		}
	}
	c.moves(v, made)
	c.promises(v, made)
	c.Says = c.says()
	return c, err
}

// deed is what moves of several months and plans have in common.
type deed struct {
	verb, record string
	party        record.PartyID
	resource     record.ResourceID
	at           record.PlaceID
	use          record.Use
	unit         string
}

func deedOf(m plan.Move) deed {
	return deed{m.Verb, m.Record, m.Party, m.Resource, m.At, m.Use, m.Unit}
}

// sums adds up what each plan does by the end of each month.
func sums[K comparable](plans []*plan.Plan, key func(plan.Move) (K, bool)) (sums map[K][][]float64, order []K) {
	sums = map[K][][]float64{}
	for i, p := range plans {
		for _, m := range p.Moves {
			k, ok := key(m)
			if !ok || m.Handed {
				continue
			}
			if sums[k] == nil {
				order = append(order, k)
				sums[k] = make([][]float64, len(plans))
				for j := range plans {
					sums[k][j] = make([]float64, p.Months)
				}
			}
			for t := int(m.Month - p.Start); t < p.Months; t++ {
				sums[k][i][t] += m.Quantity
			}
		}
	}
	return sums, order
}

// least is what all have done by each month.
func least(byPlan [][]float64) []float64 {
	common := slices.Clone(byPlan[0])
	for _, sums := range byPlan[1:] {
		for t, q := range sums {
			common[t] = min(common[t], q)
		}
	}
	return common
}

func (c *RobustCore) moves(v *register.View, plans []*plan.Plan) {
	base := plans[0]
	all, order := sums(plans, func(m plan.Move) (deed, bool) { return deedOf(m), true })
	for _, d := range order {
		x := CoreMove{Verb: d.verb, Record: d.record, Party: d.party, Resource: d.resource, At: d.at, Use: d.use, Unit: d.unit, ByMonth: []CoreMonth{}}
		common := least(all[d])
		for i, sums := range all[d] {
			total := sums[len(sums)-1]
			x.Most = max(x.Most, total)
			if total > 0 {
				x.Plans++
			}
			if total <= 0 {
				x.Without = append(x.Without, c.Futures[i].Title)
			}
		}
		last := CoreMonth{}
		for t := range common {
			now := CoreMonth{base.Start + record.Month(t), rounded(common[t]), rounded(all[d][0][t])}
			if now.Common != last.Common || now.Base != last.Base {
				x.ByMonth = append(x.ByMonth, now)
			}
			last = now
		}
		x.Base, x.Common, x.Most = last.Base, last.Common, rounded(x.Most)
		x.Says = x.says(v, len(plans))
		c.Moves = append(c.Moves, x)
	}
	share := func(m CoreMove) float64 { return m.Common / max(m.Most, 1e-9) }
	slices.SortStableFunc(c.Moves, func(a, b CoreMove) int {
		return cmp.Or(cmp.Compare(share(b), share(a)), cmp.Compare(a.Verb, b.Verb), cmp.Compare(a.Record, b.Record), cmp.Compare(a.At, b.At), cmp.Compare(a.Use, b.Use))
	})
}

// says is the move as a sentence.
func (m CoreMove) says(v *register.View, plans int) string {
	thing := func(q float64) string {
		if m.Resource == "" {
			return quantityText(q, m.Unit)
		}
		return about(q) + " × " + v.Name(record.Key{Kind: record.KindResource, ID: string(m.Resource)})
	}
	whose, where := nameOfText(v, m.Record), ""
	if m.At != "" {
		where = " for " + v.Name(record.Key{Kind: record.KindPlace, ID: string(m.At)})
	}
	verb := strings.ToUpper(m.Verb[:1]) + m.Verb[1:]
	if m.Common <= 0 {
		return fmt.Sprintf("%s %s, of %s%s: in %d of %d plans, not in %s.", verb, thing(m.Most), whose, where, m.Plans, plans, shown(m.Without))
	}
	until := m.ByMonth[len(m.ByMonth)-1].Month
	for _, x := range slices.Backward(m.ByMonth) {
		if x.Common < m.Common {
			break
		}
		until = x.Month
	}
	text := fmt.Sprintf("%s %s, of %s%s, by %s: every plan does", verb, thing(m.Common), whose, where, until.Text())
	if m.Most > m.Common {
		text += ", and some up to " + thing(m.Most)
	}
	return text + "."
}

// promises says of each record how much of its use is safe. Payments count by
// fund, whatever they are for.
func (c *RobustCore) promises(v *register.View, plans []*plan.Plan) {
	type use struct {
		record string
		party  record.PartyID
		unit   string
	}
	all, order := sums(plans, func(m plan.Move) (use, bool) { return use{m.Record, m.Party, m.Unit}, true })
	for _, u := range order {
		common, base := least(all[u]), all[u][0]
		p := Promise{Record: u.record, Name: nameOfText(v, u.record), Party: u.party, Unit: u.unit, Base: rounded(base[len(base)-1]), Common: rounded(common[len(common)-1])}
		if p.Base == 0 {
			continue // only some other plan makes use of it
		}
		p.Share = min(1, p.Common/p.Base)
		for t, q := range common {
			if rounded(q) > 0 {
				p.From = plans[0].Start + record.Month(t)
				break
			}
		}
		switch who := nameOf(v, p.Party); {
		case p.Common == 0:
			p.Says = fmt.Sprintf("%s (%s) is not safe to act on: some plan makes no use of it.", p.Name, who)
		case p.Share > 0.999:
			p.Says = fmt.Sprintf("%s (%s) is safe to act on from %s: every plan makes use of %s, as the base does.", p.Name, who, p.From.Text(), quantityText(p.Common, p.Unit))
		default:
			p.Says = fmt.Sprintf("%s (%s) is safe to act on from %s as far as %s of %s.", p.Name, who, p.From.Text(), quantityText(p.Common, p.Unit), quantityText(p.Base, p.Unit))
		}
		c.Promises = append(c.Promises, p)
	}
	slices.SortStableFunc(c.Promises, func(a, b Promise) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Record, b.Record))
	})
}

func (c *RobustCore) says() string {
	safe, partly := 0, 0
	for _, p := range c.Promises {
		switch {
		case p.Share > 0.999:
			safe++
		case p.Common > 0:
			partly++
		}
	}
	return fmt.Sprintf("Of %d promises that the base plan makes use of, %d are safe to act on in full in all %d futures, %d in part, and %d are not.",
		len(c.Promises), safe, len(c.Futures), partly, len(c.Promises)-safe-partly)
}

// nameOfText is the name of a record that a plan names by its key.
func nameOfText(v *register.View, key string) string {
	kind, id, _ := strings.Cut(key, "/")
	return v.Name(record.Key{Kind: record.Kind(kind), ID: id})
}

// quantityText is a quantity with its unit: 3 guns, 1.2 million EUR.
func quantityText(q float64, unit string) string {
	switch {
	case unit == "EUR":
		return eurosText(q)
	case q == 1 || unit == "":
		return strings.TrimSpace(about(q) + " " + unit)
	}
	head, tail := unit, ""
	for _, link := range []string{" a ", " of ", " in "} { // seats a month, fire units in action
		if h, t, ok := strings.Cut(head, link); ok {
			head, tail = h, link+t+tail
		}
	}
	if !strings.HasSuffix(head, "aircraft") && !strings.HasSuffix(head, "s") {
		switch {
		case strings.HasSuffix(head, "person"):
			head = strings.TrimSuffix(head, "person") + "people"
		case strings.HasSuffix(head, "y") && !strings.HasSuffix(head, "ay"):
			head = strings.TrimSuffix(head, "y") + "ies"
		default:
			head += "s"
		}
	}
	return about(q) + " " + head + tail
}

// eurosText is an amount of euros that one can say.
func eurosText(q float64) string {
	switch {
	case q >= 999.95e6:
		return fmt.Sprintf("%.2f billion EUR", q/1e9)
	case q >= 0.05e6:
		return fmt.Sprintf("%.1f million EUR", q/1e6)
	}
	return fmt.Sprintf("%.0f EUR", q)
}
