package exchange

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// cellsIn reads every sheet of a file as text: its name, then row number and cells.
func cellsIn(t testing.TB, f File) ([]string, error) {
	t.Helper()
	all, err := sheets(f, hints{})
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, s := range all {
		if s.name != "" {
			lines = append(lines, "["+s.name+"]")
		}
		if err := s.rows(t.Context(), func(n int, cells []string) error {
			lines = append(lines, fmt.Sprintf("%d %q", n, cells))
			return nil
		}); err != nil {
			return lines, err
		}
	}
	return lines, nil
}

func TestCSV(t *testing.T) {
	for _, c := range []struct {
		why, text string
		want      []string
	}{
		{"blank lines are rows of a spreadsheet", "a,b\n\n1,2\n", []string{`1 ["a" "b"]`, `3 ["1" "2"]`}},
		{"a row may span lines, and is one row", "a,b\n\"x\ny\",2\n3,4\n", []string{`1 ["a" "b"]`, `2 ["x\ny" "2"]`, `3 ["3" "4"]`}},
		{"quotes in the middle are letters", "a,b\n5\" gun,2\n", []string{`1 ["a" "b"]`, `2 ["5\" gun" "2"]`}},
		{"rows may differ in length", "a,b\n1\n1,2,3\n", []string{`1 ["a" "b"]`, `2 ["1"]`, `3 ["1" "2" "3"]`}},
		{"semicolons", "a;b\n1,5;2\n2,5;3\n", []string{`1 ["a" "b"]`, `2 ["1,5" "2"]`, `3 ["2,5" "3"]`}},
		{"Windows-1252", "a,b\n\x80,\xe9\n", []string{`1 ["a" "b"]`, `2 ["€" "é"]`}},
		{"UTF-16, little end first", "\xff\xfea\x00,\x00b\x00\n\x001\x00,\x002\x00\n\x00", []string{`1 ["a" "b"]`, `2 ["1" "2"]`}},
		{"no line end", "a,b\n1,2", []string{`1 ["a" "b"]`, `2 ["1" "2"]`}},
	} {
		got, err := cellsIn(t, file("t.csv", c.text))
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v; want -, have +:\n%s", c.why, err, diff)
		}
	}
}

// TestLongUTF8 tells text that is UTF-8 from text that is not wherever letters
// fall on the edge of what is read at once.
func TestLongUTF8(t *testing.T) {
	for shift := range 5 {
		text := strings.Repeat("x", shift) + strings.Repeat("€", 50_000)
		f := file("t.csv", text)
		if code, err := encodingOf(f, []byte(text[:512])); err != nil || code != utf8BOM {
			t.Errorf("%d: %v, %v", shift, code, err)
		}
		f = file("t.csv", text+"\xe9,")
		if code, err := encodingOf(f, []byte(text[:512])); err != nil || code == utf8BOM {
			t.Errorf("%d: what is not UTF-8 was taken for it, %v", shift, err)
		}
	}
}

// zipPart is a file of a workbook.
type zipPart struct{ name, text string }

