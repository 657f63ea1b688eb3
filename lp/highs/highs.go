// Package highs solves programmes with HiGHS, compiled to WebAssembly and run inside this process: no cgo, no files, no child
// process, and every run in a memory of its own.
//
// # How it is kept honest
//
// HiGHS sees no clock. Time stands still for it, so that nothing it does can depend on how busy the machine is; to stop it, for
// whatever reason, its clock jumps past its time limit, and it returns within milliseconds with what it has. (Letting the runtime
// interrupt the code instead costs seven times the run time.)
//
// Claims are checked. A point is called feasible only if package lp finds it so in the model as the caller stated it.
// Where a method ends without a clear answer the next one is asked, see the list in linear.
//
// # Limits
//
// An instance can address 2 GiB, about 15 million terms; Options may grant less. HiGHS takes bounds of 1e20 and more for infinite,
// refuses coefficients beyond 1e15 and ignores those below 1e-9. Its tolerance is absolute, 1e-7: choose units in which the
// numbers that matter are not far from 1.
package highs

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"entente/lp"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"
)

// Version is the release of HiGHS that is embedded.
const Version = "1.15.1"

var (
	//go:embed dist/highs.wasm
	wasm []byte
	//go:embed dist/names.json
	namesJSON []byte
)

// names tells what the module calls its exports and imports: they are shortened to a letter or two, anew in each release.
type names struct {
	SHA256  string
	Exports map[string]string
	Imports map[string]string
}

// Options of a Solver. The zero value works.
type Options struct {
	// CacheDir keeps the module's machine code, some 20 MB, so that only the first process ever spends a second or two on compiling it.
	// Empty, or if the directory cannot be used, each process compiles anew.
	CacheDir string
	// MaxMemoryMiB bounds each session; beyond it a session fails with lp.ErrMemory. 0 is the module's own limit, 2048.
	// It cannot start with less than 21.
	MaxMemoryMiB int
}

// Solver is an lp.Solver. Sessions of one Solver run in parallel if used from several goroutines; a session itself uses one core.
type Solver struct {
	options Options
	names   names

	mu       sync.Mutex
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	closed   bool
}

var _ lp.Solver = (*Solver)(nil)

// New returns a solver. It does no work yet: the module is compiled when the first session opens.
func New(o Options) (*Solver, error) {
	if mib := o.MaxMemoryMiB; mib != 0 && (mib < minMemoryMiB || mib > maxMemoryMiB) {
		return nil, fmt.Errorf("highs: memory of %d MiB is not between %d and %d", mib, minMemoryMiB, maxMemoryMiB)
	}
	s := &Solver{options: o}
	if err := json.Unmarshal(namesJSON, &s.names); err != nil {
		return nil, fmt.Errorf("highs: names of exports: %w", err)
	}
	return s, nil
}

// Open starts an instance of HiGHS and loads m into it.
func (s *Solver) Open(ctx context.Context, m *lp.Model) (lp.Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	in, err := s.instantiate()
	if err != nil {
		return nil, err
	}
	session, err := load(in, m)
	if err != nil {
		in.close()
		return nil, err
	}
	return session, nil
}

// Close frees the compiled module and ends all sessions.
func (s *Solver) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.runtime == nil {
		return nil
	}
	err := s.runtime.Close(context.Background())
	s.runtime, s.compiled = nil, nil
	return err
}

// module returns the compiled module, compiling it if it is the first to ask. The caller's context does not count here:
// whoever waits next wants it too.
func (s *Solver) module() (wazero.Runtime, wazero.CompiledModule, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, nil, errors.New("highs: solver is closed")
	}
	if s.compiled != nil {
		return s.runtime, s.compiled, nil
	}
	var err error
	for _, cache := range caches(s.options.CacheDir) {
		if s.runtime, s.compiled, err = s.compile(cache); err == nil {
			break
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("highs: compile: %w", err)
	}
	return s.runtime, s.compiled, nil
}

// caches lists where to keep machine code, in order. No directory, or one that cannot be written, or one with damaged files: none is a
// reason not to solve.
func caches(dir string) []wazero.CompilationCache {
	inMemory := wazero.NewCompilationCache()
	if dir == "" {
		return []wazero.CompilationCache{inMemory}
	}
	onDisk, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return []wazero.CompilationCache{inMemory}
	}
	return []wazero.CompilationCache{onDisk, inMemory}
}

func (s *Solver) compile(cache wazero.CompilationCache) (wazero.Runtime, wazero.CompiledModule, error) {
	ctx := experimental.WithCompilationWorkers(context.Background(), 2)
	config := wazero.NewRuntimeConfig().WithCompilationCache(cache)
	if s.options.MaxMemoryMiB > 0 {
		config = config.WithMemoryLimitPages(uint32(s.options.MaxMemoryMiB) * (1 << 20 / pageBytes))
	}
	runtime := wazero.NewRuntimeWithConfig(ctx, config)
	err := provideHost(ctx, runtime, s.names.Imports)
	if err == nil {
		var compiled wazero.CompiledModule
		if compiled, err = runtime.CompileModule(ctx, wasm); err == nil {
			return runtime, compiled, nil
		}
	}
	return nil, nil, errors.Join(err, runtime.Close(ctx))
}

// deadline returns ctx bounded by limit, where 0 is no bound.
func deadline(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, limit)
}
