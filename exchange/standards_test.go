package exchange

import (
	"bytes"
	"context"
	"strings"
	"testing"

	ics "github.com/arran4/golang-ical"
	"github.com/google/go-cmp/cmp"

	"entente/record"
)

const world = `
{kind: Party, id: NOR, name: Norway, type: nation}
---
{kind: Party, id: UKR, name: Ukraine, type: nation}
---
{kind: Place, id: kyiv, name: Kyiv, country: UKR, location: [30.52, 50.45]}
---
{kind: Place, id: range, name: A range, country: NOR, location: [17.123456, 69.5], coarse: true}
---
{kind: Place, id: nowhere, name: Nowhere}
---
{kind: Agreement, id: support, type: framework, parties: [NOR, UKR], status: [{is: in-force}], obligations: [{id: report, what: "Report, twice; a year", by: NOR, due: 2025-06-30}, {id: done, what: Done, due: 2025-01, met: 2025-01}]}
---
{kind: Resource, id: fire-unit, name: Fire unit, leg: equipment, unit: unit}
---
{kind: Capability, id: air-defence, name: Air defence, unit: fire unit}
---
{kind: Need, id: kyiv-air, title: Air over Kyiv, capability: air-defence, at: kyiv, for: UKR, from: 2025-01-01, to: 2026-12-31, quantity: 4, priority: 1}
---
{kind: Pledge, id: nor-1, title: Two units, by: NOR, to: UKR, resource: fire-unit, quantity: 2, from: 2025-03-01, status: [{is: announced, on: 2024-11}, {is: committed, on: 2025-05-01}]}
---
{kind: Programme, id: crews, title: Crews, by: NOR, at: range, trains: fire-unit, seats: 4, months: 2, from: 2025-02}
---
{kind: Unit, id: brigade, title: Brigade North, by: NOR, type: infantry, home: range}
---
{kind: Assignment, id: north-1, unit: brigade, under: support, role: standby, at: range, from: 2025-03, to: 2025-08}
---
{kind: Exercise, id: cold-1, title: "Cold, one", by: NOR, lead: NOR, participants: [UKR], at: range, from: 2025-02-03, to: 2025-02-14, note: "Zwei Zeilen\nund Umlaute: äöü, ein langer Satz, der über fünfundsiebzig Oktette hinausgeht und gefaltet wird."}
---
{kind: Meeting, id: summit, title: Summit, on: 2025-06, at: kyiv, participants: [NOR], decisions: [{id: d1, what: Decide, owner: NOR, due: 2025-09-01}]}
`

func worldOf(t *testing.T) []record.Record {
	t.Helper()
	rs, errs := record.Parse("world.yaml", []byte(world))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return rs
}

func stampOf(l record.Label) Options {
	return Options{Stamp: Stamp{Title: "A world", Owner: "NOR", Label: l, AsOf: record.MustDay("2025-05-01").First(), Reader: "keeper", Head: "abc"}}
}

// through writes records in a format and reads them again.
func through(t *testing.T, name string, rs []record.Record, o Options) (*Import, []byte) {
	t.Helper()
	f, ok := FormatNamed(name)
	if !ok {
		t.Fatalf("there is no format %s", name)
	}
	var a, b bytes.Buffer
	for _, w := range []*bytes.Buffer{&a, &b} {
		if _, err := f.Write(w, rs, o); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Errorf("%s: the same records give two files", name)
	}
	for _, want := range []string{"2025-05-01", "Releasable"} {
		if !strings.Contains(strings.ReplaceAll(a.String(), "\r\n ", ""), want) {
			t.Errorf("%s does not say %q", name, want)
		}
	}
	im, err := f.Read(context.Background(), []File{fileOf(name, a.Bytes())}, Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, a.String())
	}
	if im.Rows != im.Imported+wholes(im.Listed) {
		t.Errorf("%s: %d rows, %d imported, %d listed", name, im.Rows, im.Imported, wholes(im.Listed))
	}
	return im, a.Bytes()
}

// of keeps the records of some kinds.
func of(rs []record.Record, kinds ...record.Kind) []string {
	var all []string
	for _, k := range kinds {
		for _, r := range rs {
			if r.Key().Kind == k {
				all = append(all, string(record.Canonical(r)))
			}
		}
	}
	return all
}

func TestGeoJSONRoundTrip(t *testing.T) {
	rs := worldOf(t)
	im, _ := through(t, "geojson", rs, stampOf(record.Label{Parties: []record.PartyID{"NOR"}}))
	kinds := []record.Kind{record.KindNeed, record.KindProgramme, record.KindUnit, record.KindAssignment, record.KindExercise, record.KindMeeting}
	if diff := cmp.Diff(of(rs, kinds...), of(im.Records, kinds...)); diff != "" {
		t.Error(diff)
	}
	places := strings.Join(of(im.Records, record.KindPlace), "\n")
	for _, want := range []string{"[30.52,50.45]", "[17.1,69.5]", "nowhere"} {
		if !strings.Contains(places, want) {
			t.Errorf("want %s in\n%s", want, places)
		}
	}
}

