package record

import (
	"bytes"
	"reflect"
)

// SettingsFile is the name of the file at the top of a tree that says what
// holds for the whole register. It is not a record.
const SettingsFile = "entente.yaml"

// Settings is what holds for a whole register.
type Settings struct {
	Title   string  `json:"title,omitempty" doc:"the register's name"`
	Owner   PartyID `json:"owner,omitempty" doc:"the party that states records without by"`
	Release *Label  `json:"release,omitempty" doc:"who sees records without release; [public] when left out"`
	AsOf    Day     `json:"as_of,omitzero" doc:"the day up to which the register is kept; today when left out"`
	Start   Day     `json:"start,omitzero" doc:"first month of a plan; the first need's month when left out"`
	Months  int     `json:"months,omitempty" doc:"length of a plan; 24 when left out" range:"0-600"`
}

// ParseSettings reads a settings file.
func ParseSettings(file string, data []byte) (Settings, Errors) {
	var s Settings
	if fault := unreadable(data); fault != nil {
		fault.File = file
		return s, Errors{*fault}
	}
	p := parser{file: file}
	n, fault := chunk{text: bytes.TrimPrefix(data, byteOrderMark)}.read()
	switch {
	case fault != nil:
		p.fault(fault.Line, fault.Column, fault.Says, fault.Fix)
	case n != nil:
		d := decoder{file: file, errs: &p.errs}
		d.reset(0)
		d.value(n, &trail{}, reflect.ValueOf(&s).Elem())
	}
	return s, p.sorted()
}
