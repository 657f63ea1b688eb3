package sqlite_test

import (
	"testing"

	"entente/ledger"
	"entente/ledger/ledgertest"
)

// BenchmarkVerify is the walk through a ledger of 20,000 entries. What appending
// and reading cost is measured in bench/.
func BenchmarkVerify(b *testing.B) {
	s := open(b, b.TempDir())
	defer s.Close()
	l, err := ledger.Open(b.Context(), s, ledgertest.Options(1))
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	const size = 20_000
	if _, err := l.Append(b.Context(), "NOR/bench", nil, ledger.Batch{ID: "all", Changes: ledgertest.BenchChanges(b, size)}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if r, err := ledger.Verify(b.Context(), s, ""); err != nil || len(r.Problems) > 0 {
			b.Fatal(r.Problems, err)
		}
	}
	b.ReportMetric(float64(size*b.N)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkCheck is what Put costs before an append: reading a record back from
// its canonical form.
func BenchmarkCheck(b *testing.B) { ledgertest.BenchChanges(b, b.N) }
