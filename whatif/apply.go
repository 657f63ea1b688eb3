package whatif

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"entente/plan"
	"entente/record"
	"entente/register"
)

// Error is a scenario that cannot be applied: which, where in it, what is
// wrong, and what to do.
type Error struct {
	Scenario record.ScenarioID
	Change   int    // counted from 1; 0 is the scenario itself
	Says     string // a sentence
	Fix      string // the remedy
}

// Error is the one line that people read.
func (e *Error) Error() string {
	where := fmt.Sprintf("scenario %s", e.Scenario)
	if e.Change > 0 {
		where += fmt.Sprintf(", change %d", e.Change)
	}
	return where + ": " + e.Says + "; " + e.Fix
}

// Withdraw is the scenario in which a party gives nothing more from a day on;
// the zero day is the start of the plan. What it has handed over stays.
func Withdraw(party record.PartyID, from record.Day) *record.Scenario {
	return &record.Scenario{
		Common:  record.Common{Kind: record.KindScenario, ID: "without-" + strings.ToLower(string(party)), Title: "Without " + string(party)},
		Changes: []record.Change{{Withdraw: party, From: from}},
	}
}

// Apply returns the view that v would be in scenario s, for a plan with these
// options. Neither v nor any record in it is changed. An error is an *Error.
func Apply(v *register.View, s *record.Scenario, o plan.Options) (*register.View, error) {
	w, err := apply(v, s, o)
	if err != nil {
		return nil, err
	}
	return w.view, nil
}

// Facts is Apply for a scenario that could be stated: what is other in the view
// are records that parties could write. An error says which change is no fact, as
// when something is destroyed or a party holds its units back.
func Facts(v *register.View, s *record.Scenario, o plan.Options) (*register.View, error) {
	w, err := apply(v, s, o)
	if err != nil {
		return nil, err
	}
	if len(w.devices) > 0 {
		return nil, &Error{Scenario: record.ScenarioID(s.ID), Says: "it supposes what no party can state, such as a loss or units that are held back", Fix: "propose the records that would change, one by one"}
	}
	return w.view, nil
}

// world is a view on its way through the changes of scenarios.
type world struct {
	view    *register.View
	says    []string            // what was changed, a sentence for each change
	devices map[record.Key]bool // records that are means to an end and state no fact
}

