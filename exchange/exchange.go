// Package exchange turns foreign forms into records and records into foreign
// forms: tables of other people's trackers, the messages of standards, maps and
// calendars.
//
// It is bytes on one side and records on the other, never half of either. A
// reader of this package returns every record that it could make and a list of
// everything that it could not: nothing of an input is lost in silence. Laws:
//
//   - Every row of an input is imported, or stands in Listed as a whole.
//   - Every cell of an imported row is in a record, or stands in Listed with
//     its row, column, value and reason. Blank cells, and what the mapping calls
//     missing, say nothing and are neither.
//   - The same input gives the same records with the same ids, to the byte; the
//     next release of a source gives the same ids with other contents.
//   - A record of an import is right: record.Parse would read it back.
//   - Memory is bounded by the records, not by what a file claims to hold.
//
// The package opens no file, knows no clock and no register. Files come in as
// readers; what a register says already is laid under an import by Over.
package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"

	"entente/record"
)

// Format is one foreign form. Read is nil for what is only written, Write for
// what is only read.
type Format struct {
	Name  string // the word that a command line says
	Title string // what it is, in a line
	Read  func(ctx context.Context, in []File, o Options) (*Import, error)
	Write func(w io.Writer, rs []record.Record, o Options) ([]Listed, error)
}

// Formats is the one list of formats: those that a mapping reads, in the order of
// builtIn, then those with code of their own.
func Formats() []Format {
	return append(mapped(), coded...)
}

// coded lists the formats that need code of their own.
var coded = []Format{
	{"iati", "IATI 2.03 activities, with transactions, budgets and places", readIATI, writeIATI},
	{"edxl-rm", "EDXL-RM 1.0 resource messages: requests, offers, commitments", readEDXL, writeEDXL},
	{"geojson", "GeoJSON (RFC 7946): places, and what is there", readGeoJSON, writeGeoJSON},
	{"ical", "iCalendar (RFC 5545): exercises, meetings, rotations, training, what is due", readICal, writeICal},
}

// FormatNamed finds a format by its name.
func FormatNamed(name string) (Format, bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// File is one input: a name, for messages and for its extension, and bytes that
// can be read at any place and more than once.
type File struct {
	Name string
	Size int64
	io.ReaderAt
}

// Options are what an input cannot say by itself.
type Options struct {
	Published record.Day // when the source was published; the zero Day: what its mapping says
	Stamp     Stamp      // what everything that is written carries
}

// Import is what an input became.
type Import struct {
	Format   string
	Records  []record.Record // sorted by key, each key once
	Rows     int             // rows that say something, without headers
	Imported int             // rows that are in records
	Cells    int             // cells of those rows that say something
	Listed   []Listed        // everything else
	Totals   []Total         // what the records add up to
}

// RowsListed is how many rows are in Listed as a whole: Rows less Imported.
func (im *Import) RowsListed() int { return im.Rows - im.Imported }

// Listed is a row, or a cell, that is in no record, or not as it stood: where it
// is, what stands there, why it is listed, and what to do.
type Listed struct {
	File   string `json:"file"`
	Sheet  string `json:"sheet,omitempty"`
	Row    int    `json:"row,omitempty"`    // from 1, as a spreadsheet counts; 0 for the whole table
	Column string `json:"column,omitempty"` // empty for a whole row
	Value  string `json:"value,omitempty"`  // what stands there, shortened
	Reason string `json:"reason"`
	Fix    string `json:"fix,omitempty"`
	Whole  bool   `json:"whole_row,omitempty"` // no record has anything of the row
}

// String is the one line that people read.
func (l Listed) String() string {
	where := l.File
	if l.Sheet != "" {
		where += " [" + l.Sheet + "]"
	}
	if l.Row > 0 {
		where += fmt.Sprintf(":%d", l.Row)
	}
	if l.Column != "" {
		where += ": " + l.Column
	}
	says := where + ": " + l.Reason
	if l.Value != "" {
		says = where + ": " + fmt.Sprintf("%q", l.Value) + " " + l.Reason
	}
	if l.Fix != "" {
		says += "; " + l.Fix
	}
	return says
}

// listedMax bounds the report. An input of which more is not understood was not
// meant for its mapping.
const listedMax = 200_000

// Total is what the pledges of money of one party, first tag and currency add up
// to; without a party, those of all. What is part of another pledge is counted in that one.
type Total struct {
	Party    record.PartyID  `json:"party,omitempty"`
	Tag      string          `json:"type"`
	Currency record.Currency `json:"currency"`
	Amount   string          `json:"amount"` // exact decimal
	Pledges  int             `json:"pledges"`
}

// fault is an input that cannot be read at all: a sentence and a remedy.
func fault(file string, line int, says, fix string) error {
	return record.Errors{{Pos: record.Pos{File: file, Line: line}, Says: says, Fix: fix}}
}

// isSaid reports whether an error has its sentence and remedy already.
func isSaid(err error) bool {
	var said record.Errors
	return errors.As(err, &said)
}
