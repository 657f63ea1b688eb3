package record

import (
	"fmt"
	"strings"
	"testing"
)

// pledgesText is a file of n pledges as a ministry's tracker states them.
func pledgesText(from, n int) []byte {
	var b strings.Builder
	for i := from; i < from+n; i++ {
		fmt.Fprintf(&b, `---
kind: Pledge
id: nor-nasams-%d
title: "Two NASAMS fire units, lot %d"
by: NOR
to: UKR
under: ukraine-support
resource: nasams-fire-unit
quantity: %d
from: 2025-%02d
lead: 1
status: [{is: announced, on: 2024-11}, {is: committed, on: 2024-12-06, quantity: %d}]
delivery_cost: %d EUR
paid_by: funds
only: {places: [kyiv, kharkiv]}
values: [{basis: replacement, amount: %d USD}]
sources:
  - document: example-2024-12
    quote: "two fire units next spring"
    at: page %d
confidence: reported
`, i, i, 1+i%7, 1+i%12, 1+i%3, 1000+i, 1000000+i, 1+i%40)
	}
	return []byte(b.String())
}

// BenchmarkParse reads 20,000 pledges from 20 files.
func BenchmarkParse(b *testing.B) {
	files := make([][]byte, 20)
	for i := range files {
		files[i] = pledgesText(1000*i, 1000)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range files {
			if rs, errs := Parse("pledges.yaml", f); len(errs) > 0 || len(rs) != 1000 {
				b.Fatal(len(rs), errs[:min(3, len(errs))])
			}
		}
	}
}

// BenchmarkLibrary is the share of the YAML library in BenchmarkParse.
func BenchmarkLibrary(b *testing.B) {
	var chunks []chunk
	for i := range 20 {
		chunks = append(chunks, documents(pledgesText(1000*i, 1000))...)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, c := range chunks {
			if _, _, err := readYAML(c.text); err != nil {
				b.Fatal(err)
			}
		}
	}
}
