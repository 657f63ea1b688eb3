package plan

import (
	"entente/lp"
)

func (m *model) explain(p *Plan, best *optimum, alone [3]*lp.Solution) {
	p.Prices = m.prices(best, p.PointValue)
}
