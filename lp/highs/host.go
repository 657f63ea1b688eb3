package highs

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

const (
	pageBytes    = 65536
	minMemoryMiB = 21
	maxMemoryMiB = 2048

	// standing is where the clock stands, in seconds. It must not be zero, by which HiGHS knows the clocks that it has not started.
	standing = 1
	// afterTheEnd is what the clock shows once a run is to stop: seconds far beyond noLimit.
	afterTheEnd = 1e9
	noLimit     = 1e8
)

// host is what one instance of HiGHS finds of the world: a clock that stands still until the run is to stop, memory up to a bound,
// and nothing else. There are no files, no environment and no output.
type host struct {
	stop    atomic.Pointer[atomic.Bool] // of the present run
	starved bool                        // memory was asked for and refused
}

type hostKey struct{}

func hostOf(ctx context.Context) *host { return ctx.Value(hostKey{}).(*host) }

func (h *host) seconds() float64 {
	if stop := h.stop.Load(); stop != nil && stop.Load() {
		return afterTheEnd
	}
	return standing
}

// These are the numbers of WASI and of Emscripten's system calls.
const (
	wasiNotSeekable = 70
	errnoNoEntry    = -44
	errnoNoTerminal = -59
)

// provideHost makes the module that HiGHS imports. The list is complete: what is not here is not in the module either.
func provideHost(ctx context.Context, runtime wazero.Runtime, names map[string]string) error {
	const (
		i32 = api.ValueTypeI32
		i64 = api.ValueTypeI64
		f64 = api.ValueTypeF64
	)
	types := func(t ...api.ValueType) []api.ValueType { return t }
	imports := []struct {
		name            string
		params, results []api.ValueType
		do              api.GoModuleFunc
	}{
		// Ends without return. The runtime turns the panic into the error of the call that led here.
		{"cxa_throw", types(i32, i32, i32), nil, func(ctx context.Context, _ api.Module, _ []uint64) {
			panic(errors.New("uncaught C++ exception"))
		}},
		{"abort_js", nil, nil, func(context.Context, api.Module, []uint64) { panic(errors.New("abort")) }},
		{"exit", types(i32), nil, func(_ context.Context, _ api.Module, st []uint64) { panic(fmt.Errorf("exit %d", int32(st[0]))) }},
		{"proc_exit", types(i32), nil, func(_ context.Context, _ api.Module, st []uint64) { panic(fmt.Errorf("exit %d", int32(st[0]))) }},

		// Clocks.
		{"emscripten_get_now", nil, types(f64), nowMillis},
		{"emscripten_date_now", nil, types(f64), nowMillis},
		{"clock_time_get", types(i32, i64, i32), types(i32), func(ctx context.Context, m api.Module, st []uint64) {
			m.Memory().WriteUint64Le(uint32(st[2]), uint64(hostOf(ctx).seconds()*1e9))
			st[0] = 0
		}},
		{"setitimer_js", types(i32, f64), types(i32), returnZero},
		{"tzset_js", types(i32, i32, i32, i32), nil, func(_ context.Context, m api.Module, st []uint64) {
			m.Memory().WriteUint32Le(uint32(st[0]), 0)
			m.Memory().WriteUint32Le(uint32(st[1]), 0)
			m.Memory().WriteString(uint32(st[2]), "UTC\x00")
			m.Memory().WriteString(uint32(st[3]), "UTC\x00")
		}},

		// Memory.
		{"emscripten_resize_heap", types(i32), types(i32), func(ctx context.Context, m api.Module, st []uint64) {
			if grow(m.Memory(), uint64(uint32(st[0]))) {
				st[0] = 1
				return
			}
			hostOf(ctx).starved = true
			st[0] = 0
		}},
		{"emscripten_runtime_keepalive_clear", nil, nil, func(context.Context, api.Module, []uint64) {}},

		// Environment and files.
		{"environ_get", types(i32, i32), types(i32), returnZero},
		{"environ_sizes_get", types(i32, i32), types(i32), func(_ context.Context, m api.Module, st []uint64) {
			m.Memory().WriteUint32Le(uint32(st[0]), 0)
			m.Memory().WriteUint32Le(uint32(st[1]), 0)
			st[0] = 0
		}},
		{"syscall_openat", types(i32, i32, i32, i32), types(i32), returnErrno(errnoNoEntry)},
		{"syscall_fcntl64", types(i32, i32, i32), types(i32), returnZero},
		{"syscall_ioctl", types(i32, i32, i32), types(i32), returnErrno(errnoNoTerminal)},
		{"fd_close", types(i32), types(i32), returnZero},
		{"fd_read", types(i32, i32, i32, i32), types(i32), func(_ context.Context, m api.Module, st []uint64) {
			m.Memory().WriteUint32Le(uint32(st[3]), 0)
			st[0] = 0
		}},
		{"fd_seek", types(i32, i64, i32, i32), types(i32), returnErrno(wasiNotSeekable)},
		{"fd_write", types(i32, i32, i32, i32), types(i32), swallow},
	}
	builder := runtime.NewHostModuleBuilder("a")
	for _, i := range imports {
		short, ok := names[i.name]
		if !ok {
			return fmt.Errorf("no import is called %s", i.name)
		}
		builder.NewFunctionBuilder().WithGoModuleFunction(i.do, i.params, i.results).Export(short)
	}
	_, err := builder.Instantiate(ctx)
	return err
}

func returnZero(_ context.Context, _ api.Module, st []uint64) { st[0] = 0 }

func returnErrno(n int32) api.GoModuleFunc {
	return func(_ context.Context, _ api.Module, st []uint64) { st[0] = api.EncodeI32(n) }
}

func nowMillis(ctx context.Context, _ api.Module, st []uint64) {
	st[0] = api.EncodeF64(hostOf(ctx).seconds() * 1e3)
}

// swallow takes whatever is written and says it was all taken.
func swallow(_ context.Context, m api.Module, st []uint64) {
	vectors, n := uint32(st[1]), uint32(st[2])
	total := uint32(0)
	for i := range n {
		size, _ := m.Memory().ReadUint32Le(vectors + 8*i + 4)
		total += size
	}
	m.Memory().WriteUint32Le(uint32(st[3]), total)
	st[0] = 0
}

// grow makes memory at least want bytes large: a fifth larger than it is if that can be had, because each growth copies everything,
// else just as much as is wanted.
func grow(memory api.Memory, want uint64) bool {
	have := uint64(memory.Size())
	for _, size := range []uint64{max(want, have+have/5), want} {
		pages := (min(size, maxMemoryMiB<<20) + pageBytes - 1) / pageBytes
		if pages*pageBytes < want {
			continue
		}
		if _, ok := memory.Grow(uint32(pages - have/pageBytes)); ok {
			return true
		}
	}
	return false
}
