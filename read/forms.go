package read

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ledongthuc/pdf"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"entente/record"
)

// blocks are the elements of HTML that begin and end a paragraph; silent ones
// hold what nobody reads.
var (
	blocks = set(atom.P, atom.Div, atom.Br, atom.Li, atom.Ul, atom.Ol, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Tr, atom.Table,
		atom.Section, atom.Article, atom.Blockquote, atom.Header, atom.Figcaption, atom.Dd, atom.Dt, atom.Title)
	silent = set(atom.Script, atom.Style, atom.Nav, atom.Footer, atom.Aside, atom.Form, atom.Noscript, atom.Svg, atom.Template, atom.Button, atom.Title)
)

func set(as ...atom.Atom) map[atom.Atom]bool {
	m := map[atom.Atom]bool{}
	for _, a := range as {
		m[a] = true
	}
	return m
}

// openHTML keeps the words of a page, a line for each paragraph. The tokeniser
// runs no script, loads nothing and knows no entity but those of HTML.
func openHTML(data []byte) (Text, error) {
	plain, err := openPlain(data)
	if err != nil {
		return Text{}, err
	}
	h := htmlReader{z: html.NewTokenizer(strings.NewReader(plain.Body))}
	h.z.SetMaxBuf(4 << 20)
	for h.step() {
	}
	if err := h.z.Err(); err != io.EOF {
		return Text{}, fmt.Errorf("the page cannot be read: %w", err)
	}
	h.text.Body = paragraphs(h.body.String())
	return h.text, nil
}

type htmlReader struct {
	z      *html.Tokenizer
	body   strings.Builder
	muted  atom.Atom // the silent element that is open
	nested int       // how many of the same kind within it
	text   Text
}

func (h *htmlReader) step() bool {
	switch kind := h.z.Next(); kind {
	case html.ErrorToken:
		return false
	case html.TextToken:
		switch {
		case h.muted == atom.Title:
			h.text.Title = strings.TrimSpace(h.text.Title + string(h.z.Text()))
		case h.muted == 0:
			h.body.WriteString(strings.Join(strings.FieldsFunc(string(h.z.Text()), func(r rune) bool { return r == '\n' || r == '\r' || r == '\t' }), " "))
		}
	case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
		h.tag(h.z.Token(), kind)
	}
	return true
}

func (h *htmlReader) tag(t html.Token, kind html.TokenType) {
	switch {
	case h.muted != 0:
		if t.DataAtom == h.muted && kind == html.StartTagToken {
			h.nested++
		}
		if t.DataAtom == h.muted && kind == html.EndTagToken {
			if h.nested--; h.nested <= 0 {
				h.muted = 0
			}
		}
		return
	case silent[t.DataAtom] && kind == html.StartTagToken:
		h.muted, h.nested = t.DataAtom, 1
	case t.DataAtom == atom.Meta:
		h.meta(t)
	case t.DataAtom == atom.Time:
		h.published(attribute(t, "datetime"))
	}
	if blocks[t.DataAtom] {
		h.body.WriteByte('\n')
	}
}

func (h *htmlReader) meta(t html.Token) {
	name := strings.ToLower(attribute(t, "property") + attribute(t, "name") + attribute(t, "itemprop"))
	switch content := attribute(t, "content"); {
	case strings.HasSuffix(name, "published_time") || name == "date" || name == "datepublished" || name == "dc.date":
		h.published(content)
	case name == "og:site_name":
		h.text.Publisher = strings.TrimSpace(content)
	}
}

func (h *htmlReader) published(iso string) {
	if h.text.Published.IsZero() {
		h.text.Published = isoDay(iso)
	}
}

