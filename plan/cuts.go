package plan

import (
	"fmt"
	"math"

	"entente/lp"
)

// Units come whole. Where two units of three battalions are asked to cover four,
// the programme without whole numbers sends one and a third. The cuts here say
// for one need and month what that leaves out: they are mixed-integer rounding
// cuts (Nemhauser and Wolsey 1990; Marchand and Wolsey 2001) of the row that
// says what tours cover.

// violated is by how much a cut must be broken to be worth a row.
const violated = 1e-4

// cut adds the rows that whole tours keep and the solution without does not, the
// most broken one for each need and month, and says how many.
func (s *search) cut(at *lp.Model) (int, error) {
	added := 0
	for i := range s.m.stands {
		for t, stands := range s.m.stands[i] {
			c := s.m.cover[i][t]
			if len(stands) == 0 || c == none {
				continue
			}
			_, rest := at.ColBounds(c)
			lo, terms := s.m.rounding(i, t, rest, s.relaxed.X)
			if terms == nil {
				continue
			}
			if _, err := s.session.AddRow(lo, lp.Inf, terms...); err != nil {
				return added, fmt.Errorf("plan: cut: %w", err)
			}
			at.AddRow(lo, lp.Inf, terms...)
			added++
		}
	}
	return added, nil
}

// rounding is the most broken cut for need i in month t, which lacks rest. With
// every figure divided by what one of the units gives, what remains uncovered or
// is made by the legs has to make up for the fraction that whole tours leave.
func (m *model) rounding(i, t int, rest float64, x []float64) (lo float64, terms []lp.Term) {
	worst, tried := violated, map[float64]bool{}
	for _, stand := range m.stands[i][t] {
		by := min(stand.gives, rest)
		if by <= noise || tried[by] {
			continue
		}
		tried[by] = true
		part := rest/by - math.Floor(rest/by)
		if part < 1e-6 || part > 1-1e-6 {
			continue
		}
		row, sum := m.roundedRow(i, t, rest, by, part), 0.0
		for _, term := range row {
			sum += term.Coef * x[term.Col]
		}
		least := by*part*math.Ceil(rest/by) - rest
		if least-sum > worst {
			worst, lo, terms = least-sum, least, row
		}
	}
	return lo, terms
}

// roundedRow is one cut.
func (m *model) roundedRow(i, t int, rest, by, part float64) []lp.Term {
	row := []lp.Term{{Col: m.cover[i][t], Coef: -1}}
	if z := m.made[i][t]; z != none {
		row = append(row, lp.Term{Col: z, Coef: 1})
	}
	for _, stand := range m.stands[i][t] {
		share := min(stand.gives, rest) / by
		steps := math.Floor(share + 1e-9)
		steps += min(1, max(0, share-steps)/part)
		row = append(row, lp.Term{Col: stand.col, Coef: by * part * steps})
	}
	return row
}
