package exchange

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"entente/record"
)

// GeoJSON (RFC 7946): a place is a Feature with a Point; what is needed, held or
// done at a place is a Feature with the point of the place and the record in its
// properties. The stamp is a foreign member of the collection (section 6.1).
//
// How exact a point is depends on who may read the file: a place that is
// deliberately imprecise is written to a tenth of a degree, about 11 km; of a file
// that everybody may read every place to a hundredth, about 1 km; of others as it
// is kept.

const (
	decimalsCoarse = 1
	decimalsPublic = 2
)

type geoCollection struct {
	Type     string       `json:"type"`
	Stamp    any          `json:"entente,omitempty"`
	Features []geoFeature `json:"features"`
}

type geoFeature struct {
	Type       string          `json:"type"`
	ID         string          `json:"id"`
	Geometry   *geoPoint       `json:"geometry"`
	Properties json.RawMessage `json:"properties"`
}

type geoPoint struct {
	Type        string    `json:"type"`
	Coordinates []float64 `json:"coordinates"`
}

// atPlace are the kinds that stand at a place.
func atPlace(r record.Record) record.PlaceID {
	switch r := r.(type) {
	case *record.Need:
		return r.At
	case *record.Assignment:
		return r.At
	case *record.Exercise:
		return r.At
	case *record.Programme:
		return r.At
	case *record.Meeting:
		return r.At
	case *record.Unit:
		return r.Home
	}
	return ""
}

func writeGeoJSON(w io.Writer, rs []record.Record, o Options) ([]Listed, error) {
	places := map[record.PlaceID]*record.Place{}
	for _, r := range rs {
		if p, ok := r.(*record.Place); ok {
			places[record.PlaceID(p.ID)] = p
		}
	}
	c := geoCollection{Type: "FeatureCollection", Stamp: stampMap(o.Stamp), Features: []geoFeature{}}
	var listed []Listed
	for _, r := range rs {
		p, is := r.(*record.Place)
		if !is {
			p = places[atPlace(r)]
		}
		if p == nil {
			continue
		}
		f := geoFeature{Type: "Feature", ID: r.Key().String(), Geometry: pointOf(p, o.Stamp.Label), Properties: record.Canonical(r)}
		if is {
			f.Properties = record.Canonical(blurred(p, f.Geometry))
			if f.Geometry == nil {
				listed = append(listed, Listed{File: p.Key().String(), Reason: "has no location; it is written without geometry"})
			}
		}
		c.Features = append(c.Features, f)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return listed, enc.Encode(c)
}

// stampMap is the stamp as a foreign member.
func stampMap(s Stamp) map[string]string {
	m := map[string]string{}
	for _, l := range s.Lines() {
		if l[1] != "" {
			m[slug(l[0])] = l[1]
		}
	}
	return m
}

// pointOf is the location of a place, as exactly as a label allows.
func pointOf(p *record.Place, l record.Label) *geoPoint {
	if len(p.Location) != 2 {
		return nil
	}
	at := []float64{p.Location[0], p.Location[1]}
	switch {
	case p.Coarse:
		at[0], at[1] = rounded(at[0], decimalsCoarse), rounded(at[1], decimalsCoarse)
	case l.Public:
		at[0], at[1] = rounded(at[0], decimalsPublic), rounded(at[1], decimalsPublic)
	}
	return &geoPoint{"Point", at}
}

func rounded(x float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	return math.Round(x*scale)/scale + 0
}

// blurred is the place with the location that the geometry shows: the properties
// never tell more.
func blurred(p *record.Place, at *geoPoint) record.Record {
	if at == nil {
		return p
	}
	c := *p
	c.Location = at.Coordinates
	return &c
}

// geoIn is a feature as others write it.
type geoIn struct {
	Type       string         `json:"type"`
	ID         any            `json:"id"`
	Geometry   *geoShape      `json:"geometry"`
	Properties map[string]any `json:"properties"`
}

type geoShape struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
	Geometries  []geoShape      `json:"geometries"`
}

// readGeoJSON reads features as places. A feature that was written here is the
// record in its properties; of others the name and the location are read, an area
// becomes the middle of its box, and what else they say is listed.
func readGeoJSON(ctx context.Context, in []File, _ Options) (*Import, error) {
	x := &geoReader{im: &Import{Format: "geojson"}, found: map[record.Key]record.Record{}}
	for _, f := range in {
		if err := x.file(ctx, f); err != nil {
			return nil, err
		}
	}
	for _, r := range x.found {
		x.im.Records = append(x.im.Records, r)
	}
	slices.SortFunc(x.im.Records, func(a, b record.Record) int { return a.Key().Compare(b.Key()) })
	return x.im, nil
}

type geoReader struct {
	im    *Import
	found map[record.Key]record.Record
	name  string
}