// isoDay is the day of an ISO 8601 moment, or the zero Day.
func isoDay(iso string) record.Day {
	d, err := record.ParseDay(iso[:min(len(iso), 10)])
	if err != nil {
		return record.Day{}
	}
	return d
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// paragraphs trims every line and keeps one line break between two.
func paragraphs(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// pagesMax is how many pages of a PDF are read.
const pagesMax = 2000

// pdfTimeMax is how long the library may take over a file. It does not stop when
// asked, so that one that runs on is left behind.
const pdfTimeMax = 30 * time.Second

// openPDF reads the text of a PDF, page by page.
func openPDF(data []byte) (Text, error) {
	type answer struct {
		t   Text
		err error
	}
	done := make(chan answer, 1)
	go func() {
		t, err := readPDF(data)
		done <- answer{t, err}
	}()
	select {
	case a := <-done:
		return a.t, a.err
	case <-time.After(pdfTimeMax):
		return Text{}, fmt.Errorf("the PDF takes longer than %s to read", pdfTimeMax)
	}
}

// readPDF does so. The library panics on some broken files, which is no more than
// that they cannot be read.
func readPDF(data []byte) (t Text, err error) {
	defer func() {
		if r := recover(); r != nil {
			t, err = Text{}, errors.New("the PDF is broken")
		}
	}()
	if err := boasts(data); err != nil {
		return Text{}, err
	}
	r, err := pdf.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return Text{}, fmt.Errorf("the PDF cannot be opened: %w", err)
	}
	pages := r.NumPage()
	if nodes := 0; pages > pagesMax || tangled(r.Trailer().Key("Root").Key("Pages"), &nodes, 0) {
		return Text{}, fmt.Errorf("the PDF claims %d pages, or a tree of pages that does not end", pages)
	}
	var b strings.Builder
	for i := 1; i <= pages && b.Len() <= textBytesMax; i++ {
		page := r.Page(i)
		if page.V.IsNull() {
			continue
		}
		if err := bearable(page); err != nil {
			return Text{}, fmt.Errorf("page %d cannot be read: %w", i, err)
		}
		rows, err := page.GetTextByRow()
		if err != nil {
			return Text{}, fmt.Errorf("page %d cannot be read: %w", i, err)
		}
		writeRows(&b, rows)
	}
	t.Body = unbroken(b.String())
	info := r.Trailer().Key("Info")
	t.Title = strings.TrimSpace(info.Key("Title").Text())
	if d := info.Key("CreationDate").Text(); strings.HasPrefix(d, "D:") && len(d) >= 10 {
		t.Published = isoDay(d[2:6] + "-" + d[6:8] + "-" + d[8:10])
	}
	return t, nil
}

// objectsMax is how many objects a PDF may claim to have: the library makes room
// for all of them before it looks for one.
const objectsMax = 2_000_000

// claimed are the numbers of objects that a PDF claims: the size of its table, in
// either form, and the sections of it.
var claimed = regexp.MustCompile(`/Size\s+(\d+)|/Index\s*\[\s*(\d+)[\s\d]*\]|(?m:^(\d{7,})[ \t]+\d+[ \t]*\r?$)`)

func boasts(data []byte) error {
	for _, m := range claimed.FindAllSubmatch(data, -1) {
		for _, digits := range m[1:] {
			if n, err := strconv.Atoi(string(digits)); len(digits) > 0 && (err != nil || n > objectsMax) {
				return fmt.Errorf("the PDF claims %s objects, more than %d", digits, objectsMax)
			}
		}
	}
	return nil
}

// Limits of one page of a PDF, above those of any page that people read. The time
// that the library takes grows with the square of the texts on a page.
const (
	contentBytesMax = 4 << 20
	pageTextsMax    = 20_000
)

// bearable unpacks what a page is drawn from and the tables of its fonts, no
// further than the limits, before the library does so without any.
func bearable(page pdf.Page) error {
	contents := page.V.Key("Contents")
	streams := []pdf.Value{contents}
	for i := range min(contents.Len(), pageTextsMax) {
		streams = append(streams, contents.Index(i))
	}
	for _, name := range page.Fonts() {
		streams = append(streams, page.Font(name).V.Key("ToUnicode"))
	}
	size, texts := 0, 0
	for _, s := range streams {
		if s.Kind() != pdf.Stream {
			continue
		}
		r := s.Reader()
		data, err := io.ReadAll(io.LimitReader(r, contentBytesMax+1))
		r.Close()
		if err != nil {
			return fmt.Errorf("it cannot be unpacked: %w", err)
		}
		size += len(data)
		texts += bytes.Count(data, []byte("Tj")) + bytes.Count(data, []byte("TJ"))
		if size > contentBytesMax || texts > pageTextsMax {
			return fmt.Errorf("it unpacks to more than %d bytes or %d texts", contentBytesMax, pageTextsMax)
		}
	}
	return nil
}

// tangled reports whether a tree of pages has more nodes than pages need, or bites
// its tail: the library would go round for ever.
func tangled(v pdf.Value, nodes *int, depth int) bool {
	*nodes++
	if *nodes > 4*pagesMax || depth > 50 {
		return true
	}
	kids := v.Key("Kids")
	for i := range kids.Len() {
		if tangled(kids.Index(i), nodes, depth+1) {
			return true
		}
	}
	return false
}

func writeRows(b *strings.Builder, rows pdf.Rows) {
	for _, row := range rows {
		for _, word := range row.Content {
			b.WriteString(word.S)
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
}

// unbroken joins the lines of a page into paragraphs: a line that does not end a
// sentence goes on in the next.
func unbroken(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" {
			continue
		}
		b.WriteString(line)
		if strings.ContainsAny(line[len(line)-1:], ".!?:") || strings.HasSuffix(line, "”") {
			b.WriteByte('\n')
		} else {
			b.WriteByte(' ')
		}
	}
	return strings.TrimSpace(b.String()) + "\n"
}

// openDOCX reads the paragraphs of a Word document. Each part is read up to a
// limit, whatever the archive says of its size.
func openDOCX(data []byte) (Text, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return Text{}, fmt.Errorf("the archive cannot be opened: %w", err)
	}
	var t Text
	var body strings.Builder
	found := false
	for _, f := range z.File {
		switch f.Name {
		case "word/document.xml":
			found = true
			err = part(f, wordText(&body))
		case "docProps/core.xml":
			err = part(f, coreText(&t))
		}
		if err != nil {
			return Text{}, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	if !found {
		return Text{}, errors.New("the archive is no Word document")
	}
	t.Body = paragraphs(body.String())
	return t, nil
}

const partBytesMax = 64 << 20

// part walks the tokens of one part of an archive.
func part(f *zip.File, visit func(xml.Token)) error {
	large := fmt.Errorf("it unpacks to more than %d bytes", partBytesMax)
	if f.UncompressedSize64 > partBytesMax {
		return large // by its own account
	}
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	limited := &io.LimitedReader{R: r, N: partBytesMax}
	dec := xml.NewDecoder(limited)
	for {
		tok, err := dec.RawToken()
		switch {
		case limited.N <= 0:
			return large
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if d, ok := tok.(xml.Directive); ok && bytes.HasPrefix(d, []byte("DOCTYPE")) {
			return errors.New("it declares a document type, which is refused")
		}
		visit(tok)
	}
}

func wordText(b *strings.Builder) func(xml.Token) {
	inText := false
	return func(tok xml.Token) {
		switch x := tok.(type) {
		case xml.StartElement:
			inText = x.Name.Local == "t"
			switch x.Name.Local {
			case "tab":
				b.WriteByte(' ')
			case "br", "cr":
				b.WriteByte('\n')
			}
		case xml.EndElement:
			inText = false
			if x.Name.Local == "p" {
				b.WriteByte('\n')
			}
		case xml.CharData:
			if inText {
				b.Write(x)
			}
		}
	}
}

func coreText(t *Text) func(xml.Token) {
	element := ""
	return func(tok xml.Token) {
		switch x := tok.(type) {
		case xml.StartElement:
			element = x.Name.Local
		case xml.EndElement:
			element = ""
		case xml.CharData:
			switch element {
			case "title":
				t.Title = strings.TrimSpace(string(x))
			case "created":
				t.Published = isoDay(string(x))
			}
		}
	}
}
