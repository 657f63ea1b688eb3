package plan

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"entente/lp"
	"entente/record"
	"entente/register"
)

// ErrStopped is wrapped when the time limit or a cancel ended the work before
// there was a plan.
var ErrStopped = errors.New("plan: stopped before there was a plan")

// ErrUnsound is wrapped when a plan does not pass Check: the solver's numbers
// were not good enough, and the plan is not shown.
var ErrUnsound = errors.New("plan: the plan does not add up")

// Make plans for a view. The plan has passed Check.
func Make(ctx context.Context, v *register.View, s lp.Solver, o Options) (*Plan, error) {
	if err := o.valid(); err != nil {
		return nil, err
	}
	w := read(v, o)
	var m *model
	var best *optimum
	var alone [3]solitary
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(2)
	g.Go(func() (err error) {
		m, best, err = optimise(within, w, s)
		return err
	})
	if !o.Brief {
		g.Go(func() (err error) {
			alone, err = legsAlone(within, w, s)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	p := m.plan(best)
	if !o.Brief {
		m.explain(p, best, alone)
	}
	if o.Relax && !o.Brief {
		if err := m.relax(ctx, s, p); err != nil {
			return nil, err
		}
	}
	if faults := Check(v, p); len(faults) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrUnsound, faults[0])
	}
	return p, nil
}

func (o Options) doing(what string) {
	if o.Progress != nil {
		o.Progress(what)
	}
}

// valid says what is wrong with options, and what to do.
func (o Options) valid() error {
	switch {
	case o.Months < 1 || o.Months > 600:
		return fmt.Errorf("plan: a plan of %d months cannot be made; ask for 1 to 600", o.Months)
	case !(o.Discount > 0 && o.Discount <= 1):
		return fmt.Errorf("plan: %g is no discount; give a number above 0 and at most 1", o.Discount)
	case o.Rung == record.NoRung:
		return fmt.Errorf("plan: no rung is given; ask for one such as committed")
	}
	return nil
}

// optimum is the best solution and what it is worth.
type optimum struct {
	x      []float64
	bound  float64 // on V, without what is present already
	status lp.Status
	price  []float64
	worths []worth
}

// optimise finds the best plan, and then the tidiest among the best. Whole
// numbers are chosen first and kept; all that follows is linear.
func optimise(ctx context.Context, w *world, solver lp.Solver) (*model, *optimum, error) {
	m := build(w, allLegs, nil)
	if m.lp.Integers() == 0 {
		best, err := m.refine(ctx, solver)
		return m, best, err
	}
	chosen, err := m.choose(ctx, solver)
	if err != nil {
		return nil, nil, err
	}
	m = build(w, allLegs, m.withoutIdle(chosen.X))
	best, err := m.refine(ctx, solver)
	if err != nil {
		return nil, nil, err
	}
	best.bound, best.status = max(best.bound, chosen.Bound), chosen.Status
	return m, best, nil
}

// choose finds the whole numbers. The solution without them bounds what any
// choice can reach; where a quick search comes near enough to that, no more is
// needed. What remains, the solver proves, if it is not too large for that; a
// choice that is left unproved says so by its gap.
func (m *model) choose(ctx context.Context, solver lp.Solver) (*lp.Solution, error) {
	if m.w.options.Strict {
		return m.inThousands().chooseStrictly(ctx, solver)
	}
	m.w.options.doing("what could be reached at most")
	relaxed, err := solved(lp.Solve(ctx, solver, &build(m.w, allLegs, free).lp, m.limit()))
	if err != nil {
		return nil, err
	}
	m.w.options.doing("which unit goes where")
	start, err := m.guess(ctx, solver, relaxed)
	if err != nil {
		return nil, err
	}
	if m.lp.Rows() <= simplexRowsMax && m.lp.Integers() == len(m.choices) {
		if start, err = m.polish(ctx, solver, relaxed, start); err != nil {
			return nil, err
		}
	}
	start.Bound = relaxed.Objective
	if start.Gap() <= max(m.w.options.Gap, noise) || m.lp.Integers() > provableMax {
		return start, nil
	}
	m.w.options.doing("proof that no choice of tours is better")
	exact := m.inThousands()
	o := lp.Options{TimeLimit: m.w.options.TimeLimit, Gap: m.w.options.Gap, Start: exact.translate(start.X)}
	proved, err := found(lp.Solve(ctx, solver, &exact.lp, o))
	switch {
	case errors.Is(err, ErrStopped) && ctx.Err() == nil:
		start.Status = lp.TimedOut
		return start, nil // the guess and its bound are what there is
	case err != nil:
		return nil, err
	}
	proved.Bound = min(proved.Bound, relaxed.Objective)
	if proved.Objective < start.Objective {
		start.Bound, start.Status = max(start.Objective, proved.Bound), proved.Status
		return start, nil
	}
	return proved, nil
}

// inThousands is the same model with money in thousands of euros, for choosing
// whole numbers. With a tour that costs hundredths of a unit HiGHS, 1.11 to
// 1.15, now and then calls a choice optimal that is not, or everything
// infeasible; with costs above one that has not been seen.
func (m *model) inThousands() *model { return buildIn(thousand, m.w, m.legs, m.fixed) }

// translate reads a solution in millions in the unit of m.
func (m *model) translate(x []float64) []float64 {
	x = slices.Clone(x)
	scale := func(c lp.Col) { x[c] *= million / m.unit }
	for _, pots := range m.pots {
		for _, c := range pots {
			scale(c)
		}
	}
	for _, h := range m.heads {
		for _, c := range h.cols {
			scale(c)
		}
	}
	return x
}

// provableMax is how many whole numbers the solver can be expected to prove an
// optimum over. Beyond it the search's own bound has to do.
const provableMax = 3000

// guess turns the solution without whole numbers into one with them: tours by
// rotate, and of everything else as much as is whole.
func (m *model) guess(ctx context.Context, solver lp.Solver, relaxed *lp.Solution) (*lp.Solution, error) {
	fixed := slices.Clone(relaxed.X)
	for c := range fixed {
		fixed[c] = math.Floor(fixed[c] + noise)
	}
	for _, c := range m.choices {
		fixed[c.col] = 0
	}
	for _, tours := range m.rotate(relaxed) {
		for _, i := range tours {
			fixed[m.choices[i].col] = 1
		}
	}
	held := build(m.w, allLegs, fixed)
	s, err := solved(lp.Solve(ctx, solver, &held.lp, m.limit()))
	if err == nil {
		return s, nil
	}
	if errors.Is(err, ErrStopped) {
		return nil, err
	}
	// The tours cost money that is not there: without them there is a plan.
	for _, c := range m.choices {
		fixed[c.col] = 0
	}
	held = build(m.w, allLegs, fixed)
	return solved(lp.Solve(ctx, solver, &held.lp, m.limit()))
}

// chooseStrictly chooses whole numbers so that each priority keeps what those
// before it have got.
func (m *model) chooseStrictly(ctx context.Context, solver lp.Solver) (*lp.Solution, error) {
	session, err := solver.Open(ctx, &m.lp)
	if err != nil {
		return nil, fmt.Errorf("plan: open the solver: %w", err)
	}
	defer session.Close()
	o := lp.Options{TimeLimit: m.w.options.TimeLimit, Gap: m.w.options.Gap}
	var last *lp.Solution
	for _, gains := range m.ranks() {
		if err := session.SetGains(m.columns(), gains); err != nil {
			return nil, fmt.Errorf("plan: set the next objective: %w", err)
		}
		if last, err = found(session.Solve(ctx, o)); err != nil {
			return nil, err
		}
		var terms []lp.Term
		for c, g := range gains {
			if g != 0 {
				terms = append(terms, lp.Term{Col: lp.Col(c), Coef: g})
			}
		}
		if _, err := session.AddRow(last.Objective-noise*math.Abs(last.Objective), lp.Inf, terms...); err != nil {
			return nil, fmt.Errorf("plan: keep a priority: %w", err)
		}
	}
	last.Bound = lp.Objective(&m.lp, last.X)
	return last, nil
}

// found accepts a solution that the time limit has cut short, with its gap.
func found(s *lp.Solution, err error) (*lp.Solution, error) {
	if err == nil && s.Status == lp.TimedOut && s.Feasible {
		return s, nil
	}
	return solved(s, err)
}

// refine solves a model without whole numbers: the most coverage first, proving
// the prices that will be shown; then, when asked, priority by priority and the
// fairest; then the cheapest, and the earliest.
func (m *model) refine(ctx context.Context, solver lp.Solver) (*optimum, error) {
	session, err := solver.Open(ctx, &m.lp)
	if err != nil {
		return nil, fmt.Errorf("plan: open the solver: %w", err)
	}
	defer session.Close()
	m.w.options.doing("the plan that covers most")
	first, err := solved(session.Solve(ctx, m.limit()))
	if err != nil {
		return nil, err
	}
	best := &optimum{x: first.X, bound: first.Bound, status: first.Status, price: first.Price}
	if !m.w.options.Brief {
		if best.worths, err = m.prove(ctx, session, first); err != nil {
			return nil, err
		}
	}
	if m.w.options.Brief && !m.w.options.Strict {
		return best, nil
	}
	best.x, err = m.tidy(ctx, session, first)
	if m.w.options.Strict {
		best.bound = lp.Objective(&m.lp, best.x) // nothing is better by this order of objectives
	}
	return best, err
}

// tidy solves for one objective after the other, each time keeping to the
// solutions that are best by those before.
func (m *model) tidy(ctx context.Context, session lp.Session, first *lp.Solution) ([]float64, error) {
	last, face, objectives := first, m.face(), [][]float64{}
	if m.w.options.Strict {
		last, objectives = nil, m.ranks()
	}
	if m.burden != none {
		objectives = append(objectives, m.lightest())
	}
	if !m.w.options.Brief {
		objectives = append(objectives, m.thrift(), m.haste())
	}
	for i, gains := range objectives {
		m.w.options.doing(fmt.Sprintf("the tidiest such plan, step %d of %d", i+1, len(objectives)))
		if last != nil {
			if err := face.hold(session, last); err != nil {
				return nil, err
			}
		}
		if err := session.SetGains(m.columns(), gains); err != nil {
			return nil, fmt.Errorf("plan: set the next objective: %w", err)
		}
		next, err := solved(session.Solve(ctx, m.limit()))
		if err != nil {
			return nil, err
		}
		if !m.w.options.Strict && lp.Objective(&m.lp, next.X) < first.Objective-noise*math.Abs(first.Objective) {
			break // numerical trouble: the better plan counts more than the tidier one
		}
		last = next
	}
	return last.X, nil
}

// ranks is one objective for each priority that is asked for.
func (m *model) ranks() [][]float64 {
	var ranks [][]float64
	for priority := 1; priority <= 5; priority++ {
		gains, any := make([]float64, m.lp.Cols()), false
		for i, n := range m.w.needs {
			for _, c := range m.cover[i] {
				if n.rec.Priority == priority && c != none {
					gains[c], any = m.lp.Gain(c), true
				}
			}
		}
		if any {
			ranks = append(ranks, gains)
		}
	}
	if len(ranks) == 0 {
		ranks = append(ranks, make([]float64, m.lp.Cols()))
	}
	return ranks
}

// lightest is the objective of fairness.
func (m *model) lightest() []float64 {
	gains := make([]float64, m.lp.Cols())
	gains[m.burden] = -1
	return gains
}

// simplexRowsMax is the size up to which simplex, which ends in a clean vertex
// and goes on from it, is quicker than interior point here.
const simplexRowsMax = 8000

func (m *model) limit() lp.Options {
	o := lp.Options{TimeLimit: m.w.options.TimeLimit, Method: lp.Auto}
	if m.lp.Rows() <= simplexRowsMax {
		o.Method = lp.Simplex
	}
	return o
}

// solved turns an answer that is no plan into an error.
func solved(s *lp.Solution, err error) (*lp.Solution, error) {
	switch {
	case err != nil:
		return nil, fmt.Errorf("plan: solve: %w", err)
	case s.Status == lp.TimedOut || s.Status == lp.Cancelled:
		return nil, fmt.Errorf("%w: %s", ErrStopped, s.Status)
	case s.Status != lp.Optimal:
		// Doing nothing is always allowed and nothing counts beyond what is
		// needed, so the model is neither infeasible nor unbounded.
		return nil, fmt.Errorf("plan: the solver answers %q for a model that has an optimum", s.Status)
	}
	return s, nil
}

func (m *model) columns() []lp.Col {
	cols := make([]lp.Col, m.lp.Cols())
	for i := range cols {
		cols[i] = lp.Col(i)
	}
	return cols
}

// priced is how large a price must be to count as one: the solver's own dual
// tolerance is 1e-7.
const priced = 1e-6

// face is the set of solutions a session still admits: the bounds it has now.
type face struct {
	rowLo, rowHi []float64
}

func (m *model) face() *face {
	f := &face{make([]float64, m.lp.Rows()), make([]float64, m.lp.Rows())}
	for r := range f.rowLo {
		f.rowLo[r], f.rowHi[r] = m.lp.RowBounds(lp.Row(r))
	}
	return f
}

// hold keeps the session to the solutions that are as good as s: by
// complementary slackness, those in which every column and row that s puts a
// price on stays where it is. Unlike a row that bounds the objective, this
// leaves no slack for the next objective to use up.
func (f *face) hold(session lp.Session, s *lp.Solution) error {
	var cols []lp.Col
	var rows []lp.Row
	var at, lo, hi []float64
	for c, d := range s.Reduced {
		if math.Abs(d) > priced {
			cols, at = append(cols, lp.Col(c)), append(at, s.X[c])
		}
	}
	if err := session.SetColBounds(cols, at, at); err != nil {
		return fmt.Errorf("plan: hold the optimum: %w", err)
	}
	for r, y := range s.Price {
		switch {
		case f.rowLo[r] == f.rowHi[r]:
			continue
		case y > priced:
			f.rowLo[r] = f.rowHi[r]
		case y < -priced:
			f.rowHi[r] = f.rowLo[r]
		default:
			continue
		}
		rows, lo, hi = append(rows, lp.Row(r)), append(lo, f.rowLo[r]), append(hi, f.rowHi[r])
	}
	if err := session.SetRowBounds(rows, lo, hi); err != nil {
		return fmt.Errorf("plan: hold the optimum: %w", err)
	}
	return nil
}

// thrift is the second objective: to spend as little as possible.
func (m *model) thrift() []float64 {
	gains := make([]float64, m.lp.Cols())
	for _, f := range m.flows {
		gains[f.col] = -m.source(f).cost / million
	}
	for i, n := range m.w.needs {
		for _, z := range m.made[i] {
			if z != none {
				gains[z] = -n.running / million
			}
		}
	}
	return gains
}

// haste is the third: to move no more than needed, and early. It also keeps
// out of the plan whatever serves nobody.
func (m *model) haste() []float64 {
	gains := make([]float64, m.lp.Cols())
	for _, f := range m.flows {
		gains[f.col] = -(1 + float64(f.month)/float64(m.w.options.Months))
	}
	for i := range m.w.needs {
		for t, z := range m.made[i] {
			if z != none {
				gains[z] = -1e-3 * (1 + float64(t)/float64(m.w.options.Months))
			}
		}
	}
	return gains
}

// solitary is the solution of a model in which one leg alone is limited.
type solitary struct {
	x     []float64
	cover [][]lp.Col
}

// legsAlone solves for each leg with the other two without limit.
func legsAlone(ctx context.Context, w *world, solver lp.Solver) (alone [3]solitary, err error) {
	for i, g := range oneLeg {
		w.options.doing(fmt.Sprintf("what one leg alone would allow, %d of %d", i+1, len(oneLeg)))
		m := build(w, g, nil)
		s, err := solved(lp.Solve(ctx, solver, &m.lp, m.limit()))
		if err != nil {
			return alone, err
		}
		alone[i] = solitary{s.X, m.cover}
	}
	return alone, nil
}

var oneLeg = [3]legs{{equipment: true}, {people: true}, {money: true}}

// worth is what one step more and one step less of a limit changes in V.
type worth struct {
	limit      limit
	more, less float64
	holds      float64 // steps up to which each further one is worth as much
}

// limit is a scarce thing that a price is told of: the rows that a step of it
// would raise, and the record it stands for.
type limit struct {
	origin Price // everything but the figures
	rows   []lp.Row
	step   float64 // in the unit of the rows
	dual   float64 // V per step
	room   float64 // what can be taken away, in the unit of the rows
}

// prove solves again with one step more and one step less of the limits whose
// prices are highest, because a price at a kink says only one side, if any.
func (m *model) prove(ctx context.Context, session lp.Session, first *lp.Solution) ([]worth, error) {
	o := m.limit()
	o.Basis = first.Basis
	var worths []worth
	for i, l := range m.limits(first.Price) {
		if i >= m.w.options.Prices || m.lp.Rows() > simplexRowsMax {
			break // on a large register the solver's prices have to do
		}
		m.w.options.doing(fmt.Sprintf("what one more is worth, %d of %d", i+1, m.w.options.Prices))
		more, err := m.nudged(ctx, session, l, l.step, o)
		if err != nil {
			return nil, err
		}
		less, err := m.nudged(ctx, session, l, -min(l.step, l.room), o)
		if errors.Is(err, errChoice) {
			continue // its price stays the solver's
		}
		if err != nil {
			return nil, err
		}
		w := worth{l, more - first.Objective, first.Objective - less, 0}
		if w.holds, err = m.reach(ctx, session, l, w.more, first.Objective, o); err != nil {
			return nil, err
		}
		worths = append(worths, w)
	}
	return worths, nil
}

// reach finds for how many steps what one is worth holds: by doubling, as long
// as all of them together are worth as much each, within a hundredth. What more
// is worth never rises with more, so that is true of all steps before.
func (m *model) reach(ctx context.Context, session lp.Session, l limit, one, base float64, o lp.Options) (float64, error) {
	if one <= priced {
		return 0, nil
	}
	steps := 1.0
	for ; steps < reachMax; steps *= 2 {
		v, err := m.nudged(ctx, session, l, 2*steps*l.step, o)
		if err != nil {
			return 0, err
		}
		if v-base < 0.99*2*steps*one {
			break
		}
	}
	return steps, nil
}

const reachMax = 1024

// errChoice says that the whole numbers that are kept need all of a limit: a
// tour that was chosen could not be paid with less.
var errChoice = errors.New("plan: the choice cannot be kept")

// nudged is the optimum with a limit moved, which is then put back.
func (m *model) nudged(ctx context.Context, session lp.Session, l limit, by float64, o lp.Options) (float64, error) {
	lo, hi := make([]float64, len(l.rows)), make([]float64, len(l.rows))
	set := func(by float64) error {
		for i, r := range l.rows {
			low, high := m.lp.RowBounds(r)
			lo[i], hi[i] = low, high+by
			if low == high {
				lo[i] = high + by
			}
		}
		return session.SetRowBounds(l.rows, lo, hi)
	}
	if err := set(by); err != nil {
		return 0, fmt.Errorf("plan: prove a price: %w", err)
	}
	s, err := session.Solve(ctx, o)
	if err == nil && s.Status == lp.Infeasible && m.fixed != nil {
		return 0, errors.Join(errChoice, set(0))
	}
	if s, err = solved(s, err); err != nil {
		return 0, err
	}
	return s.Objective, set(0)
}
