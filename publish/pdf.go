package publish

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/go-pdf/fpdf"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"entente/report"
)

// The page: A4 in millimetres. Every block has its place and a number of lines
// that it may take, so that there is always exactly one page.
const (
	pageWidth  = 210.0
	pageHeight = 297.0
	margin     = 18.0
	inner      = pageWidth - 2*margin
)

// pdf writes the brief as one A4 page with the fonts that every reader has.
func (d *document) pdf(w io.Writer) error {
	b := BriefOf(d)
	f := fpdf.New("P", "mm", "A4", "")
	made := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(d.stamp.AsOf)-10957)
	f.SetCreationDate(made)
	f.SetModificationDate(made)
	f.SetCatalogSort(true)
	f.SetTitle(b.Title, true)
	f.SetSubject(d.stamp.String(), true)
	f.SetProducer("entente", true)
	f.SetAutoPageBreak(false, 0)
	f.AddPage()
	s := &sheet{f}
	s.draw(b)
	if err := f.Output(w); err != nil {
		return fmt.Errorf("publish: write the PDF: %w", err)
	}
	return nil
}

type sheet struct{ *fpdf.Fpdf }

func (s *sheet) draw(b Brief) {
	s.font("Helvetica", "B", 7.5)
	s.line(margin, 16, inner, b.Label, "L")
	s.line(margin, 16, inner, b.Made, "C")
	s.line(margin, 16, inner, b.Plan, "R")
	s.rule(margin, 21.5, inner)
	y := s.block(margin, 25, inner, 7.4, 3, "Times", "B", 17, b.Title)
	y = s.block(margin, y+1.5, inner, 5, 4, "Times", "", 11, b.Lede)
	y = max(y+2, 62)
	s.rule(margin, y, inner)
	s.chart(b, y+2)
	s.figures(b.Figures, margin+128, y+5)
	y += 64
	y = s.decisions(b.Decisions, y)
	s.gaps(b.Gaps, y+4)
	s.contradictions(b.Contradictions, y+4)
	if b.If[0] != "" {
		s.rule(margin, 252, inner)
		s.block(margin, 254, inner, 6, 1, "Times", "B", 11, b.If[0])
		s.block(margin, 260.5, inner, 4.6, 3, "Times", "", 10.5, b.If[1])
	}
	s.rule(margin, 278, inner)
	s.font("Helvetica", "", 7)
	s.line(margin, 279.5, inner, b.Footer[0], "L")
	s.line(margin, 279.5, inner, b.Footer[1], "C")
	s.line(margin, 279.5, inner, b.Footer[2], "R")
}

// font chooses a font and the colour of text.
func (s *sheet) font(family, style string, size float64) {
	s.SetFont(family, style, size)
	s.SetTextColor(26, 26, 31)
}

// line writes one line, cut off where it does not fit.
func (s *sheet) line(x, y, w float64, text, align string) {
	text = western(text)
	for len(text) > 1 && s.GetStringWidth(text) > w {
		text = strings.TrimRight(text[:len(text)-2], " ") + "\x85"
	}
	s.SetXY(x, y)
	s.CellFormat(w, 5, text, "", 0, align, false, 0, "")
}

func (s *sheet) rule(x, y, w float64) {
	s.SetDrawColor(60, 60, 66)
	s.SetLineWidth(0.25)
	s.Line(x, y, x+w, y)
}

// block writes text over at most so many lines, and says where it ended.
func (s *sheet) block(x, y, w, height float64, lines int, family, style string, size float64, text string) float64 {
	s.font(family, style, size)
	parts := s.SplitLines([]byte(western(text)), w)
	for i, p := range parts {
		if i == lines {
			break
		}
		t := string(p)
		if i == lines-1 && len(parts) > lines {
			t = strings.TrimRight(t, " .,;:") + "\x85"
		}
		s.SetXY(x, y)
		s.CellFormat(w, height, t, "", 0, "L", false, 0, "")
		y += height
	}
	return y
}

