package highs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"entente/lp"
	"entente/lp/lptest"
)

// cache is shared by the tests, since compiling takes a second or two; its folder is the user's, to be shared by runs too.
func cache(t testing.TB) string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "entente", "wasm")
}

func solver(t testing.TB, o Options) *Solver {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestContract(t *testing.T) { lptest.Run(t, solver(t, Options{CacheDir: cache(t)})) }

func TestVersion(t *testing.T) {
	s := solver(t, Options{CacheDir: cache(t)})
	in, err := s.instantiate()
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	if v := in.version(); v != Version {
		t.Errorf("HiGHS %s is embedded, want %s", v, Version)
	}
	if sum := sha256.Sum256(wasm); hex.EncodeToString(sum[:]) != s.names.SHA256 {
		t.Error("the names are not those of the module: generate them anew")
	}
}

func TestMemory(t *testing.T) {
	s := solver(t, Options{CacheDir: cache(t), MaxMemoryMiB: 24})
	small, large := lptest.Staged(1, lptest.StagedSize{Periods: 4, Goods: 3, Sources: 6, Sinks: 3}), new(lp.Model)
	rng := rand.New(rand.NewPCG(1, 1))
	for range 20000 {
		large.AddCol(rng.Float64(), 0, 1)
	}
	for r := range 2000 {
		var terms []lp.Term
		for c := r % 7; c < large.Cols(); c += 100 {
			terms = append(terms, lp.Term{Col: lp.Col(c), Coef: rng.Float64()})
		}
		large.AddRow(-lp.Inf, 1, terms...)
	}
	for range 2 {
		if _, err := lp.Solve(context.Background(), s, large, lp.Options{}); !errors.Is(err, lp.ErrMemory) {
			t.Errorf("large: %v", err)
		}
		if got, err := lp.Solve(context.Background(), s, small, lp.Options{}); err != nil || lptest.Proves(small, got) != nil {
			t.Errorf("small: %v, %v", err, got)
		}
	}
	for _, limit := range []int{-1, 1, minMemoryMiB - 1, maxMemoryMiB + 1} {
		if _, err := New(Options{MaxMemoryMiB: limit}); err == nil {
			t.Errorf("%d MiB are accepted", limit)
		}
	}
	least := solver(t, Options{CacheDir: cache(t), MaxMemoryMiB: minMemoryMiB})
	if got, err := lp.Solve(context.Background(), least, new(lp.Model), lp.Options{}); err != nil || got.Status != lp.Optimal {
		t.Errorf("%d MiB: %v, %v", minMemoryMiB, got, err)
	}
}

// TestCacheUnusable stops short of compiling, which with the race detector takes longer than all other tests.
func TestCacheUnusable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]int{"": 1, filepath.Join(file, "cache"): 1, t.TempDir(): 2} {
		if got := len(caches(dir)); got != want {
			t.Errorf("%d caches for %q, want %d", got, dir, want)
		}
	}
}

func TestRefused(t *testing.T) {
	s := solver(t, Options{CacheDir: cache(t)})
	for name, change := range map[string]func(*lp.Model){
		"coefficient": func(m *lp.Model) { m.AddRow(0, 1, lp.Term{Col: 0, Coef: 1e16}) },
		"gain":        func(m *lp.Model) { m.SetGain(0, 1e21) },
	} {
		m := new(lp.Model)
		m.AddCol(1, 0, 1)
		change(m)
		if _, err := lp.Solve(context.Background(), s, m, lp.Options{}); !errors.Is(err, lp.ErrModel) {
			t.Errorf("%s beyond HiGHS: %v", name, err)
		}
	}
}

// TestEveryWay: each way on its own leads to the proven optimum, so that any can stand in for any.
func TestEveryWay(t *testing.T) {
	s := solver(t, Options{CacheDir: cache(t)})
	for seed := range uint64(4) {
		m := lptest.Staged(seed, lptest.StagedSize{Periods: 6, Goods: 5, Sources: 20, Sinks: 6})
		for i, w := range []way{interior, fewRows, manyRows, unreduced, newLimits, newGains} {
			opened, err := s.Open(context.Background(), m)
			if err != nil {
				t.Fatal(err)
			}
			if err := lptest.Proves(m, opened.(*session).runLinear(context.Background(), w)); err != nil {
				t.Errorf("seed %d, way %d: %v", seed, i, err)
			}
			opened.Close()
		}
	}
}

// TestRelaxationSolvers: both ways of solving the relaxations of an integer programme are known to the embedded HiGHS.
func TestRelaxationSolvers(t *testing.T) {
	s := solver(t, Options{CacheDir: cache(t)})
	m := lptest.Staged(1, lptest.StagedSize{Periods: 6, Goods: 5, Sources: 20, Sinks: 6})
	for c := 0; c < m.Cols(); c += 9 {
		m.SetInteger(lp.Col(c))
	}
	var objective [2]float64
	for i, method := range []lp.Method{lp.Interior, lp.Simplex} {
		got, err := lp.Solve(context.Background(), s, m, lp.Options{Method: method, Gap: 1e-6})
		if err != nil || got.Status != lp.Optimal {
			t.Fatal(err, got)
		}
		objective[i] = got.Objective
	}
	if d := objective[0] - objective[1]; d > 1e-3 || d < -1e-3 {
		t.Errorf("optima %v", objective)
	}
}
