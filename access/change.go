package access

import "entente/record"

// Verdict is what becomes of a change that somebody brings.
type Verdict uint8

// The verdicts; the zero Verdict refuses.
const (
	Refuse   Verdict = iota
	Proposal         // others decide on it
	Accept           // it goes into the register as it is
)

// String is the verdict's name.
func (v Verdict) String() string { return [...]string{"refuse", "proposal", "accept"}[v] }

// Absent is the decision on a change of what is not there, or might as well not be.
var Absent = Decision{Because: "there is no such record"}

// Receive says what becomes of a change of one record: was is what it is now,
// nil when it is new; will is what it is to be, nil when it is to be retired.
//
// Facts from a party other than the record's own are proposals: whoever may not
// write both what was and what will be, may at most propose. A record that the
// principal may not see reads as absent, and so a change of it is refused in the
// words in which a change of nothing into nothing is: the decision is Absent.
func (p *Policies) Receive(who Principal, was, will *Resource) (Verdict, Decision) {
	if was == nil && will == nil || was != nil && !p.Decide(who, See, *was).Allowed {
		return Refuse, Absent
	}
	var before, after []Resource
	if was != nil {
		before = append(before, *was)
	}
	if will != nil {
		after = append(after, *will)
	}
	if d := p.all(who, Write, append(before, after...)); d.Allowed {
		return Accept, d
	}
	if will != nil { // who proposes a record has read it, whatever its label
		after[0].Label = record.Label{Public: true}
	}
	if d := p.all(who, Propose, append(before, after...)); d.Allowed {
		return Proposal, d
	}
	return Refuse, nothingPermits
}

// all is the first decision against doing a to one of rs, or else the first for it.
func (p *Policies) all(who Principal, a Action, rs []Resource) Decision {
	first := p.Decide(who, a, rs[0])
	for _, r := range rs[1:] {
		if d := p.Decide(who, a, r); first.Allowed && !d.Allowed {
			return d
		}
	}
	return first
}

// Stated is the resource that a record is: by the party that it names or else
// the register's owner, with its own label or else the register's.
func Stated(r record.Record, s record.Settings) Resource {
	b := r.Base()
	stated := Resource{By: b.By, Label: record.Label{Public: true}}
	if b.By == "" {
		stated.By = s.Owner
	}
	switch {
	case b.Release != nil:
		stated.Label = *b.Release
	case s.Release != nil:
		stated.Label = *s.Release
	}
	return stated
}
