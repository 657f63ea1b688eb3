// Package whatif changes a view and says what changes with it.
//
// A scenario changes the view, never the record: Apply puts changed copies of
// records in the place of others, or leaves records out, and returns a new
// view. Compare plans for it and sets the plan beside the base.
//
// Marginals withdraws each party in turn, Losses every two as well, and Shapley
// values what each adds over all orders in which they could come. Backfill finds
// who could fill what a scenario tears open. Core finds what the plans for
// several scenarios have in common. Risk draws how late things come, by how late
// they came. docs/whatif.md says what the figures mean.
//
// # What the changes mean
//
// A scenario that stands on another comes after it; its changes are made in
// their order, each on the view that the one before left. A day counts from
// the first day of its month. What has been handed over is what the status of
// the pledge, or of its parts, says on the view's day; the first lots of a
// schedule are those handed over. Needs are only changed by scale and change.
//
//   - withdraw PARTY from DAY: the party gives nothing more. With no day, or one
//     that is not after the start of the plan, of its pledges only what has
//     been handed over stays. With a later day its pledges can be dispatched
//     until the month before; lots that come in that month or later are gone,
//     and so is income, while money that came in before stays. Its programmes
//     and productions end with the month before. Its units are gone, or begin
//     no tour that would last into that month, and their assignments end with
//     the month before. Only what is given in the party's own name ends: not
//     what an organisation gives that it is a member of, nor what a member of
//     it gives. Where its pledge is part of another's, that one shrinks by the
//     lots that are gone. A production that names no party stays.
//   - delay {pledges, party, resource, programme} months: what is not handed
//     over comes later, the day of last dispatch with it, and programmes run
//     later. Named pledges and a named programme are meant alone; party and
//     resource choose among all pledges, of things and of money, and
//     programmes, or among those named. An empty delay means every pledge of a
//     thing, and no money or programme.
//   - scale {needs, places, capabilities, parties} by: needs in all of the
//     lists are multiplied. A place means what lies in it too, a party the
//     needs that are for it or its members; an empty scope means every need.
//   - lose {resource, at, share} on DAY: the plan has no event that takes stock
//     away, so a loss is approximated as never given. Of each pledge of the
//     resource, the share is taken from what has been handed over and from the
//     lots that could have arrived in a month before; for a loss at a place,
//     only in proportion to that place's part in all that the pledge may
//     serve, counted in what is needed. The months before the loss are short
//     of it too. People in training and what is bought are not touched.
//   - end AGREEMENT on DAY: pledges, programmes and assignments under it end as
//     they do when a party withdraws, its funds pay nothing from that month on,
//     and its last stage is its end. Tours for needs under it may go on.
//   - add RECORD: the record is in the view. There must be none of its key.
//   - change {kind, id, set}: fields of a record are replaced. It must exist.
//
// A party, place or other record that a change names must be in the view, and
// what it adds or changes may refer only to records that are.
//
// Withdrawals are monotone: whatever they leave could be had before, so that
// removing a party never raises the value of the optimal plan. There is one
// exception, a mistake in the register that check finds: where parts add up to
// more than their whole, they count for themselves once the whole is gone. The
// others are not: a delay moves the last day of dispatch too, and an agreement
// that ends may set units free.
package whatif

import (
	"context"

	"entente/check"
	"entente/lp"
	"entente/plan"
	"entente/record"
	"entente/register"
)

// Comparison is what a scenario changes.
type Comparison struct {
	Scenario string          `json:"scenario"` // its id
	Says     []string        `json:"says"`     // what it changes, a sentence for each change
	Base     *plan.Plan      `json:"base"`
	After    *plan.Plan      `json:"after"`
	Lost     float64         `json:"lost"` // coverage points of the base's need; negative when the scenario helps, or needs more
	Coverage Coverage        `json:"coverage"`
	Needs    []NeedDelta     `json:"needs"` // every need of either plan: who loses most first
	Moves    Moves           `json:"moves"`
	Findings []check.Finding `json:"findings"` // what check finds only after the change
	Cleared  []check.Finding `json:"cleared"`  // what it finds only before
}

// Moves are the moves that only one of two plans makes. A move whose quantity
// changes is in both lists.
type Moves struct {
	Gone []plan.Move `json:"gone"`
	New  []plan.Move `json:"new"`
}

// NeedDelta is how one need fares before and after.
type NeedDelta struct {
	ID             record.NeedID `json:"id"`
	Title          string        `json:"title"`
	Before         float64       `json:"before"` // unit-months covered
	After          float64       `json:"after"`
	Points         float64       `json:"points"`           // coverage points lost, of the base's need; over all needs they sum to Lost
	FirstMetBefore string        `json:"first_met_before"` // month, or empty when never
	FirstMetAfter  string        `json:"first_met_after"`
	HeldByBefore   string        `json:"held_by_before"` // leg, or empty
	HeldByAfter    string        `json:"held_by_after"`
}

// Compare plans for v in scenario s and sets the plan beside base, which is the
// plan of v for the same options; nil means that it is to be made. The error is
// an *Error when the scenario cannot be applied.
func Compare(ctx context.Context, v *register.View, s *record.Scenario, base *plan.Plan, solver lp.Solver, o plan.Options) (*Comparison, error) {
	w, err := apply(v, s, o)
	if err != nil {
		return nil, err
	}
	if base == nil {
		if base, err = plan.Make(ctx, v, solver, o); err != nil {
			return nil, err
		}
	}
	after, err := plan.Make(ctx, w.view, solver, o)
	if err != nil {
		return nil, err
	}
	c := &Comparison{Scenario: s.ID, Says: w.says, Base: base, After: after}
	c.Lost = points(base, base.Objective-after.Objective)
	c.Coverage = coverage(base, after)
	c.Needs = needDeltas(base, after)
	c.Moves = moveDeltas(base.Moves, after.Moves)
	c.Findings, c.Cleared = findingDeltas(check.Run(v), check.Run(w.view), w.devices)
	return c, nil
}

// points is a part of V in coverage points. By convention, where nothing is
// needed nothing can be lost.
func points(base *plan.Plan, v float64) float64 {
	if base.PointValue == 0 {
		return 0
	}
	return v / base.PointValue
}
