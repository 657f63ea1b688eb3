package plan

import "entente/register"

// Check re-adds.
func Check(v *register.View, p *Plan) []string { return nil }
