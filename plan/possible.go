package plan

import "slices"

// possible is the world without what can make no difference: needs in months in
// which something that they take cannot be there or be paid, and what could only
// come too late for all who take it. It is worth as much, and where few give, hardly
// anything of it is left. Needs and stocks keep their places. Where units may be
// sent, which serve needs that nothing else can, it is the world itself.
func (w *world) possible() *world {
	if len(w.forces) > 0 {
		return w
	}
	c := *w
	c.needs, c.lots, c.makers, c.courses = w.met(), nil, nil, nil
	last := c.lastTaken()
	for _, l := range w.lots {
		x := *l
		if x.lanes, x.last = inTime(l.lanes, l.first, l.last, last); len(x.lanes) > 0 {
			c.lots = append(c.lots, &x)
		}
	}
	for _, k := range w.makers {
		x := *k
		if x.lanes, x.last = inTime(k.lanes, k.first, k.last, last); len(x.lanes) > 0 {
			c.makers = append(c.makers, &x)
		}
	}
	for _, k := range w.courses {
		x := *k
		if x.lanes, x.last = inTime(k.lanes, k.first, k.last, last); len(x.lanes) > 0 {
			c.courses = append(c.courses, &x)
		}
	}
	return &c
}

// met is the needs, as far as they can be met.
func (w *world) met() []*need {
	arrivals, money := w.reach(), w.purses()
	var needs []*need
	for i, n := range w.needs {
		x := *n
		x.vain, x.quantity = n.asks(), slices.Clone(n.quantity)
		for t, q := range n.quantity {
			if arrivals.fed[i] > t || n.running > 0 && !money.pays(money.running[i], t) {
				x.quantity[t] = min(q, n.present[t])
			}
		}
		needs = append(needs, &x)
	}
	return needs
}

// lastTaken is by stock the last month in which anybody takes anything from it.
func (w *world) lastTaken() []int {
	last := slices.Repeat([]int{none}, len(w.stocks))
	for i, n := range w.needs {
		for t, q := range n.quantity {
			if q <= n.present[t] {
				continue
			}
			for _, r := range recipe(n.capability) {
				for _, s := range w.stocksOf(i, r) {
					last[s] = max(last[s], t)
				}
			}
		}
	}
	return last
}

// inTime are the lanes along which something that leaves from a first month on
// arrives while anybody takes it, and the last month of its leaving in which it does.
func inTime(lanes []lane, first, until int, last []int) (kept []lane, latest int) {
	latest = first
	for _, l := range lanes {
		if first <= until && first+l.lead <= last[l.stock] {
			kept = append(kept, l)
			latest = max(latest, min(until, last[l.stock]-l.lead))
		}
	}
	return kept, latest
}
