package exchange

import "testing"

func BenchmarkKiel(b *testing.B) {
	f, _ := FormatNamed("kiel")
	in := []File{data(b, "kiel-ust-r14-2023/World Wide Aid.csv")}
	b.SetBytes(in[0].Size)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := f.Read(b.Context(), in, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
