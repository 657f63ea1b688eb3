package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"

	"entente/lp"
	"entente/report"
)

// console is what a command knows of its surroundings: where it writes, the
// day, who solves, and the context that ends when it is interrupted.
type console struct {
	ctx    context.Context
	out    *bufio.Writer
	err    io.Writer
	now    time.Time
	solver func() (lp.Solver, error)
	width  int
	color  bool // out is a terminal, and NO_COLOR is not set
	live   bool // err is a terminal: progress may be shown
}

const (
	widthDefault = 100 // where no terminal says otherwise
	widthMin     = 40
	widthMax     = 160 // longer lines are hard to read
	gap          = "  "
)

func newConsole(ctx context.Context, out, errOut io.Writer, now time.Time) *console {
	c := &console{ctx: ctx, out: bufio.NewWriter(out), err: errOut, now: now, solver: solver, width: widthDefault}
	if fd, ok := terminal(out); ok {
		c.color = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		if w, _, err := term.GetSize(fd); err == nil && w > 0 {
			c.width = w
		}
	}
	if w, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && w > 0 {
		c.width = w
	}
	c.width = min(max(c.width, widthMin), widthMax)
	_, c.live = terminal(errOut)
	c.live = c.live && os.Getenv("TERM") != "dumb"
	return c
}

func terminal(w io.Writer) (fd int, ok bool) {
	f, isFile := w.(*os.File)
	if !isFile {
		return 0, false
	}
	return int(f.Fd()), term.IsTerminal(int(f.Fd()))
}

func (c *console) flush() error { return c.out.Flush() }

// tint puts s in the colour of a tone, if there is colour at all.
func (c *console) tint(s string, t report.Tone) string {
	if !c.color || t == report.Plain || s == "" {
		return s
	}
	return tints[t].Sprint(s)
}

var tints = map[report.Tone]text.Colors{
	report.Quiet:     {text.Faint},
	report.Strong:    {text.Bold},
	report.Good:      {text.FgGreen},
	report.Warn:      {text.FgYellow},
	report.Bad:       {text.FgRed},
	report.Equipment: {text.FgBlue},
	report.People:    {text.FgHiYellow},
	report.Money:     {text.FgCyan},
}

func (c *console) line(s string) { _, _ = c.out.WriteString(strings.TrimRight(s, " ") + "\n") }

func (c *console) blank() { c.line("") }

// heading begins a part of the answer.
func (c *console) heading(s string) {
	c.blank()
	c.para(s, "", report.Strong)
}

// para writes a paragraph within the width. Its first line is indented as it
// is, later ones by indent.
func (c *console) para(s, indent string, t report.Tone) {
	lead := s[:len(s)-len(strings.TrimLeft(s, " "))]
	line, empty := lead, true
	for word := range strings.SplitSeq(s[len(lead):], " ") {
		switch {
		case empty:
			line, empty = line+word, false
		case columnsOf(line)+1+columnsOf(word) <= c.width:
			line += " " + word
		default:
			c.line(c.tint(line, t))
			line = indent + word
		}
	}
	c.line(c.tint(line, t))
}

// columnsOf is how much room s takes on a terminal.
func columnsOf(s string) int { return text.StringWidthWithoutEscSequences(s) }

// facts writes names and values on as few lines as they need.
func (c *console) facts(fs []report.Fact) {
	const between = "  ·  "
	line := ""
	for _, f := range fs {
		next := f.Name + " " + f.Value
		if line != "" && columnsOf(line+between+next) <= c.width {
			line += between + next
			continue
		}
		if line != "" {
			c.para(line, "  ", report.Quiet)
		}
		line = next
	}
	c.para(line, "  ", report.Quiet)
}

// next says what to do now: a command, and what it answers.
func (c *console) next(steps ...step) {
	c.blank()
	wide := 0
	for _, s := range steps {
		wide = max(wide, len(s.command))
	}
	for i, s := range steps {
		lead := "      "
		if i == 0 {
			lead = "Next: "
		}
		line := lead + s.command
		if len(lead)+wide+2+len(s.why) <= c.width {
			line += strings.Repeat(" ", wide-len(s.command)+2) + c.tint(s.why, report.Quiet)
		}
		c.line(line)
	}
}

type step struct{ command, why string }

// table draws t with its title, or says that it is empty.
func (c *console) table(t report.Table) {
	if t.Title != "" {
		c.heading(t.Title)
	}
	if len(t.Rows) == 0 {
		if t.Empty != "" {
			c.para(t.Empty, "", report.Quiet)
		}
		return
	}
	w := table.NewWriter()
	w.SetStyle(tableStyle)
	w.SuppressTrailingSpaces()
	kept, configs := c.columns(t)
	w.SetColumnConfigs(configs)
	head := table.Row{}
	for _, k := range kept {
		head = append(head, c.tint(t.Heads[k].Name, report.Quiet))
	}
	w.AppendHeader(head)
	for _, r := range t.Rows {
		row := table.Row{}
		for _, k := range kept {
			row = append(row, c.cell(r[k]))
		}
		w.AppendRow(row)
	}
	for l := range strings.SplitSeq(w.Render(), "\n") {
		if rule, ok := strings.CutSuffix(l, "──"); ok {
			l = rule // which the gap behind the last column has made too long
		}
		c.line(l)
	}
	if t.Note != "" {
		c.para(t.Note, "", report.Quiet)
	}
}

