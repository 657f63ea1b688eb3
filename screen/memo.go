package screen

import (
	"fmt"
	"sync"

	"entente/record"
	"entente/report"
)

// Memo keeps what the screens of one view reckon from all of it, so that it is
// reckoned once for all of them. A Memo is of one view; it is safe for many
// goroutines.
type Memo struct{ of sync.Map }

// remembered is what make returns, made once for a key. Without a memo it is made.
func remembered[T any](m *Memo, key string, make func() T) T {
	if m == nil {
		return make()
	}
	f, ok := m.of.Load(key)
	if !ok {
		f, _ = m.of.LoadOrStore(key, sync.OnceValue(func() any { return make() }))
	}
	return f.(func() any)().(T)
}

// totals are what each party has promised at a rung, of money and of things.
func (w World) totals(at record.Rung) []Table {
	return remembered(w.Memo, "totals "+at.String(), func() []Table {
		sums := report.OfRegister(w.View, at)
		return []Table{w.tableOf("money", sums.Money), w.tableOf("things", sums.Things)}
	})
}

func (w World) planReport() report.Plan {
	return remembered(w.Memo, fmt.Sprintf("plan %p", w.Plan), func() report.Plan { return report.OfPlan(w.View, w.Plan) })
}