// file reads the features one at a time.
func (x *geoReader) file(ctx context.Context, f File) error {
	x.name = f.Name
	t := &jsonTree{f: f, hints: []string{"features"}}
	if err := t.find(); err != nil {
		return err
	}
	if t.path != "features" || t.lists {
		return fault(f.Name, 0, "the file is no GeoJSON FeatureCollection", "name a file with a list of features")
	}
	return t.each(func(v any) error {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		var g geoIn
		if err := d.Decode(&g); err != nil {
			x.im.Rows++
			x.list("", "", "is no feature: "+err.Error(), true)
			return nil
		}
		x.feature(g)
		return ctx.Err()
	})
}

func (x *geoReader) list(column, value, reason string, whole bool) {
	if len(x.im.Listed) < listedMax {
		x.im.Listed = append(x.im.Listed, Listed{File: x.name, Row: x.im.Rows, Column: column, Value: short(value, 80), Reason: reason, Whole: whole})
	}
}

func (x *geoReader) feature(g geoIn) {
	x.im.Rows++
	if r, ok := own(g.Properties); ok {
		x.im.Imported++
		x.im.Cells += len(g.Properties)
		x.found[r.Key()] = r
		return
	}
	name := firstText(g.Properties, "name", "Name", "NAME", "title", "name_en")
	id := firstText(g.Properties, "id")
	if g.ID != nil {
		id = fmt.Sprint(g.ID)
	}
	at, exact, ok := shape(g.Geometry)
	if name == "" && id == "" || !ok {
		x.list("", name, "has neither a name nor an id, or no geometry that is a location", true)
		return
	}
	p := &record.Place{Name: cmp.Or(name, id), Location: at, Coarse: !exact}
	p.Kind, p.ID = record.KindPlace, slug(cmp.Or(id, name))
	if x.found[p.Key()] != nil {
		p.ID = slug(p.ID + " " + hash(fmt.Sprint(name, id, at)))
	}
	r, errs := checked(p)
	if len(errs) > 0 {
		x.list("", name, errs[0].Says, true)
		return
	}
	x.im.Imported++
	x.im.Cells += len(g.Properties) + 1
	x.found[r.Key()] = r
	if !exact {
		x.list("geometry", g.Geometry.Type, "is an area, and a place is a point: the middle of its box is kept, marked as coarse", false)
	}
	for _, k := range slices.Sorted(mapKeys(g.Properties)) {
		text := fmt.Sprint(g.Properties[k])
		if g.Properties[k] != nil && text != name && text != id {
			x.list(k, text, "has no place in a Place", false)
		}
	}
}

// own is the record that the properties are, if they are one.
func own(properties map[string]any) (record.Record, bool) {
	kind, _ := properties["kind"].(string)
	if record.New(record.Kind(kind)) == nil {
		return nil, false
	}
	text, err := json.Marshal(properties)
	if err != nil {
		return nil, false
	}
	r, errs := parsed(record.Key{Kind: record.Kind(kind)}, text)
	return r, len(errs) == 0
}

func firstText(properties map[string]any, names ...string) string {
	for _, n := range names {
		if v, ok := properties[n]; ok && v != nil {
			return fmt.Sprint(v)
		}
	}
	return ""
}

// shape is the location of a geometry: a point itself, of any other the middle of
// the box around it.
func shape(g *geoShape) (at record.Location, exact, ok bool) {
	if g == nil {
		return nil, false, false
	}
	box := [4]float64{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	if !g.grow(&box, 0) || math.IsInf(box[0], 1) {
		return nil, false, false
	}
	if g.Type == "Point" {
		return record.Location{box[0], box[1]}, true, true
	}
	return record.Location{rounded((box[0]+box[2])/2, 3), rounded((box[1]+box[3])/2, 3)}, false, true
}

func (g *geoShape) grow(box *[4]float64, depth int) bool {
	for _, k := range g.Geometries {
		if depth > 4 || !k.grow(box, depth+1) {
			return false
		}
	}
	if g.Coordinates == nil {
		return len(g.Geometries) > 0
	}
	var v any
	return json.Unmarshal(g.Coordinates, &v) == nil && positions(v, box)
}

// positions visits every position of nested lists (section 3.1.1: longitude, then
// latitude, then perhaps a height).
func positions(v any, box *[4]float64) bool {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return false
	}
	if lon, ok := list[0].(float64); ok {
		if len(list) < 2 {
			return false
		}
		lat, ok := list[1].(float64)
		if !ok || !(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90) {
			return false
		}
		box[0], box[1], box[2], box[3] = min(box[0], lon), min(box[1], lat), max(box[2], lon), max(box[3], lat)
		return true
	}
	for _, e := range list {
		if !positions(e, box) {
			return false
		}
	}
	return true
}