// TestGeoJSONCoarse: what is imprecise in the register is imprecise in the file,
// in its geometry and everywhere else.
func TestGeoJSONCoarse(t *testing.T) {
	_, text := through(t, "geojson", worldOf(t), stampOf(record.Label{Public: true}))
	if bytes.Contains(text, []byte("17.12")) {
		t.Error("the file tells a coarse place exactly")
	}
}

func TestGeoJSONOfOthers(t *testing.T) {
	const text = `{"type":"FeatureCollection","features":[
{"type":"Feature","id":7,"properties":{"name":"A point","height":3},"geometry":{"type":"Point","coordinates":[24.7,59.4,10]}},
{"type":"Feature","properties":{"NAME":"An area"},"geometry":{"type":"Polygon","coordinates":[[[0,0],[10,0],[10,20],[0,0]]]}},
{"type":"Feature","properties":{"name":"No place"},"geometry":null},
{"type":"Feature","properties":{"name":"Beyond"},"geometry":{"type":"Point","coordinates":[200,95]}},
{"type":"Feature","properties":{"name":"A list"},"geometry":{"type":"Point","coordinates":"24.7,59.4"}}]}`
	im, err := readGeoJSON(context.Background(), []File{fileOf("x", []byte(text))}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`{"id":"7","kind":"Place","location":[24.7,59.4],"name":"A point"}`, `{"coarse":true,"id":"an-area","kind":"Place","location":[5,10],"name":"An area"}`}
	if diff := cmp.Diff(want, of(im.Records, record.KindPlace)); diff != "" {
		t.Error(diff)
	}
	if im.Rows != 5 || im.Imported != 2 || wholes(im.Listed) != 3 || len(im.Listed) != 5 {
		t.Errorf("%d rows, %d imported, %v", im.Rows, im.Imported, im.Listed)
	}
}

