package desk_test

import (
	"testing"

	"entente/desk"
	"entente/desk/desktest"
)

func TestMemory(t *testing.T) {
	desktest.Run(t, func(*testing.T) desk.Store { return new(desk.Memory) })
}
