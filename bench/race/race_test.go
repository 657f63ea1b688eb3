package main

import (
	"bytes"
	"encoding/xml"
	"strings"
	"testing"
	"time"
)

func results() []line {
	return []line{
		{"Q", "records to explained plan", "entente", taken{cpu: time.Second}, 100, ""},
		{"Q", "as plan states it", "a peer", taken{cpu: 2 * time.Second, memory: 3 << 20}, 100.00001, ""},
		{"Q", "as plan states it", "another <peer>", taken{}, 0, "not here: install it"},
		{"S", "records to explained plan", "entente", taken{cpu: time.Second}, 7, ""},
	}
}

// Who finds another optimum is told of; who is not there has none.
func TestAgree(t *testing.T) {
	lines := results()
	if err := agree(lines); err != nil {
		t.Error(err)
	}
	lines[1].value = 100.1
	if err := agree(lines); err == nil || !strings.Contains(err.Error(), "a peer 100.1") {
		t.Errorf("got %v", err)
	}
}

func TestTableAndDrawing(t *testing.T) {
	var out bytes.Buffer
	table(&out, results())
	for _, want := range []string{"2.00  ", "3 MB", "not here: install it"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
	svg := drawing(results())
	if err := xml.Unmarshal([]byte(svg), new(struct{ XMLName xml.Name })); err != nil {
		t.Errorf("%v:\n%s", err, svg)
	}
	if strings.Count(svg, "<rect") != 4 {
		t.Errorf("%s", svg)
	}
}
