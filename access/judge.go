package access

import (
	"strings"

	"entente/record"
)

// Judge answers for one principal, and asks the policies once for each distinct
// label: a hundred thousand records of a hundred labels cost a hundred decisions.
// It is for one goroutine.
type Judge struct {
	policies *Policies
	who      Principal
	said     map[question]Decision
}

type question struct {
	action Action
	by     record.PartyID
	label  string
}

// For is the judge of what who may do. With the default policies it answers as
// CanSee does of seeing, without asking them.
func (p *Policies) For(who Principal) *Judge {
	return &Judge{p, who, map[question]Decision{}}
}

// May answers whether the principal may do a to what, and why.
func (j *Judge) May(a Action, what Resource) Decision {
	q := question{a, what.By, key(what.Label)}
	d, ok := j.said[q]
	if !ok {
		d = j.policies.Decide(j.who, a, what)
		j.said[q] = d
	}
	return d
}

// Sees reports whether the principal may see what.
func (j *Judge) Sees(what Resource) bool {
	if j.policies == nil {
		return CanSee(j.who.Reader, what.By, what.Label, j.who.Groups)
	}
	return j.May(See, what).Allowed
}

// key tells labels apart that read differently; ids have no spaces.
func key(l record.Label) string {
	var b strings.Builder
	if l.Public {
		b.WriteByte('*')
	}
	for _, p := range l.Parties {
		b.WriteString(string(p))
		b.WriteByte(' ')
	}
	return b.String()
}