var tableStyle = table.Style{
	Name:    "entente",
	Box:     table.BoxStyle{MiddleHorizontal: "─", PaddingRight: gap},
	Options: table.Options{SeparateHeader: true},
}

func (c *console) cell(x report.Cell) string {
	switch {
	case x.Strip != nil:
		return x.Strip.String()
	case x.Bar > 0:
		return strings.TrimSpace(bar(x.Bar) + " " + x.Text)
	}
	return c.tint(x.Text, x.Tone)
}

const barWidth = 20

// bar draws a share with eighths of a character.
func bar(share float64) string {
	eighths := max(int(share*barWidth*8+0.5), 1)
	s := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return s
}

// columns chooses which columns there is room for, and how wide each may be:
// brief ones go first, then the widest text is broken over lines, between words
// while that is enough.
func (c *console) columns(t report.Table) (kept []int, configs []table.ColumnConfig) {
	wide := make([]int, len(t.Heads))
	for k, h := range t.Heads {
		wide[k] = columnsOf(h.Name)
		for _, r := range t.Rows {
			wide[k] = max(wide[k], columnsOf(c.cell(r[k])))
		}
		kept = append(kept, k)
	}
	total := func() int {
		sum := 0
		for _, k := range kept {
			sum += wide[k] + len(gap)
		}
		return sum - len(gap)
	}
	for i := len(t.Heads) - 1; i >= 0 && total() > c.width; i-- {
		if t.Heads[i].Brief {
			kept = without(kept, i)
		}
	}
	for _, least := range []func(k int) int{func(k int) int { return longestWord(t, k) }, func(int) int { return columnMin }} {
		for total() > c.width {
			widest := -1
			for _, k := range kept {
				if breakable(t, k) && wide[k] > max(least(k), columnMin) && (widest < 0 || wide[k] > wide[widest]) {
					widest = k
				}
			}
			if widest < 0 {
				break
			}
			wide[widest]--
		}
	}
	for i, k := range kept {
		cfg := table.ColumnConfig{Number: i + 1, WidthMax: wide[k], WidthMaxEnforcer: text.WrapSoft}
		if t.Heads[k].Numeric {
			cfg.Align, cfg.AlignHeader = text.AlignRight, text.AlignRight
		}
		configs = append(configs, cfg)
	}
	return kept, configs
}

const columnMin = 10

// longestWord is how wide the longest word of a column is.
func longestWord(t report.Table, k int) int {
	most := 0
	for _, r := range t.Rows {
		for word := range strings.FieldsSeq(r[k].Text) {
			most = max(most, columnsOf(word))
		}
	}
	return most
}

func breakable(t report.Table, k int) bool {
	if t.Heads[k].Numeric {
		return false
	}
	for _, r := range t.Rows {
		if r[k].Strip != nil || r[k].Bar > 0 {
			return false
		}
	}
	return true
}

func without(ks []int, k int) []int {
	var rest []int
	for _, x := range ks {
		if x != k {
			rest = append(rest, x)
		}
	}
	return rest
}

// show says on one line that work goes on, for how long, on what and how far it
// is, where somebody can see it.
type show struct {
	done, total atomic.Int64
	doing       atomic.Pointer[string]
	end         func() // takes the line away
}

// far says how much is done.
func (s *show) far(done, total int) { s.done.Store(int64(done)); s.total.Store(int64(total)) }

// says tells what is worked on; it may be called from anywhere.
func (s *show) says(doing string) { s.doing.Store(&doing) }

func (s *show) line(what string, since time.Duration) string {
	if doing := s.doing.Load(); doing != nil {
		what += ": " + *doing
	}
	return progressLine(what, since, s.done.Load(), s.total.Load())
}

// working begins a show.
func (c *console) working(what string) *show {
	s := &show{end: func() {}}
	if !c.live {
		return s
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for begun := time.Now(); ; {
			select {
			case <-stop:
				fmt.Fprint(c.err, "\r\x1b[K")
				return
			case now := <-tick.C:
				fmt.Fprint(c.err, "\r\x1b[K"+text.Trim(s.line(what, now.Sub(begun)), c.width-1))
			}
		}
	}()
	s.end = func() { close(stop); <-stopped }
	return s
}

const progressEvery = 150 * time.Millisecond

func progressLine(what string, since time.Duration, done, total int64) string {
	line := fmt.Sprintf("%s, %d s", what, int(since.Seconds()))
	if total > 0 {
		share := float64(done) / float64(total)
		line += fmt.Sprintf("  %-*s  %d of %d", barWidth, bar(share), done, total)
	}
	return line
}
