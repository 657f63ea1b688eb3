// Package publish writes the documents that leave the house: tables, workbooks
// and data of the records, totals with their provenance, and the brief.
//
// Everything is made from a View, so that it tells its reader no more than they
// may see, and everything carries the stamp of what it was made from: label, day,
// reader and head. The label is that of what is in it, by the same gate that
// hides records. Formats that others read back as records, such as IATI, GeoJSON
// and iCalendar, are those of exchange; here they are only offered beside the
// others. The same view and options give the same bytes.
package publish

import (
	"fmt"
	"io"

	"entente/check"
	"entente/exchange"
	"entente/plan"
	"entente/record"
	"entente/register"
	"entente/report"
)

// Options are what an export is asked for.
type Options struct {
	Kind  record.Kind        // of the one table that CSV and Parquet have
	Rung  record.Rung        // from which a pledge counts in totals
	Plan  *plan.Plan         // for the brief; nil for none
	If    *report.Comparison // beside it, what would change; nil for none
	Size  int64              // of the ledger, when there is one
	Root  string             // of that ledger
	Party record.PartyID
}

// Format is one form of document.
type Format struct {
	Name  string // the word that a command line says
	Ext   string // of the file
	Title string // what it is, in a line
	Plans bool   // it tells of a plan
	write func(*document, io.Writer) error
}

// Formats is the one list of what can be written.
var Formats = []Format{
	{"csv", ".csv", "one kind of record as a table", false, (*document).csv},
	{"xlsx", ".xlsx", "every kind of record and the totals as a workbook", false, (*document).xlsx},
	{"json", ".json", "every record, with the stamp", false, (*document).json},
	{"parquet", ".parquet", "one kind of record as a column file", false, (*document).parquet},
	{"iati", ".xml", "money as IATI 2.03 activities", false, foreign("iati")},
	{"geojson", ".geojson", "places, and what is there, as RFC 7946", false, foreign("geojson")},
	{"ical", ".ics", "exercises, meetings, rotations, training and obligations as RFC 5545", false, foreign("ical")},
	{"edxl-rm", ".xml", "needs and pledges as an EDXL-RM 1.0 message", false, foreign("edxl-rm")},
	{"kml", ".kml", "areas, and what is in them, as an overlay", false, (*document).kml},
	{"prov", ".json", "the totals and what they were made from, as W3C PROV-JSON", false, (*document).prov},
	{"docx", ".docx", "the brief, one page, for Word", true, (*document).docx},
	{"pdf", ".pdf", "the brief, one page", true, (*document).pdf},
}

// FormatNamed finds a format.
func FormatNamed(name string) (Format, bool) {
	for _, f := range Formats {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// document is a view about to be written.
type document struct {
	v      *register.View
	o      Options
	stamp  exchange.Stamp
	listed []exchange.Listed
}

// Write writes a view. What the form has no place for is returned.
func (f Format) Write(w io.Writer, v *register.View, o Options) ([]exchange.Listed, error) {
	d := &document{v: v, o: o, stamp: StampOf(v, o)}
	if err := f.write(d, w); err != nil {
		return nil, err
	}
	return d.listed, nil
}

// StampOf says what a view is and who may see all of it.
func StampOf(v *register.View, o Options) exchange.Stamp {
	return exchange.Stamp{Title: v.Settings().Title, Owner: v.Settings().Owner, Label: v.Narrowest(), AsOf: v.At().On, Reader: v.At().Reader.String(), Head: v.Head(), Size: o.Size, Root: o.Root}
}

// foreign writes a form of exchange.
func foreign(name string) func(*document, io.Writer) error {
	return func(d *document, w io.Writer) error {
		f, ok := exchange.FormatNamed(name)
		if !ok || f.Write == nil {
			return fmt.Errorf("publish: exchange writes no %s", name)
		}
		listed, err := f.Write(w, d.v.Records(), exchange.Options{Stamp: d.stamp})
		d.listed = append(d.listed, listed...)
		return err
	}
}

// findings are what check finds in the view.
func (d *document) findings() []check.Finding { return check.Run(d.v) }

// lose notes what the form has no place for.
func (d *document) lose(record, column, reason string) {
	d.listed = append(d.listed, exchange.Listed{File: record, Column: column, Reason: reason})
}
