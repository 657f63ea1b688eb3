package plan_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"entente/plan"
	"entente/record"
)

// A plan that has been tampered with is refused, and the fault names what was
// touched. Every case starts from the same valid plan and breaks one thing.
func TestTampered(t *testing.T) {
	s := year(12)
	v := view(s, records(t, "testdata/checked.yaml")...)
	valid := made(t, v, defaults(s))
	text, err := json.Marshal(valid)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range tamperings {
		p := new(plan.Plan)
		if err := json.Unmarshal(text, p); err != nil {
			t.Fatal(err)
		}
		c.tamper(tampered{t, p})
		faults := plan.Check(v, p)
		if !slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, c.names) }) {
			t.Errorf("%s: no fault names %s: %q", c.does, c.names, faults)
		}
	}
	p := new(plan.Plan)
	if err := json.Unmarshal(text, p); err != nil {
		t.Fatal(err)
	}
	if faults := plan.Check(v, p); len(faults) > 0 {
		t.Errorf("a plan does not survive being written and read: %q", faults)
	}
}

// tampered finds the parts of a plan to be broken.
type tampered struct {
	t *testing.T
	*plan.Plan
}

// move is the first move of a record in a month; no month is any.
func (p tampered) move(of, month string) *plan.Move {
	for i := range p.Moves {
		if m := &p.Moves[i]; m.Record == of && (month == "" || m.Month.String() == month) {
			return m
		}
	}
	p.t.Fatalf("the plan has no move of %s %s", of, month)
	return nil
}

// sent is the first shipment of a pledge that was not handed over before.
func (p tampered) sent(of string) *plan.Move {
	for i := range p.Moves {
		if m := &p.Moves[i]; m.Record == of && !m.Handed {
			return m
		}
	}
	p.t.Fatalf("the plan sends nothing of %s", of)
	return nil
}

// payment is the first payment of a fund for something.
func (p tampered) payment(from, what string) *plan.Move {
	for i := range p.Moves {
		if m := &p.Moves[i]; m.Verb == plan.Pay && m.Record == from && m.For == what {
			return m
		}
	}
	p.t.Fatalf("the plan has no payment of %s for %s", from, what)
	return nil
}

// month is the first month in which a need is covered from the legs or by forces.
func (p tampered) month(of record.NeedID) *plan.NeedMonth {
	for i := range p.Needs {
		for k := range p.Needs[i].Months {
			if m := &p.Needs[i].Months[k]; p.Needs[i].ID == of && m.Covered > 0 {
				return m
			}
		}
	}
	p.t.Fatalf("the plan covers nothing of %s", of)
	return nil
}

func (p tampered) service(of record.NeedID, r record.ResourceID) *plan.Service {
	for i := range p.Service {
		if s := &p.Service[i]; s.Need == of && s.Resource == r {
			return s
		}
	}
	p.t.Fatalf("nothing of %s serves %s", r, of)
	return nil
}

func (p tampered) add(m plan.Move) { p.Moves = append(p.Moves, m) }

