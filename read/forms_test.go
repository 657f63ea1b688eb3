package read

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"entente/record"
)

// pdfOf is a PDF of one page that is drawn from content.
func pdfOf(content string, pages int) []byte {
	var b bytes.Buffer
	var at []int
	object := func(text string) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), text)
	}
	b.WriteString("%PDF-1.4\n")
	object("<</Type/Catalog/Pages 2 0 R>>")
	object(fmt.Sprintf("<</Type/Pages/Kids[3 0 R]/Count %d>>", pages))
	object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>")
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write([]byte(content))
	_ = w.Close()
	object(fmt.Sprintf("<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream", z.Len(), z.String()))
	object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
	object("<</Title(A note)/CreationDate(D:20250312)>>")
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer<</Size %d/Root 1 0 R/Info 6 0 R>>\nstartxref\n%d\n%%%%EOF", len(at)+1, start)
	return b.Bytes()
}

func docxOf(parts map[string]string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range parts {
		w, _ := z.Create(name)
		_, _ = w.Write([]byte(text))
	}
	_ = z.Close()
	return b.Bytes()
}

func wordXML(paragraphs ...string) string {
	return `<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>` + strings.Join(paragraphs, `</w:t></w:r></w:p><w:p><w:r><w:t>`) + `</w:t></w:r></w:p></w:body></w:document>`
}

// TestForms: the same sentence in every form of document gives the same claim.
func TestForms(t *testing.T) {
	const says = "Norway gives two fire units to Ukraine next spring."
	utf16 := "\xFF\xFE"
	for _, r := range says {
		utf16 += string([]byte{byte(r), byte(r >> 8)})
	}
	for name, data := range map[string][]byte{
		"a.txt":     []byte(says),
		"bom.txt":   []byte("\uFEFF" + says),
		"utf16.txt": []byte(utf16),
		"a.html":    []byte(`<!DOCTYPE html><meta name="date" content="2025-03-12"><p>Norway <b>gives</b> two fire&#32;units to Ukraine next spring.</p><script>Sweden gives three guns to Ukraine.</script>`),
		"a.pdf":     pdfOf("BT /F1 12 Tf 1 0 0 1 72 720 Tm ("+says[:22]+") Tj 1 0 0 1 72 700 Tm ("+says[22:]+") Tj ET", 1),
		"a.docx":    docxOf(map[string]string{"word/document.xml": wordXML(says), "docProps/core.xml": `<c><created>2025-03-12T00:00:00Z</created></c>`}),
	} {
		text, err := Open(name, data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if isMarked := strings.HasSuffix(name, ".html") || strings.HasSuffix(name, ".pdf") || strings.HasSuffix(name, ".docx"); isMarked && text.Published != record.MustDay("2025-03-12") {
			t.Errorf("%s was published on %q", name, text.Published)
		}
		c := Propose(text, Options{Published: record.MustDay("2025-03-12")})
		if len(c.Proposals) != 1 || line(c.Proposals[0]) != "pledge [NOR UKR] [] [Resource/fire-unit Pledge/nor-fire-unit] next spring=2026-21" {
			t.Errorf("%s: %q proposes %v", name, text.Body, c.Proposals)
		}
		whole(t, c)
	}
}

func TestLatin1(t *testing.T) {
	text, err := Open("a.txt", []byte("T\xfcrkiye signed a treaty with Germany."))
	if err != nil || text.Body != "Türkiye signed a treaty with Germany." {
		t.Errorf("%q, %v", text.Body, err)
	}
}

// TestHostile: each of these has a clear answer, soon, in little memory.
func TestHostile(t *testing.T) {
	for name, data := range map[string][]byte{
		"bomb.pdf":     pdfOf(strings.Repeat(" ", 48<<20), 1),
		"texts.pdf":    pdfOf("BT /F1 1 Tf "+strings.Repeat("0 -1 Td (a) Tj ", 100_000)+"ET", 1),
		"pages.pdf":    pdfOf("", 1<<30),
		"table.pdf":    []byte("%PDF-1.5\n1 0 obj\n<</Type/XRef/Size 99999999/W[1 1 1]/Length 0>>stream\nendstream\nendobj\nstartxref\n9\n%%EOF"),
		"ring.pdf":     bytes.Replace(pdfOf("BT (a) Tj ET", 1), []byte("/Kids[3 0 R]"), []byte("/Kids[2 0 R]"), 1),
		"broken.pdf":   []byte("%PDF-1.4\nnothing"),
		"bomb.docx":    docxOf(map[string]string{"word/document.xml": wordXML(strings.Repeat("a", 65<<20))}),
		"dtd.docx":     docxOf(map[string]string{"word/document.xml": `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><t>&e;</t>`}),
		"no.docx":      docxOf(map[string]string{"xl/workbook.xml": "<a/>"}),
		"nul.txt":      []byte("a\x00b"),
		"blank.txt":    []byte(" \n "),
		"picture.jpeg": []byte("\xFF\xD8\xFF"),
		"empty.html":   []byte("<html><script>only</script>"),
	} {
		before, start := used(), time.Now()
		text, err := Open(name, data)
		if err == nil {
			t.Errorf("%s is read: %.60q", name, text.Body)
		} else if !strings.Contains(err.Error(), "; ") {
			t.Errorf("%s has no remedy: %v", name, err)
		}
		if took, more := time.Since(start), int64(used()-before); took > 20*time.Second || more > 300<<20 {
			t.Errorf("%s took %v and %d MB", name, took, more>>20)
		}
	}
	deep := "<p>" + strings.Repeat("<div>", 200_000) + "Norway gives two guns to Ukraine in May." + strings.Repeat("</div>", 200_000)
	if _, err := Open("deep.html", []byte(deep)); err != nil {
		t.Error(err)
	}
}

func used() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

func TestQuoteFolds(t *testing.T) {
	text := Text{Body: "He said “we must\n double\u00a0down” – and ‘soon’. We must double down."}
	for quote, want := range map[string]int{`"we must double down"`: 1, "we must double  down": 1, "We must double down.": 1, " - and 'soon'": 1, "must double down": 2, "absent": 0, " ": 0} {
		found := Find(text, quote)
		if len(found) != want {
			t.Errorf("%q is found %d times, want %d", quote, len(found), want)
		}
		for _, a := range found {
			if got := string([]rune(text.Body)[a.Start:a.End]); got != a.Exact || !strings.Contains(text.Body, a.Prefix+a.Exact+a.Suffix) {
				t.Errorf("%q is anchored at %q in %q %q", quote, got, a.Prefix, a.Suffix)
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add("a.txt", []byte("Norway gives two guns."))
	f.Add("a.html", []byte("<p>a<script>b"))
	f.Add("a.pdf", pdfOf("BT (a) Tj ET", 1))
	f.Add("a.docx", docxOf(map[string]string{"word/document.xml": wordXML("a")}))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		text, err := Open(name, data)
		if err != nil {
			return
		}
		whole(t, Propose(text, Options{}))
	})
}
