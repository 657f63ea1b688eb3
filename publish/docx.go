package publish

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// The parts of a Word document (ECMA-376, Office Open XML) that a page needs.
const (
	contentTypes = xml.Header + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>`
	relations    = xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>`
	wordHead     = xml.Header + `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`
	// A4 in twentieths of a point, with margins of 18 mm.
	wordFoot = `<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="850" w:right="1020" w:bottom="850" w:left="1020" w:header="400" w:footer="400" w:gutter="0"/></w:sectPr></w:body></w:document>`
)

// docx writes the brief for Word: the same page as the PDF, its texts cut to the
// same lengths.
func (d *document) docx(w io.Writer) error {
	b := BriefOf(d)
	var doc strings.Builder
	p := word{&doc}
	p.brief(b)
	core := xml.Header + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>` +
		escaped(b.Title) + `</dc:title><dc:subject>` + escaped(d.stamp.String()) + `</dc:subject><dcterms:created xsi:type="dcterms:W3CDTF">` + d.stamp.AsOf.String() + `T00:00:00Z</dcterms:created></cp:coreProperties>`
	z := zip.NewWriter(w)
	for _, part := range []struct{ name, text string }{{"[Content_Types].xml", contentTypes}, {"_rels/.rels", relations}, {"docProps/core.xml", core}, {"word/document.xml", wordHead + doc.String() + wordFoot}} {
		f, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Deflate})
		if err == nil {
			_, err = io.WriteString(f, part.text)
		}
		if err != nil {
			return fmt.Errorf("publish: write %s: %w", part.name, err)
		}
	}
	return z.Close()
}

type word struct{ *strings.Builder }

// How many characters of each text the page holds.
const (
	titleMax = 170
	ledeMax  = 420
	saysMax  = 190
)

func (p word) brief(b Brief) {
	p.para(15, true, "", b.Label+"   |   "+b.Made+"   |   "+b.Plan)
	p.para(34, true, "", cut(b.Title, titleMax))
	p.para(22, false, "", cut(b.Lede, ledeMax))
	if len(b.Figures) > 0 {
		heads, values := make([]string, len(b.Figures)), make([]string, len(b.Figures))
		for i, f := range b.Figures {
			heads[i], values[i] = f.Name, f.Value
		}
		p.table(heads, [][]string{values})
	}
	if len(b.Coverage) > 0 {
		p.para(24, true, "", "Coverage of what is needed, by month")
		p.para(20, false, "", b.Coverage.Axis(b.Start)+" "+b.Coverage.String())
	}
	p.para(24, true, "", "What would help most")
	for i, d := range b.Decisions {
		p.para(18, false, fmt.Sprintf("%d. %s (%s). ", i+1, d.What, d.Gain), cut(d.How, saysMax))
	}
	if len(b.Gaps) > 0 {
		p.para(24, true, "", "Largest gaps")
		rows := [][]string{}
		for _, g := range b.Gaps {
			rows = append(rows, []string{cut(g.Need, 60), g.Now, g.End, cut(g.HeldBy, 40)})
		}
		p.table([]string{"Need", "First month", "Last month", "Held by"}, rows)
	}
	p.para(24, true, "", "Contradictions to settle")
	for _, c := range b.Contradictions {
		p.para(17, false, "", "• "+cut(c, saysMax))
	}
	if b.If[0] != "" {
		p.para(22, true, "", cut(b.If[0], titleMax))
		p.para(19, false, "", cut(b.If[1], ledeMax))
	}
	p.para(14, false, "", strings.Join(b.Footer[:], "   |   "))
}

// cut keeps the first letters of a text.
func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return strings.TrimRight(string(runes[:most-1]), " .,;:") + "…"
}

// para writes a paragraph, its lead in bold; the size is in half points.
func (p word) para(size int, bold bool, lead, text string) {
	p.WriteString(`<w:p><w:pPr><w:spacing w:after="60"/></w:pPr>`)
	if lead != "" {
		p.run(size, true, lead)
	}
	p.run(size, bold, text)
	p.WriteString(`</w:p>`)
}

func (p word) run(size int, bold bool, text string) {
	weight := ""
	if bold {
		weight = "<w:b/>"
	}
	fmt.Fprintf(p, `<w:r><w:rPr>%s<w:sz w:val="%d"/></w:rPr><w:t xml:space="preserve">%s</w:t></w:r>`, weight, size, escaped(text))
}

func (p word) table(heads []string, rows [][]string) {
	p.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/></w:tblPr>`)
	for i, row := range append([][]string{heads}, rows...) {
		p.WriteString(`<w:tr>`)
		for _, cell := range row {
			p.WriteString(`<w:tc><w:p><w:pPr><w:spacing w:after="20"/></w:pPr>`)
			p.run(17, i == 0, cell)
			p.WriteString(`</w:p></w:tc>`)
		}
		p.WriteString(`</w:tr>`)
	}
	p.WriteString(`</w:tbl>`)
}
