// Package examples holds the registers that are shipped with the program.
package examples

import "embed"

// Tallinn is the register of examples/tallinn, under the folder tallinn.
//
//go:embed tallinn
var Tallinn embed.FS