var tamperings = []struct {
	does   string
	names  string
	tamper func(tampered)
}{
	{"ships a tenth more", "Pledge/guns-1", func(p tampered) { p.move("Pledge/guns-1", "").Quantity += 0.4 }},
	{"ships a month before it is available", "Pledge/guns-1", func(p tampered) {
		m := p.move("Pledge/guns-1", "")
		m.Month, m.Arrives = p.Start, p.Start+1
	}},
	{"arrives a month early", "Pledge/guns-1", func(p tampered) { p.move("Pledge/guns-1", "").Arrives-- }},
	{"ships the same again", "Pledge/guns-1", func(p tampered) { p.add(*p.move("Pledge/guns-1", "")) }},
	{"ships what comes later in the schedule", "Pledge/guns-2", func(p tampered) {
		m := p.sent("Pledge/guns-2")
		m.Month, m.Arrives = m.Month-1, m.Arrives-1
	}},
	{"takes the lead of another place", "Pledge/guns-2", func(p tampered) {
		for i := range p.Moves {
			if m := &p.Moves[i]; m.Record == "Pledge/guns-2" && !m.Handed {
				m.Arrives = m.Month + 3 - (m.Arrives - m.Month)
			}
		}
	}},
	{"says that something was handed over that was not", "Pledge/guns-2", func(p tampered) {
		m := p.sent("Pledge/guns-2")
		m.Handed, m.Arrives = true, m.Month
	}},
	{"has what was handed over travel", "Pledge/guns-2", func(p tampered) {
		for i := range p.Moves {
			if m := &p.Moves[i]; m.Handed {
				m.Arrives++
			}
		}
	}},
	{"serves a need that the giver does not admit", "Pledge/guns-3", func(p tampered) {
		m := p.move("Pledge/guns-3", "")
		m.Class = append(m.Class, "alpha-more")
	}},
	{"serves a need elsewhere", "Pledge/guns-3", func(p tampered) {
		m := p.move("Pledge/guns-3", "")
		m.Class = append(m.Class, "bravo-guns")
	}},
	{"ships after the last month", "Pledge/guns-3", func(p tampered) {
		m := p.move("Pledge/guns-3", "")
		m.Month, m.Arrives = m.Month+2, m.Arrives+2
	}},
	{"ships something else", "Pledge/gunners", func(p tampered) { p.move("Pledge/gunners", "").Resource = "gun" }},
	{"ships less than nothing", "Pledge/gunners", func(p tampered) { p.move("Pledge/gunners", "").Quantity *= -1 }},
	{"ships after the plan ends", "Pledge/shells", func(p tampered) { p.move("Pledge/shells", "").Arrives += 12 }},
	{"ships what is counted in its parent", "Pledge/guns-3-first-half", func(p tampered) {
		m := *p.move("Pledge/guns-3", "")
		m.Record, m.Quantity = "Pledge/guns-3-first-half", 1
		p.add(m)
	}},
	{"ships what stands below the rung", "Pledge/guns-4", func(p tampered) {
		m := *p.move("Pledge/guns-1", "")
		m.Record = "Pledge/guns-4"
		p.add(m)
	}},
	{"ships what nobody has pledged", "Pledge/guns-9", func(p tampered) { p.move("Pledge/guns-1", "").Record = "Pledge/guns-9" }},
	{"buys more than is made", "Production/shell-works", func(p tampered) { p.move("Production/shell-works", "").Quantity = 61 }},
	{"buys before the works open", "Production/shell-works", func(p tampered) {
		m := *p.move("Production/shell-works", "2025-02")
		m.Month, m.Arrives = m.Month-1, m.Arrives-1
		p.add(m)
	}},
	{"buys at once", "Production/shell-works", func(p tampered) { p.move("Production/shell-works", "").Arrives-- }},
	{"starts more than there are seats", "Programme/gunnery", func(p tampered) { p.move("Programme/gunnery", "").Quantity = 5.1 }},
	{"starts before its notice", "Programme/gunnery", func(p tampered) {
		m := p.move("Programme/gunnery", "2025-02")
		m.Month, m.Arrives = m.Month-1, m.Arrives-1
	}},
	{"graduates early", "Programme/gunnery", func(p tampered) { p.move("Programme/gunnery", "").Arrives-- }},
	{"does not pay for training", "Programme/gunnery", func(p tampered) { p.payment("Fund/purchases", "Programme/gunnery").Quantity = 0 }},
	{"does not pay for delivery", "Pledge/guns-2", func(p tampered) { p.payment("Fund/forces", "Pledge/guns-2").Quantity = 0 }},
	{"pays for what is not done", "Need/bravo-guns", func(p tampered) {
		m := *p.payment("Fund/forces", "Need/alpha-guns")
		m.For, m.Need, m.At, m.Month = "Need/bravo-guns", "bravo-guns", "bravo", p.Start
		p.add(m)
	}},
	{"overdraws a fund", "Fund/forces is overdrawn", func(p tampered) { p.payment("Fund/forces", "Need/alpha-guns").Quantity += 300_000 }},
	{"pays from a fund that has expired", "Fund/purchases", func(p tampered) {
		m := *p.payment("Fund/purchases", "Programme/gunnery")
		m.Month = p.Start + 10
		p.add(m)
	}},
	{"pays for what the fund is not for", "Fund/unit-costs", func(p tampered) { p.payment("Fund/forces", "Need/alpha-guns").Record = "Fund/unit-costs" }},
	{"pays for a use that the fund does not have", "Fund/unit-costs", func(p tampered) { p.payment("Fund/purchases", "Programme/gunnery").Record = "Fund/unit-costs" }},
	{"pays more than the fund's share", "Fund/running-costs", func(p tampered) { p.payment("Fund/purchases", "Need/alpha-guns").Record = "Fund/running-costs" }},
	{"pays more than the ceiling", "Fund/purchases", func(p tampered) { p.payment("Fund/purchases", "Production/shell-works").Quantity += 900_000 }},
	{"pays from a fund that is not there", "Fund/other", func(p tampered) { p.payment("Fund/forces", "Need/alpha-guns").Record = "Fund/other" }},
	{"counts more than was made", "need alpha-guns", func(p tampered) { p.month("alpha-guns").Covered += 0.5 }},
	{"counts more than was asked for", "need bravo-guns", func(p tampered) { m := p.month("bravo-guns"); m.Covered, m.Made = 9, 9 }},
	{"makes more than its recipe allows", "need alpha-guns", func(p tampered) { p.month("alpha-guns").Made += 0.5 }},
	{"makes something of nothing", "need bravo-presence", func(p tampered) { p.month("bravo-presence").Made = 1 }},
	{"counts forces that are not there", "need bravo-presence", func(p tampered) { m := p.month("bravo-presence"); m.Present, m.Covered = 2, 2 }},
	{"says that less is needed", "need alpha-guns", func(p tampered) { p.month("alpha-guns").Needed = 5 }},
	{"covers a need that nobody has", "need omega", func(p tampered) { p.Needs[0].ID = "omega" }},
	{"uses up less than its recipe takes", "need alpha-guns", func(p tampered) { p.service("alpha-guns", "shell").Quantity -= 1 }},
	{"uses up more than is there", "shell at alpha", func(p tampered) { p.service("alpha-guns", "shell").Quantity += 500 }},
	{"keeps more in service than is there", "gun at alpha", func(p tampered) { p.service("alpha-guns", "gun").Quantity += 1 }},
	{"serves from a stock that may not", "need alpha-guns", func(p tampered) { p.service("alpha-guns", "gun").Class = []record.NeedID{"alpha-more"} }},
	{"sends a unit twice", "Unit/battalion-1", func(p tampered) { p.add(*p.move("Unit/battalion-1", "")) }},
	{"sends a unit before its notice", "Unit/battalion-1", func(p tampered) {
		m := p.move("Unit/battalion-1", "")
		m.Until -= m.Month - p.Start
		m.Month = p.Start
	}},
	{"keeps a unit longer than its tour", "Unit/battalion-1", func(p tampered) { p.move("Unit/battalion-1", "").Until++ }},
	{"does not pay for a unit", "Unit/battalion-1", func(p tampered) { p.payment("Fund/unit-costs", "Unit/battalion-1").Quantity = 0 }},
	{"sends a unit that is bound elsewhere", "Unit/battalion-2", func(p tampered) {
		m := p.move("Unit/battalion-2", "")
		m.Until -= m.Month - p.Start
		m.Month = p.Start
	}},
	{"sends a unit for what it cannot do", "Unit/battalion-2", func(p tampered) { m := p.move("Unit/battalion-2", ""); m.Need, m.At = "bravo-guns", "bravo" }},
	{"edits the objective", "the plan says", func(p tampered) { p.Objective *= 1.01 }},
	{"says that more is not possible", "above its bound", func(p tampered) { p.Bound = p.Objective - 1 }},
	{"names no rung", "rung", func(p tampered) { p.Rung = "promised" }},
}
