package exchange

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"entente/record"
)

// balance is a sum that a source states itself beside its parts: the parts of
// one key must add up to the whole, in one table or between two. What does not
// is listed, and imported all the same: who is right is not for an importer to
// say.
type balance struct {
	Name   string    `yaml:"name"`
	By     yaml.Node `yaml:"by"`     // template: what the parts have in common
	Part   []string  `yaml:"part"`   // columns that are parts
	Whole  string    `yaml:"whole"`  // the column that states the sum
	Within string    `yaml:"within"` // how far apart is still rounding

	by     *template
	part   []int
	whole  int
	within *big.Rat
}

func (x *balance) compile(where string, t *tableMap, say func(where, says string)) {
	p := templateParser{table: t, where: where, say: say}
	if x.by = p.node(&x.By); x.by == nil || x.Name == "" {
		say(where, "a balance needs name and by")
	}
	for _, c := range x.Part {
		x.part = append(x.part, t.known(where+"/part", c, say))
	}
	x.whole = -1
	if x.Whole != "" {
		x.whole = t.known(where+"/whole", x.Whole, say)
	}
	x.within = new(big.Rat)
	if _, ok := x.within.SetString("0" + x.Within); x.Within != "" && !ok {
		say(where+"/within", "this is not a number")
	}
}

// balances holds the two sides of every balance.
type balances map[sumKey]*sides

type sumKey struct{ name, by string }

type sides struct {
	parts, whole       big.Rat
	hasParts, hasWhole bool
	within             *big.Rat
	file               string
}

// add puts what a row says into the balances of its table.
func (e *engine) add(r *row) {
	for i := range r.h.t.Check {
		x := &r.h.t.Check[i]
		by, ok := x.by.fill(r)
		if !ok {
			continue
		}
		if e.sums == nil {
			e.sums = balances{}
		}
		k := sumKey{x.Name, fmt.Sprint(by)}
		s := e.sums[k]
		if s == nil {
			s = &sides{}
			e.sums[k] = s
		}
		for _, c := range x.part {
			if v, ok := r.exact(c); ok {
				s.parts.Add(&s.parts, v)
				s.hasParts = true
			}
		}
		if x.whole >= 0 {
			if v, ok := r.exact(x.whole); ok {
				s.whole.Add(&s.whole, v)
				s.hasWhole, s.within, s.file = true, x.within, e.b.rows[len(e.b.rows)-1].file
			}
		}
	}
}

// exact is a figure of a row as it stands, negative or not.
func (r *row) exact(c int) (*big.Rat, bool) {
	v := r.value(c)
	if v.digits == "" {
		return nil, false
	}
	return new(big.Rat).SetString(v.digits)
}

// balance lists what does not add up.
func (e *engine) balance() {
	for _, k := range slices.SortedFunc(mapKeys(e.sums), func(a, b sumKey) int { return strings.Compare(a.name+"\x00"+a.by, b.name+"\x00"+b.by) }) {
		s := e.sums[k]
		off := new(big.Rat).Sub(&s.parts, &s.whole)
		if !s.hasParts || !s.hasWhole || new(big.Rat).Abs(off).Cmp(s.within) <= 0 {
			continue
		}
		e.b.list(Listed{File: s.file, Column: k.name, Value: decimal(&s.whole), Reason: fmt.Sprintf("is stated for %s, but the parts add up to %s: %s apart", k.by, decimal(&s.parts), decimal(off)), Fix: "both are imported or kept as they stand; ask the source which is right"})
	}
}

// decimal writes an exact sum of decimals.
func decimal(x *big.Rat) string {
	n, exact := x.FloatPrec()
	if !exact {
		n = 6
	}
	return x.FloatString(n)
}

// totals are what the pledges of money add up to, by party, tag and currency, and
// of all parties together first; a pledge that is part of another is counted in that one.
func totals(rs []record.Record) []Total {
	type key struct {
		party    record.PartyID
		tag      string
		currency record.Currency
	}
	sums, counts := map[key]*big.Rat{}, map[key]int{}
	for _, r := range rs {
		p, ok := r.(*record.Pledge)
		if !ok || p.Amount == nil || p.PartOf != "" || p.Amount.Min != p.Amount.Max {
			continue
		}
		k := key{party: p.By, currency: p.Amount.Min.Currency()}
		if len(p.Tags) > 0 {
			k.tag = p.Tags[0]
		}
		if sums[k] == nil {
			sums[k] = new(big.Rat)
		}
		all := key{tag: k.tag, currency: k.currency}
		if sums[all] == nil {
			sums[all] = new(big.Rat)
		}
		x, _ := new(big.Rat).SetString(p.Amount.Min.Amount().String())
		sums[all].Add(sums[all], x)
		counts[all]++
		sums[k].Add(sums[k], x)
		counts[k]++
	}
	var all []Total
	for k, x := range sums {
		all = append(all, Total{k.party, k.tag, k.currency, decimal(x), counts[k]})
	}
	slices.SortFunc(all, func(a, b Total) int {
		return strings.Compare(string(a.Party)+"\x00"+a.Tag+"\x00"+string(a.Currency), string(b.Party)+"\x00"+b.Tag+"\x00"+string(b.Currency))
	})
	return all
}
