package register

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"entente/record"
)

// Disclosure says when a published total would give away what one party gave.
// The rules are those of statistical disclosure control (Hundepool and others,
// Statistical Disclosure Control, Wiley 2012, sections 4.2 and 4.4): a minimum
// frequency, and the (n, k) dominance rule with n = 1.
type Disclosure struct {
	Givers int     // a total of fewer givers is not published; 0 is 3
	Share  float64 // nor one of which a single giver gave more than this share; 0 is 0.85
}

// Publication is what is told of one resource, or of money, to readers who may
// not see every pledge of it: how much each receiver is promised, and all of them.
type Publication struct {
	Resource record.ResourceID // empty for money
	Cells    []PublishedCell   // by receiver
	All      PublishedCell
}

// PublishedCell is one total, or the word that there is one and it is not told.
type PublishedCell struct {
	To         record.PartyID // empty where no receiver is named, or one that the readers may not see
	Quantity   record.Number  // of a resource
	Euro       record.Amount  // of money
	Suppressed bool
}

// Publish adds up, at a rung and by receiver, pledges of which seen holds only
// those that its reader may see. It is the one way in which anything is told of
// hidden records, an act of whoever sees whole, and never part of another answer.
//
// A total is suppressed when what is hidden in it comes from too few givers, or
// nearly all from one: what the readers see they can subtract. So that what is
// suppressed cannot be had by subtracting what is shown from the total of all,
// more is suppressed until together it may be told. Then whatever can be reckoned
// from one publication is a sum that could have been published. Two publications
// of different rungs or days can be subtracted from each other: publish one.
func Publish(whole, seen *View, rung record.Rung, d Disclosure) ([]Publication, error) {
	d.Givers, d.Share = cmp.Or(d.Givers, 3), cmp.Or(d.Share, 0.85)
	rows := map[record.ResourceID]map[record.PartyID]*pot{}
	for _, p := range whole.Pledges() {
		if _, named := seen.Resource(p.Resource); p.Resource != "" && !named || whole.counted(p) != nil {
			continue
		}
		to := p.To
		if _, named := seen.Party(to); !named {
			to = ""
		}
		if rows[p.Resource] == nil {
			rows[p.Resource] = map[record.PartyID]*pot{}
		}
		if rows[p.Resource][to] == nil {
			rows[p.Resource][to] = &pot{to: to}
		}
		if err := rows[p.Resource][to].put(whole, seen, p, rung); err != nil {
			return nil, err
		}
	}
	all := make([]Publication, 0, len(rows))
	for _, resource := range slices.Sorted(maps.Keys(rows)) {
		pots := slices.SortedFunc(maps.Values(rows[resource]), func(a, b *pot) int { return cmp.Compare(a.to, b.to) })
		row, err := d.publish(resource, pots)
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, nil
}

// publish decides what of a row is told.
func (d Disclosure) publish(resource record.ResourceID, pots []*pot) (Publication, error) {
	all := &pot{}
	for _, p := range pots {
		if err := all.add(p); err != nil {
			return Publication{}, err
		}
	}
	untold := slices.DeleteFunc(slices.Clone(pots), d.safe)
	if d.safe(all) {
		untold = d.complemented(untold, pots)
	}
	row := Publication{Resource: resource, All: all.cell(!d.safe(all))}
	for _, p := range pots {
		row.Cells = append(row.Cells, p.cell(slices.Contains(untold, p)))
	}
	return row, nil
}

// complemented adds to what is not told the smallest of the rest, until what is
// left of the total when all that is told is taken away may be told.
func (d Disclosure) complemented(untold, pots []*pot) []*pot {
	rest := slices.DeleteFunc(slices.Clone(pots), func(p *pot) bool { return slices.Contains(untold, p) || len(p.hidden) == 0 })
	slices.SortStableFunc(rest, func(a, b *pot) int {
		x, _ := a.concealed()
		y, _ := b.concealed()
		return cmp.Compare(x.max, y.max)
	})
	left := &pot{}
	for _, p := range untold {
		left.hide(p.hidden)
	}
	for ; len(untold) > 0 && !d.safe(left) && len(rest) > 0; rest = rest[1:] {
		left.hide(rest[0].hidden)
		untold = append(untold, rest[0])
	}
	return untold
}

// safe reports whether the total of a pot may be told.
func (d Disclosure) safe(p *pot) bool {
	if len(p.hidden) == 0 {
		return true
	}
	sum, top := p.concealed()
	return len(p.hidden) >= d.Givers && top.min <= d.Share*sum.min && top.max <= d.Share*sum.max
}

// pot collects what one receiver is promised, and who gives what of it that is
// hidden.
type pot struct {
	to       record.PartyID
	quantity record.Number
	euro     record.Amount
	hidden   map[record.PartyID]part
}

// part is how much one giver gives, for comparing.
type part struct{ min, max float64 }

// put adds what of p has reached a rung.
func (t *pot) put(whole, seen *View, p *record.Pledge, rung record.Rung) error {
	x := part{}
	if p.Amount == nil {
		n := whole.Reached(p, rung)
		t.quantity.Min, t.quantity.Max = t.quantity.Min+n.Min, t.quantity.Max+n.Max
		x = part{n.Min, n.Max}
	} else if whole.Rung(p) >= rung {
		eur, _, ok := whole.EuroAmount(*p.Amount, Day(p))
		if !ok {
			return fmt.Errorf("register: publish: %s is in %s, for which there is no rate; add a Rate", p.Key(), p.Amount.Min.Currency())
		}
		var err error
		if t.euro, err = plus(t.euro, eur); err != nil {
			return fmt.Errorf("register: publish: %s is too large to add: %w", p.Key(), err)
		}
		x = part{eur.Min.Amount().Float(), eur.Max.Amount().Float()}
	}
	if _, open := seen.Pledge(record.PledgeID(p.ID)); !open && x.max > 0 {
		t.hide(map[record.PartyID]part{p.By: x})
	}
	return nil
}

// add puts all of another pot into t.
func (t *pot) add(o *pot) (err error) {
	t.quantity.Min, t.quantity.Max = t.quantity.Min+o.quantity.Min, t.quantity.Max+o.quantity.Max
	t.hide(o.hidden)
	if t.euro, err = plus(t.euro, o.euro); err != nil {
		return fmt.Errorf("register: publish: the total is too large to add: %w", err)
	}
	return nil
}

func (t *pot) hide(parts map[record.PartyID]part) {
	if t.hidden == nil {
		t.hidden = map[record.PartyID]part{}
	}
	for by, x := range parts {
		was := t.hidden[by]
		t.hidden[by] = part{was.min + x.min, was.max + x.max}
	}
}

// concealed is how much is hidden, and the most that one giver gave of it. It
// adds in one order, so that one pot has one answer.
func (t *pot) concealed() (sum, top part) {
	for _, by := range slices.Sorted(maps.Keys(t.hidden)) {
		x := t.hidden[by]
		sum.min, sum.max = sum.min+x.min, sum.max+x.max
		top.min, top.max = max(top.min, x.min), max(top.max, x.max)
	}
	return sum, top
}

func (t *pot) cell(suppressed bool) PublishedCell {
	if suppressed {
		return PublishedCell{To: t.to, Suppressed: true}
	}
	return PublishedCell{To: t.to, Quantity: t.quantity, Euro: t.euro}
}