func zipped(t testing.TB, parts ...zipPart) File {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, p := range parts {
		f, err := w.Create(p.name)
		if err == nil {
			_, err = io.WriteString(f, p.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return File{"t.xlsx", int64(b.Len()), bytes.NewReader(b.Bytes())}
}

// workbookWith is a workbook with one sheet of these rows.
func workbookWith(t testing.TB, rows string, more ...zipPart) File {
	return zipped(t, append([]zipPart{
		{"xl/workbook.xml", `<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`},
		{"xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="170" formatCode="[$-409]d\-mmm\-yyyy"/><numFmt numFmtId="171" formatCode="0.0&quot;days&quot;"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/></cellXfs></styleSheet>`},
		{"xl/sharedStrings.xml", `<sst><si><t>plain</t></si><si><r><t>rich </t></r><r><t xml:space="preserve">text &amp; more</t></r><rPh sb="0" eb="1"><t>not this</t></rPh></si></sst>`},
		{"xl/worksheets/sheet1.xml", `<worksheet><sheetData>` + rows + `</worksheet>`},
	}, more...)...)
}

func TestXLSX(t *testing.T) {
	f := workbookWith(t, `
<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>
<row r="3"><c t="inlineStr"><is><t>in line</t></is></c><c><v>1.5E+3</v></c><c s="3"><v>7.25</v></c></row>
<row r="4"><c s="1"><v>44621</v></c><c s="2"><v>44621.5</v></c><c t="b"><v>1</v></c><c t="e"><v>#REF!</v></c><c><f>A1*2</f></c><c t="str"><f>"a"</f><v>a</v></c><c><v>0.30000000000000004</v></c></row>
<row r="5"><c r="A5"><v>1</v></c><c r="B5"><v>2</v></c></row><row r="6"><c r="B6"><v>3</v></c></row>
</sheetData><mergeCells count="1"><mergeCell ref="A5:A6"/><mergeCell ref="B1:C1"/></mergeCells>`)
	got, err := cellsIn(t, f)
	want := []string{"[S]", `1 ["plain" "" "rich text & more"]`, `3 ["in line" "1500" "7.25"]`,
		`4 ["2022-03-01" "2022-03-01T12:00:00" "TRUE" "#REF!" "=A1*2" "a" "0.30000000000000004"]`, `5 ["1" "2"]`, `6 ["1" "3"]`}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v; want -, have +:\n%s", err, diff)
	}
}

// TestXLSXAgainstExcelize reads the real workbook as another library does.
func TestXLSXAgainstExcelize(t *testing.T) {
	f := data(t, "nato-defexp-2024/240617-def-exp-2024-TABLES-en.xlsx")
	x, err := excelize.OpenReader(io.NewSectionReader(f, 0, f.Size))
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	all, err := sheets(f, hints{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		want, err := x.GetRows(s.name, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		err = s.rows(t.Context(), func(n int, cells []string) error {
			for i, c := range cells {
				have := ""
				if n <= len(want) && i < len(want[n-1]) {
					have = want[n-1][i]
				}
				if c != have && !strings.ContainsAny(have, "E") && !strings.HasPrefix(c, "=") && len(have) < 16 {
					return fmt.Errorf("%s row %d, %s: %q, and by another reader %q", s.name, n, columnName(i), c, have)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestTrees(t *testing.T) {
	for _, c := range []struct {
		why, name, text string
		want            []string
	}{
		{"a list of lists", "t.json", `[["a","b"],[1,null],[true,"x"]]`, []string{`1 ["a" "b"]`, `2 ["1" ""]`, `3 ["true" "x"]`}},
		{"a list of objects, with another inside", "t.json", `{"n": 2, "rows": [{"a": 1}, {"b": {"c": [1, 2]}, "a": 3}]}`, []string{`1 ["a" "b.c"]`, `2 ["1" ""]`, `3 ["3" "1; 2"]`}},
		{"elements that come twice", "t.xml", `<?xml version="1.0" encoding="ISO-8859-1"?><list of="things"><row id="1"><a>x</a><a>y</a></row><row><b c="d">` + "\xe9" + `</b></row></list>`, []string{`1 ["of" "id" "a" "b/c" "b"]`, `2 ["things" "1" "x; y" "" ""]`, `3 ["things" "" "" "d" "é"]`}},
	} {
		got, err := cellsIn(t, file(c.name, c.text))
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v; want -, have +:\n%s", c.why, err, diff)
		}
	}
}

// bomb repeats one text without holding it.
func bomb(t testing.TB, name, head, again, tail string, n int) File {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(f, head)
	many := strings.Repeat(again, 1000)
	for range n / 1000 {
		io.WriteString(f, many)
	}
	io.WriteString(f, tail)
	for _, p := range []zipPart{
		{"xl/workbook.xml", `<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`},
	} {
		f, err := w.Create(p.name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, p.text)
	}
	w.Close()
	return File{"bomb.xlsx", int64(b.Len()), bytes.NewReader(b.Bytes())}
}

// TestHostile reads what was made to hurt. Each gets a clear answer, and soon.
func TestHostile(t *testing.T) {
	for _, c := range []struct {
		f    File
		says string
	}{
		{file("t.csv", ""), "the file is empty"},
		{file("t.csv", "  \n \t"), "the file is empty"},
		{file("t.png", "\x89PNG\r\n\x1a\n\x00\x00\x00"), "the file is no text"},
		{file("t.xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "save it as .xlsx"},
		{file("t.xlsx", "PK\x03\x04 and no more"), "the workbook is damaged"},
		{zipped(t, zipPart{"a.csv", "a,b"}), "this is an archive, not a workbook"},
		{file("t.csv", "a,b\n\""+strings.Repeat("x,y\n", 400_000)), "a quote that opens there may not be closed"},
		{file("t.csv", strings.Repeat(",", 20_000)+"\n"), "20001 cells, more than 16384"},
		{workbookWith(t, `<row r="1048577"><c><v>1</v></c></row>`), "a sheet has at most 1048576"},
		{workbookWith(t, `<row r="2"/><row r="1"/>`), `after row 2 comes a row "1"`},
		{workbookWith(t, `<row r="1"><c r="ZZZZ1"><v>1</v></c></row>`), `there is no cell "ZZZZ1"`},
		{workbookWith(t, `<row r="1"><c t="s"><v>99</v></c></row>`), `shared text "99" of 2`},
		{workbookWith(t, `<row r="1"><c><v>1</v>`), "the workbook cannot be read"},
		{workbookWith(t, "", zipPart{"xl/worksheets/sheet1.xml", "\xff\xfe<\x00w\x00/\x00>\x00"}), "it is not in UTF-8"},
		{zipped(t, zipPart{"xl/workbook.xml", `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><workbook>&e;</workbook>`}), "document type declaration"},
		{bomb(t, "xl/sharedStrings.xml", "<sst>", "<si><t>"+strings.Repeat("x", 1000)+"</t></si>", "</sst>", 70_000), "unpacks to more than can be true"},
		{file("t.xml", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x><r>&b;</r><r/></x>`), "document type declaration"},
		{file("t.xml", strings.Repeat("<a>", 100)), "nests more than 64 deep"},
		{file("t.xml", "<a><b>1</b><b>"), "is not XML"},
		{file("t.xml", "<a>1</a>"), "no element of the file comes twice"},
		{file("t.json", strings.Repeat(`{"a":`, 100)), "nests more than 64 deep"},
		{file("t.json", `{"a": [{"b": 1}`), "it ends too early"},
		{file("t.json", `{"a": 1}`), "there is no list of rows"},
		{File{"t.csv", fileBytesMax + 1, strings.NewReader("a,b\n")}, "split it"},
	} {
		start := time.Now()
		_, err := cellsIn(t, c.f)
		if err == nil || !isSaid(err) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s is not said: %.200v", c.says, err)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s took %v", c.says, took)
		}
	}
}

// TestManyRowsLittleMemory reads a sheet that unpacks to a hundred times its
// size, row by row.
func TestManyRowsLittleMemory(t *testing.T) {
	const n = 200_000
	f := bomb(t, "xl/worksheets/sheet1.xml", "<worksheet><sheetData>", `<row><c t="str"><v>Norway</v></c><c><v>12</v></c></row>`, "</sheetData></worksheet>", n)
	all, err := sheets(f, hints{})
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	if err := all[0].rows(t.Context(), func(int, []string) error { rows++; return nil }); err != nil || rows != n {
		t.Errorf("%d rows, %v", rows, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := all[0].rows(ctx, func(int, []string) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

// TestNotUnderstood gives up on a table of which nothing is understood, instead
// of listing it for ever.
func TestNotUnderstood(t *testing.T) {
	m := mapping(t, gifts)
	text := "Giver,Sum\n" + strings.Repeat("Norway,many\n", listedMax+10)
	_, err := m.Read(t.Context(), []File{file("t.csv", text)}, Options{})
	if err == nil || !strings.Contains(err.Error(), "the file is hardly meant for gifts") {
		t.Errorf("%v", err)
	}
}

func FuzzSheets(f *testing.F) {
	f.Add("t.csv", []byte("a,b\n1,\"2\n"))
	f.Add("t.json", []byte(`{"a": [{"b": 1}, {"c": [1]}]}`))
	f.Add("t.xml", []byte(`<a><b c="1">x</b><b/></a>`))
	f.Fuzz(func(t *testing.T, name string, text []byte) {
		all, err := sheets(File{name, int64(len(text)), bytes.NewReader(text)}, hints{})
		if err != nil {
			if !isSaid(err) {
				t.Error(err)
			}
			return
		}
		for _, s := range all {
			_ = s.rows(t.Context(), func(n int, cells []string) error { return nil })
		}
	})
}

// FuzzWorkbook reads sheets whose XML is anything.
func FuzzWorkbook(f *testing.F) {
	f.Add(`<row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData><mergeCell ref="A1:B3"/>`)
	f.Add(`<row><c s="1"><v>1e300</v><f>A1</f></c></row>`)
	f.Fuzz(func(t *testing.T, rows string) {
		if _, err := cellsIn(t, workbookWith(t, rows)); err != nil && !isSaid(err) {
			t.Error(err)
		}
	})
}
