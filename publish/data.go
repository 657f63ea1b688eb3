package publish

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"entente/exchange"
	"entente/record"
	"entente/register"
)

// stampData is a stamp with its day, as JSON.
type stampData struct {
	exchange.Stamp
	AsOf string `json:"as_of"`
}

// parquet writes a table of one kind as columns: numbers as doubles, flags as
// booleans, all else as text. The stamp is in the file's own data, under
// "entente".
func (d *document) parquet(w io.Writer) error {
	t := TableOf(d.v, cmp.Or(d.o.Kind, record.KindPledge))
	group := parquet.Group{}
	for _, c := range t.Columns {
		switch c.kind {
		case number:
			group[c.name] = parquet.Optional(parquet.Leaf(parquet.DoubleType))
		case flag:
			group[c.name] = parquet.Optional(parquet.Leaf(parquet.BooleanType))
		default:
			group[c.name] = parquet.Optional(parquet.String())
		}
	}
	stamp, err := json.Marshal(stampData{d.stamp, d.stamp.AsOf.String()})
	if err != nil {
		panic("publish: a stamp is always JSON: " + err.Error())
	}
	names := slices.Sorted(maps.Keys(group)) // the order of the file's columns
	out := parquet.NewGenericWriter[any](w, parquet.NewSchema(string(t.Kind), group), parquet.KeyValueMetadata("entente", string(stamp)), parquet.CreatedBy("entente", "1", ""))
	for _, cells := range t.Rows {
		row := make(parquet.Row, len(names))
		for i, c := range t.Columns {
			at := slices.Index(names, c.name)
			value, level, err := columnValue(c, cells[i])
			if err != nil {
				return err
			}
			row[at] = value.Level(0, level, at)
		}
		if _, err := out.WriteRows([]parquet.Row{row}); err != nil {
			return fmt.Errorf("publish: write a row: %w", err)
		}
	}
	return out.Close()
}

func columnValue(c column, cell string) (v parquet.Value, level int, err error) {
	switch {
	case cell == "":
		return parquet.NullValue(), 0, nil
	case c.kind == number:
		x, err := strconv.ParseFloat(cell, 64)
		return parquet.DoubleValue(x), 1, err
	case c.kind == flag:
		return parquet.BooleanValue(cell == "true"), 1, nil
	}
	return parquet.ByteArrayValue([]byte(cell)), 1, nil
}

// Radii of an overlay's areas. An overlay shows areas, never points: a place that
// is deliberately imprecise gets a wide one.
const (
	areaKilometres   = 10.0
	coarseKilometres = 30.0
)

// kml writes an overlay: an area around each place that has a location, with how
// much is needed, stationed and held there.
func (d *document) kml(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s<kml xmlns=\"http://www.opengis.net/kml/2.2\">\n<Document>\n<name>%s</name>\n<description>%s</description>\n", xml.Header, escaped(cmp.Or(d.stamp.Title, "Register")), escaped(d.stamp.String()))
	out.WriteString("<Style id=\"area\"><LineStyle><color>ff6b4a1f</color><width>1.5</width></LineStyle><PolyStyle><color>406b4a1f</color></PolyStyle></Style>\n")
	for _, p := range d.v.Places() {
		if len(p.Location) != 2 {
			continue
		}
		radius := areaKilometres
		if p.Coarse {
			radius = coarseKilometres
		}
		fmt.Fprintf(out, "<Placemark id=\"%s\"><name>%s</name><description>%s</description><styleUrl>#area</styleUrl><Polygon><outerBoundaryIs><LinearRing><coordinates>%s</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>\n",
			escaped("place-"+p.ID), escaped(p.Name), escaped(d.holds(p)), ring(p.Location, radius))
	}
	out.WriteString("</Document>\n</kml>\n")
	return out.Flush()
}

func escaped(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}

// holds says what refers to a place, by kind.
func (d *document) holds(p *record.Place) string {
	count := map[record.Kind]int{}
	for _, r := range d.v.Referring(p.Key()) {
		count[r.Key().Kind]++
	}
	var says []string
	for _, k := range record.Kinds() {
		if n := count[k]; n > 0 && k != record.KindPlace {
			says = append(says, fmt.Sprintf("%s: %d.", k, n))
		}
	}
	return strings.Join(says, " ")
}

// ring is a polygon of 24 sides around a location, closed and counter-clockwise.
func ring(at record.Location, kilometres float64) string {
	const sides, kmPerDegree = 24, 111.32
	narrow := max(math.Cos(at[1]*math.Pi/180), 0.01)
	var points []string
	for i := range sides + 1 {
		a := 2 * math.Pi * float64(i%sides) / sides
		lon := at[0] + kilometres/kmPerDegree/narrow*math.Cos(a)
		lat := min(max(at[1]+kilometres/kmPerDegree*math.Sin(a), -90), 90)
		points = append(points, strconv.FormatFloat(lon, 'f', 4, 64)+","+strconv.FormatFloat(lat, 'f', 4, 64))
	}
	return strings.Join(points, " ")
}