func TestICalRoundTrip(t *testing.T) {
	rs := worldOf(t)
	im, text := through(t, "ical", rs, stampOf(record.Label{Public: true}))
	kinds := []record.Kind{record.KindExercise, record.KindMeeting, record.KindAssignment, record.KindProgramme}
	if diff := cmp.Diff(of(rs, kinds...), of(im.Records, kinds...)); diff != "" {
		t.Error(diff)
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(text), "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("the line has %d octets, RFC 5545 allows 75: %s", len(line), line)
		}
	}
	cal, err := ics.ParseCalendar(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range cal.Events() {
		got[said(e, ics.ComponentPropertyUniqueId)] = said(e, ics.ComponentPropertyDtStart) + " " + said(e, ics.ComponentPropertyDtEnd) + " " + said(e, ics.ComponentPropertyCategories)
	}
	want := map[string]string{"exercise-cold-1@entente": "20250203 20250215 EXERCISE", "meeting-summit@entente": "20250601 20250701 MEETING", "assignment-north-1@entente": "20250301 20250901 ROTATION",
		"programme-crews@entente": "20250201  TRAINING", "obligation-support-report@entente": "20250630 20250701 OBLIGATION", "decision-summit-d1@entente": "20250901 20250902 OBLIGATION"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestICalOfOthers(t *testing.T) {
	text := strings.ReplaceAll(`BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VEVENT
UID:1
DTSTAMP:20250101T000000Z
DTSTART:20250304T090000Z
DTEND:20250305T170000Z
SUMMARY:Council\, first day
LOCATION:Riga
RRULE:FREQ=YEARLY
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20250701
DTEND;VALUE=DATE:20250702
SUMMARY:Exercise Storm
END:VEVENT
BEGIN:VEVENT
UID:3
SUMMARY:No day
END:VEVENT
END:VCALENDAR
`, "\n", "\r\n")
	im, err := readICal(context.Background(), []File{fileOf("x", []byte(text))}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(of(im.Records, record.KindMeeting, record.KindPlace), "\n")
	for _, want := range []string{`"on":"2025-03-04/2025-03-05"`, `"on":"2025-07-01"`, `"title":"Council, first day"`, `"at":"riga"`, `"tags":["exercise"]`} {
		if !strings.Contains(got, want) {
			t.Errorf("want %s in\n%s", want, got)
		}
	}
	if im.Rows != 3 || im.Imported != 2 || len(im.Listed) != 3 {
		t.Errorf("%d rows, %d imported, %v", im.Rows, im.Imported, im.Listed)
	}
}

func TestEDXLRoundTrip(t *testing.T) {
	rs := worldOf(t)
	im, _ := through(t, "edxl-rm", rs, stampOf(record.Label{Public: true}))
	if diff := cmp.Diff(of(rs, record.KindNeed), of(im.Records, record.KindNeed)); diff != "" {
		t.Error(diff)
	}
	want := `{"by":"NOR","from":"2025-03-01","id":"nor-1","kind":"Pledge","quantity":2,"resource":"fire-unit","status":[{"is":"committed","on":"2025-05-01"}],"title":"Two units","to":"UKR"}`
	if diff := cmp.Diff([]string{want}, of(im.Records, record.KindPledge)); diff != "" {
		t.Error(diff)
	}
}

func TestEDXLOfOthers(t *testing.T) {
	const text = `<?xml version="1.0"?><RequestResource xmlns="urn:oasis:names:tc:emergency:EDXL:RM:1.0:RequestResource" xmlns:rm="urn:oasis:names:tc:emergency:EDXL:RM:1.0:msg">
<MessageID>urn:m:1</MessageID><SentDateTime>2025-03-22T12:40:00+04:00</SentDateTime><MessageContentType>RequestResource</MessageContentType><OriginatingMessageID>urn:m:1</OriginatingMessageID>
<ContactInformation><rm:ContactDescription>Somebody's cell</rm:ContactDescription></ContactInformation>
<ResourceInformation><ResourceInfoElementID>001</ResourceInfoElementID><Resource><Name>Bridging company</Name></Resource><AssignmentInformation><Quantity><rm:MeasuredQuantity><rm:Amount>2</rm:Amount><rm:UnitOfMeasure>company</rm:UnitOfMeasure></rm:MeasuredQuantity></Quantity></AssignmentInformation><ScheduleInformation><ScheduleType>RequestedArrival</ScheduleType><DateTime>2025-03-24T09:00:00+04:00</DateTime><Location><rm:LocationDescription>Narva</rm:LocationDescription></Location></ScheduleInformation></ResourceInformation>
<ResourceInformation><ResourceInfoElementID>002</ResourceInfoElementID><Resource><Name>Tents</Name></Resource><AssignmentInformation><Quantity><rm:QuantityText>many</rm:QuantityText></Quantity></AssignmentInformation></ResourceInformation>
</RequestResource>`
	im, err := readEDXL(context.Background(), []File{fileOf("x", []byte(text))}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := of(im.Records, record.KindNeed)
	want := []string{`{"at":"narva","capability":"bridging-company","for":"SOMEBODY-S-CELL","from":"2025-03-24","id":"urn-m-1-001","kind":"Need","priority":3,"quantity":2,"to":"2025-03-24"}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if im.Rows != 2 || im.Imported != 1 || wholes(im.Listed) != 1 {
		t.Errorf("%d rows, %d imported, %v", im.Rows, im.Imported, im.Listed)
	}
}

// TestStandardsHostile: each of these has a clear answer, soon.
func TestStandardsHostile(t *testing.T) {
	deep := strings.Repeat("[", 100_000)
	for format, texts := range map[string][]string{
		"geojson": {"", "{", `{"type":"FeatureCollection","features":3}`, `{"features":` + deep, `[1,2]`},
		"ical":    {"", "BEGIN:VCALENDAR", "no calendar at all"},
		"edxl-rm": {"", "<a/>", `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><RequestResource>&e;</RequestResource>`, strings.Repeat("<a>", 100_000)},
	} {
		f, _ := FormatNamed(format)
		for _, text := range texts {
			if im, err := f.Read(context.Background(), []File{fileOf("x", []byte(text))}, Options{}); err == nil && im.Imported > 0 || err != nil && !isSaid(err) {
				t.Errorf("%s of %.40q: %v", format, text, err)
			}
		}
	}
}

func fuzzed(f *testing.F, format string) {
	f.Fuzz(func(t *testing.T, data []byte) {
		x, _ := FormatNamed(format)
		im, err := x.Read(context.Background(), []File{fileOf("x", data)}, Options{})
		if err == nil && im.Rows != im.Imported+wholes(im.Listed) {
			t.Errorf("%d rows, %d imported, %d listed", im.Rows, im.Imported, wholes(im.Listed))
		}
	})
}

func FuzzGeoJSON(f *testing.F) {
	f.Add([]byte(`{"type":"FeatureCollection","features":[{"type":"Feature","id":7,"properties":{"name":"A"},"geometry":{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]}]}}]}`))
	fuzzed(f, "geojson")
}

func FuzzICal(f *testing.F) {
	f.Add([]byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20250304T090000Z\r\nSUMMARY:S\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))
	fuzzed(f, "ical")
}

func FuzzEDXL(f *testing.F) {
	f.Add([]byte(`<CommitResource><MessageID>1</MessageID><ResourceInformation><Resource><Name>A</Name></Resource><AssignmentInformation><Quantity><QuantityText>2 of</QuantityText></Quantity></AssignmentInformation><ScheduleInformation><ScheduleType>EstimatedArrival</ScheduleType><DateTime>2025-01-01</DateTime></ScheduleInformation></ResourceInformation></CommitResource>`))
	fuzzed(f, "edxl-rm")
}