func apply(v *register.View, s *record.Scenario, o plan.Options) (*world, error) {
	chain, err := stack(v, s)
	if err != nil {
		return nil, err
	}
	w := &world{view: v, devices: map[record.Key]bool{}}
	for _, s := range chain {
		if err := w.apply(s, o); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// stack lists the scenarios that s stands on, the lowest first, and s.
func stack(v *register.View, s *record.Scenario) ([]*record.Scenario, error) {
	chain := []*record.Scenario{s}
	seen := map[record.ScenarioID]bool{record.ScenarioID(s.ID): true}
	for top := s; top.Stacks != ""; {
		if seen[top.Stacks] {
			return nil, &Error{record.ScenarioID(s.ID), 0, fmt.Sprintf("the scenarios stand on each other in a circle, by way of %s", top.Stacks), "let the lowest of them stand on none"}
		}
		seen[top.Stacks] = true
		below, ok := v.Scenario(top.Stacks)
		if !ok {
			return nil, &Error{record.ScenarioID(top.ID), 0, fmt.Sprintf("it stands on %s, which is not in the register", top.Stacks), "name a scenario that is, or take the field on away"}
		}
		chain = append(chain, below)
		top = below
	}
	slices.Reverse(chain)
	return chain, nil
}

// apply makes the changes of one scenario in their order.
func (w *world) apply(s *record.Scenario, o plan.Options) error {
	stated := map[record.Record]int{} // what the scenario itself says, and in which change
	for i := range s.Changes {
		e, trouble := edited(w.view, &s.Changes[i], o)
		if trouble != nil {
			trouble.Scenario, trouble.Change = record.ScenarioID(s.ID), i+1
			return trouble
		}
		w.view, w.says = e.on(w.view), append(w.says, e.says)
		for _, k := range e.devices {
			w.devices[k] = true
		}
		if e.stated {
			stated[e.put[0]] = i + 1
		}
	}
	for _, b := range w.view.Broken() {
		if i := stated[b.Record]; i > 0 {
			return &Error{record.ScenarioID(s.ID), i, fmt.Sprintf("%s refers in %s to %s, which is not in the register", b.Record.Key(), b.Ref.Path, b.Ref.Key), "name a record that is, or add it in the scenario too"}
		}
	}
	return nil
}

// edit is what one change does to a view: records put in the place of others,
// records dropped.
type edit struct {
	put    []record.Record
	drop   map[record.Key]bool
	says   string
	stated bool // put holds the one record that the scenario itself states

	devices []record.Key // of put and drop, what is a means to an end and states no fact
}

func (e *edit) on(v *register.View) *register.View {
	if len(e.put)+len(e.drop) == 0 {
		return v
	}
	return v.Changed(e.put, e.drop)
}

// replace puts c, or drops the record k when nothing is left of it.
func (e *edit) replace(k record.Key, c record.Record, left bool) {
	if left {
		e.put = append(e.put, c)
		return
	}
	if e.drop == nil {
		e.drop = map[record.Key]bool{}
	}
	e.drop[k] = true
}

// touches lists the keys that the edit changes.
func (e *edit) touches() []record.Key {
	var keys []record.Key
	for _, r := range e.put {
		keys = append(keys, r.Key())
	}
	for k := range e.drop {
		keys = append(keys, k)
	}
	return keys
}

// edited is what one change does to v. The error lacks its place.
func edited(v *register.View, c *record.Change, o plan.Options) (*edit, *Error) {
	switch {
	case c.Withdraw != "":
		if err := known(v, record.KindParty, c.Withdraw); err != nil {
			return nil, err
		}
		return withdraw(v, c.Withdraw, c.From, o), nil
	case c.Delay != nil:
		return delay(v, c.Delay, c.Months)
	case c.Scale != nil:
		return scale(v, c.Scale, c.By)
	case c.Lose != nil:
		return lose(v, c.Lose, c.On, o)
	case c.End != "":
		return end(v, c.End, c.On, o)
	case c.Add != nil:
		return add(v, c.Add.Record)
	case c.Change != nil:
		return change(v, c.Change)
	}
	return nil, &Error{Says: "the change has no verb", Fix: "write one of withdraw, delay, scale, lose, end, add, change"}
}

// known says what is wrong when ids of a kind are not in the view.
func known[ID ~string](v *register.View, k record.Kind, ids ...ID) *Error {
	for _, id := range ids {
		if id == "" {
			continue
		}
		if _, ok := v.Get(record.Key{Kind: k, ID: string(id)}); !ok {
			return &Error{Says: fmt.Sprintf("there is no %s %s in the register", k, id), Fix: "name one that is, or add it before"}
		}
	}
	return nil
}

func add(v *register.View, r record.Record) (*edit, *Error) {
	if r == nil {
		return nil, &Error{Says: "add names no record", Fix: "write the record to add"}
	}
	if _, ok := v.Get(r.Key()); ok {
		return nil, &Error{Says: fmt.Sprintf("%s is in the register already", r.Key()), Fix: "give the added record another id, or use change"}
	}
	return &edit{put: []record.Record{r}, stated: true, says: r.Key().String() + " is added."}, nil
}

func change(v *register.View, x *record.Edit) (*edit, *Error) {
	k := record.Key{Kind: x.Kind, ID: x.ID}
	r, ok := v.Get(k)
	if !ok {
		return nil, &Error{Says: fmt.Sprintf("there is no %s in the register to change", k), Fix: "name a record that is, or use add"}
	}
	c, err := x.Set.Apply(r)
	if err != nil {
		return nil, unfit(k, err)
	}
	return &edit{put: []record.Record{c}, stated: true, says: changedText(r, c)}, nil
}

// unfit says why a record cannot be changed so: what its parsing would say.
func unfit(k record.Key, err error) *Error {
	var faults record.Errors
	if errors.As(err, &faults) && len(faults) > 0 {
		return &Error{Says: fmt.Sprintf("%s cannot be so: %s", faults[0].Path, faults[0].Says), Fix: faults[0].Fix}
	}
	return &Error{Says: fmt.Sprintf("%s cannot be changed so: %v", k, err), Fix: "set fields of its kind"}
}