// chart draws coverage by month as bars, and above them the line of equipment.
func (s *sheet) chart(b Brief, y float64) {
	const x, w, h = margin + 8, 104.0, 42.0
	s.block(margin, y, inner, 6, 1, "Times", "B", 11, "Coverage of what is needed")
	y += 8
	s.font("Helvetica", "", 7)
	for _, share := range []float64{0, 0.5, 1} {
		at := y + h*(1-share)
		s.SetDrawColor(205, 205, 200)
		s.Line(x, at, x+w, at)
		s.line(margin-2, at-2.5, 9, report.Percent(share), "R")
	}
	if len(b.Coverage) == 0 {
		return
	}
	step := w / float64(len(b.Coverage))
	s.SetFillColor(88, 104, 122)
	for i, share := range b.Coverage {
		if share > 0 {
			s.Rect(x+float64(i)*step, y+h*(1-share), step*0.96, h*share, "F")
		}
	}
	s.SetDrawColor(31, 74, 140)
	s.SetLineWidth(0.5)
	for i, share := range b.Equipment {
		if share >= 0 && i < len(b.Coverage) {
			s.Line(x+float64(i)*step, y+h*(1-share), x+float64(i+1)*step, y+h*(1-share))
		}
	}
	s.line(x, y+h+0.5, w, b.Start.Text(), "L")
	s.line(x, y+h+0.5, w, b.Plan[strings.LastIndex(b.Plan, "to ")+3:], "R")
	s.block(margin, y+h+5, 120, 3.2, 2, "Helvetica", "", 6.8, b.Note)
}

func (s *sheet) figures(fs []report.Fact, x, y float64) {
	for _, f := range fs {
		s.font("Helvetica", "", 8)
		s.line(x, y+2, 30, f.Name, "L")
		s.font("Helvetica", "B", 15)
		s.line(x+20, y+1.5, 26, f.Value, "R")
		y += 12
	}
}

// decisions draws a shaded box of what would help most.
func (s *sheet) decisions(ds []Decision, y float64) float64 {
	height := 8 + 9*float64(max(len(ds), 1))
	s.SetFillColor(242, 241, 236)
	s.Rect(margin, y, inner, height, "F")
	s.SetFillColor(28, 62, 112)
	s.Rect(margin, y, 0.8, height, "F")
	s.block(margin+4, y+1.5, inner-8, 5, 1, "Times", "B", 11, "What would help most")
	at := y + 7.5
	for i, d := range ds {
		s.block(margin+4, at, 5, 4.2, 1, "Times", "B", 10, fmt.Sprint(i+1))
		s.block(margin+10, at, inner-42, 4.2, 1, "Helvetica", "B", 8.5, d.What)
		s.block(margin+10, at+4, inner-42, 4, 1, "Helvetica", "", 8, d.How)
		s.font("Helvetica", "B", 8.5)
		s.line(margin+inner-34, at, 30, d.Gain, "R")
		at += 9
	}
	if len(ds) == 0 {
		s.block(margin+10, at, inner-14, 4.2, 1, "Helvetica", "", 8.5, "One more of anything that is offered would add nothing.")
	}
	return y + height
}

func (s *sheet) gaps(gs []Gap, y float64) {
	s.block(margin, y, 92, 6, 1, "Times", "B", 11, "Largest gaps")
	cols := []float64{0, 38, 57, 76}
	widths := []float64{37, 18, 18, 20}
	y += 7
	for i, g := range append([]Gap{{"Need", "First", "Last", "Held by"}}, gs...) {
		s.font("Helvetica", map[bool]string{true: "B"}[i == 0], 7.6)
		for j, cell := range []string{g.Need, g.Now, g.End, g.HeldBy} {
			s.line(margin+cols[j], y, widths[j], cell, "L")
		}
		s.SetDrawColor(215, 214, 208)
		s.Line(margin, y+5.6, margin+96, y+5.6)
		y += 6.4
	}
}

func (s *sheet) contradictions(says []string, y float64) {
	const x, w = margin + 102, inner - 102
	s.block(x, y, w, 6, 1, "Times", "B", 11, "Contradictions to settle")
	y += 7
	for _, c := range says {
		end := s.block(x+3, y, w-3, 3.6, 4, "Helvetica", "", 7.6, c)
		s.SetFillColor(150, 36, 36)
		s.Rect(x, y, 0.6, end-y, "F")
		y = end + 1.6
	}
	if len(says) == 0 {
		s.block(x, y, w, 4, 2, "Helvetica", "", 8, "Nothing contradicts itself in what this reader may see.")
	}
}

// western writes text in the letters that the fonts of every PDF reader have: what
// they lack is written without its marks, or as a question mark.
func western(text string) string {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		switch r {
		case '\u202f', '\u2009':
			r = '\u00a0'
		case '−':
			r = '–'
		case '→':
			out = append(out, "to"...)
			continue
		}
		if b, ok := charmap.Windows1252.EncodeRune(r); ok {
			out = append(out, b)
			continue
		}
		plain := byte('?')
		for _, p := range norm.NFD.String(string(r)) {
			if p < unicode.MaxASCII {
				plain = byte(p)
				break
			}
		}
		out = append(out, plain)
	}
	return string(out)
}
