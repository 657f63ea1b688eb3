package simplex_test

import (
	"testing"

	"entente/lp/highs"
	"entente/lp/lptest"
	"entente/lp/simplex"
)

func TestContract(t *testing.T) {
	other, err := highs.New(highs.Options{CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	lptest.Run(t, simplex.New(other))
}
