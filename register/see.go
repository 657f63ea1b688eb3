package register

import (
	"entente/access"
	"entente/record"
)

// MaySee reports whether the view's reader may see a record that is not of the
// view, such as an earlier revision, by the memberships of the view's day.
func (v *View) MaySee(r record.Record) bool {
	return access.CanSee(v.at.Reader, v.By(r), v.Label(r), v.GroupsOf(v.at.Reader.Party))
}