// prov writes each total as an entity that was derived from its pledges, those
// from the documents that say so, and the rates that money was converted with
// (W3C PROV-DM; the form is that of the PROV-JSON member submission).
func (d *document) prov(w io.Writer) error {
	p := provWriter{d: d, Prefix: map[string]string{"entente": "urn:entente:", "prov": "http://www.w3.org/ns/prov#"},
		Entity: map[string]any{}, Agent: map[string]any{}, Activity: map[string]any{}, Derived: map[string]any{}, Attributed: map[string]any{}, Generated: map[string]any{}, Used: map[string]any{}}
	act := "entente:total-" + d.o.rung().String() + "-" + d.stamp.AsOf.String()
	p.Activity[act] = map[string]any{"prov:type": "entente:Totals", "entente:rung": d.o.rung().String(), "entente:asOf": d.stamp.AsOf.String(), "entente:label": d.stamp.Releasable(), "entente:head": d.stamp.Head, "entente:reader": d.stamp.Reader}
	for _, t := range d.v.Totals(d.o.rung()) {
		if d.o.Party == "" || d.o.Party == t.Party {
			p.total(t, act)
		}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(p)
}

// rung is the one asked for, or committed.
func (o Options) rung() record.Rung {
	if o.Rung == record.NoRung {
		return record.Committed
	}
	return o.Rung
}

type provWriter struct {
	d          *document
	Prefix     map[string]string `json:"prefix"`
	Entity     map[string]any    `json:"entity"`
	Agent      map[string]any    `json:"agent"`
	Activity   map[string]any    `json:"activity"`
	Derived    map[string]any    `json:"wasDerivedFrom"`
	Attributed map[string]any    `json:"wasAttributedTo"`
	Generated  map[string]any    `json:"wasGeneratedBy"`
	Used       map[string]any    `json:"used"`
}

func (p provWriter) total(t register.Total, act string) {
	id := "entente:total/" + string(t.Party) + "/" + cmp.Or(string(t.Resource), "EUR")
	value := t.Inside.Quantity.String()
	if t.Resource == "" {
		value = t.Inside.Euro.String()
	}
	p.Entity[id] = map[string]any{"prov:type": "entente:Total", "prov:value": value, "entente:pledges": len(t.Pledges)}
	p.relate(p.Generated, map[string]string{"prov:entity": id, "prov:activity": act})
	p.relate(p.Attributed, map[string]string{"prov:entity": id, "prov:agent": p.agent(t.Party)})
	for _, pid := range t.Pledges {
		pl, ok := p.d.v.Pledge(pid)
		if !ok {
			continue
		}
		from := p.record(pl)
		p.relate(p.Derived, map[string]string{"prov:generatedEntity": id, "prov:usedEntity": from, "prov:activity": act})
		p.relate(p.Attributed, map[string]string{"prov:entity": from, "prov:agent": p.agent(pl.By)})
		for _, s := range pl.Sources {
			if doc, ok := p.d.v.Document(s.Document); ok {
				p.relate(p.Derived, map[string]string{"prov:generatedEntity": from, "prov:usedEntity": p.record(doc), "prov:type": "prov:PrimarySource"})
			}
		}
		if pl.Amount != nil {
			if _, rate, ok := p.d.v.EuroAmount(*pl.Amount, register.Day(pl)); ok && rate != nil {
				p.relate(p.Used, map[string]string{"prov:activity": act, "prov:entity": p.record(rate)})
			}
		}
	}
}

// relate adds a relation once; its name is what it says.
func (p provWriter) relate(to map[string]any, what map[string]string) {
	text, err := json.Marshal(what)
	if err != nil {
		panic("publish: strings are always JSON: " + err.Error())
	}
	to["_:"+hashed(text)] = what
}

func (p provWriter) agent(id record.PartyID) string {
	name := "entente:Party/" + string(id)
	p.Agent[name] = map[string]any{"prov:type": "prov:Organization", "prov:label": p.d.v.Name(record.Key{Kind: record.KindParty, ID: string(id)})}
	return name
}

// record is the entity of a record, named with the hash of what it says, so that
// another revision is another entity.
func (p provWriter) record(r record.Record) string {
	name := "entente:" + r.Key().String() + "@" + hashed(record.Canonical(r))
	p.Entity[name] = map[string]any{"prov:type": "entente:" + string(r.Key().Kind), "prov:label": p.d.v.Name(r.Key())}
	return name
}

// hashed is short enough to be read and long enough to tell records apart.
func hashed(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}
