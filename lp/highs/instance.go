package highs

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"entente/lp"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// instance is one HiGHS object in a memory of its own, spoken to through its C interface.
//
// Its first failure stays: every later call does nothing and returns zero, so that a caller asks for err once, at the end.
// What HiGHS itself refuses is no failure; see try.
type instance struct {
	ctx       context.Context
	host      *host
	module    api.Module
	memory    api.Memory
	exports   map[string]string
	functions map[string]api.Function
	texts     map[string]uint64 // where names of options and such are kept
	scratch   []uint64          // what to free after the present request
	object    uint64
	err       error
}

func (s *Solver) instantiate() (*instance, error) {
	runtime, compiled, err := s.module()
	if err != nil {
		return nil, err
	}
	in := &instance{host: new(host), exports: s.names.Exports, functions: map[string]api.Function{}, texts: map[string]uint64{}}
	in.ctx = context.WithValue(context.Background(), hostKey{}, in.host)
	in.module, err = runtime.InstantiateModule(in.ctx, compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return nil, fmt.Errorf("%w: start: %v", lp.ErrAborted, err)
	}
	in.memory = in.module.Memory()
	in.call("wasm_call_ctors")
	in.object = in.call("Highs_create")
	if in.err != nil {
		in.close()
		return nil, in.err
	}
	return in, nil
}

func (in *instance) close() error {
	if in.err == nil {
		in.err = errors.New("highs: session is closed")
	}
	return in.module.Close(in.ctx)
}

// call calls an export.
func (in *instance) call(name string, args ...uint64) uint64 {
	if in.err != nil {
		return 0
	}
	function := in.functions[name]
	if function == nil {
		if function = in.module.ExportedFunction(in.exports[name]); function == nil {
			panic("highs: no export " + name)
		}
		in.functions[name] = function
	}
	var stack [24]uint64
	copy(stack[:], args)
	if err := function.CallWithStack(in.ctx, stack[:max(len(args), 1)]); err != nil {
		in.fail(name, err)
		return 0
	}
	return stack[0]
}

func (in *instance) fail(what string, err error) {
	kind := lp.ErrAborted
	if in.host.starved {
		kind = lp.ErrMemory
	}
	cause, _, _ := strings.Cut(err.Error(), "\n") // the rest is the module's call stack, in names of two letters
	in.err = fmt.Errorf("%w: %s: %s", kind, what, cause)
}

// try calls a function of the object and reports whether HiGHS accepted it.
func (in *instance) try(name string, args ...uint64) bool {
	return int32(in.call(name, append([]uint64{in.object}, args...)...)) != -1
}

// do calls a function of the object that HiGHS has no reason to refuse.
func (in *instance) do(name string, args ...uint64) {
	if !in.try(name, args...) {
		in.fail(name, errors.New("refused"))
	}
}

func (in *instance) setBool(option string, v bool) {
	n := uint64(0)
	if v {
		n = 1
	}
	in.do("Highs_setBoolOptionValue", in.text(option), n)
}

func (in *instance) setInt(option string, v int32) {
	in.do("Highs_setIntOptionValue", in.text(option), api.EncodeI32(v))
}

func (in *instance) setFloat(option string, v float64) {
	in.do("Highs_setDoubleOptionValue", in.text(option), api.EncodeF64(v))
}

func (in *instance) setText(option, v string) {
	in.do("Highs_setStringOptionValue", in.text(option), in.text(v))
}

// infoInt is 0 where HiGHS knows nothing.
func (in *instance) infoInt(name string) int {
	p := in.ints(1, func(int) int32 { return 0 })
	if !in.try("Highs_getIntInfoValue", in.text(name), p) {
		return 0
	}
	v, _ := in.memory.ReadUint32Le(uint32(p))
	return int(int32(v))
}

// infoFloat is NaN where HiGHS knows nothing.
func (in *instance) infoFloat(name string) float64 {
	p := in.floats(1, func(int) float64 { return math.NaN() })
	if !in.try("Highs_getDoubleInfoValue", in.text(name), p) {
		return math.NaN()
	}
	v, _ := in.memory.ReadFloat64Le(uint32(p))
	return v
}

// alloc returns the address of n bytes that last until freeScratch.
func (in *instance) alloc(n int) uint64 {
	p := in.malloc(n)
	in.scratch = append(in.scratch, p)
	return p
}

func (in *instance) malloc(n int) uint64 {
	if n > maxMemoryMiB<<20 { // would be taken modulo 2^32
		in.host.starved = true
		in.fail("malloc", errors.New("more than the module can address"))
		return 0
	}
	p := in.call("malloc", uint64(max(n, 8)))
	if p == 0 && in.err == nil {
		in.host.starved = true
		in.fail("malloc", fmt.Errorf("no room for %d bytes", n))
	}
	return p
}

func (in *instance) freeScratch() {
	for _, p := range in.scratch {
		in.call("free", p)
	}
	in.scratch = in.scratch[:0]
}

// text returns the address of t, kept for the life of the instance: there are a few dozen.
func (in *instance) text(t string) uint64 {
	if p, ok := in.texts[t]; ok {
		return p
	}
	p := in.malloc(len(t) + 1)
	if in.err == nil {
		in.memory.WriteString(uint32(p), t+"\x00")
		in.texts[t] = p
	}
	return p
}

// view is the memory at p, of size n. It is good until the next call, which may move the memory.
func (in *instance) view(p uint64, n int) []byte {
	if in.err != nil {
		return nil
	}
	b, ok := in.memory.Read(uint32(p), uint32(n))
	if !ok {
		in.fail("read", fmt.Errorf("%d bytes at %d are outside the memory", n, p))
	}
	return b
}

// floats puts n numbers into scratch memory and returns their address.
func (in *instance) floats(n int, at func(i int) float64) uint64 {
	p := in.alloc(8 * n)
	if b := in.view(p, 8*n); b != nil {
		for i := range n {
			binary.LittleEndian.PutUint64(b[8*i:], math.Float64bits(at(i)))
		}
	}
	return p
}

// ints does likewise for 32-bit integers.
func (in *instance) ints(n int, at func(i int) int32) uint64 {
	p := in.alloc(4 * n)
	if b := in.view(p, 4*n); b != nil {
		for i := range n {
			binary.LittleEndian.PutUint32(b[4*i:], uint32(at(i)))
		}
	}
	return p
}

// readFloats reads n numbers at p, negative zeros as zeros.
func (in *instance) readFloats(p uint64, n int) []float64 {
	v := make([]float64, n)
	if b := in.view(p, 8*n); b != nil {
		for i := range v {
			v[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:])) + 0
		}
	}
	return v
}

// readStandings reads n 32-bit integers at p, which HiGHS numbers as lp does.
func (in *instance) readStandings(p uint64, n int) []lp.Standing {
	v := make([]lp.Standing, n)
	if b := in.view(p, 4*n); b != nil {
		for i := range v {
			v[i] = lp.Standing(b[4*i])
		}
	}
	return v
}

// version is what HiGHS says of itself.
func (in *instance) version() string {
	p := in.call("Highs_version")
	text, _, _ := strings.Cut(string(in.view(p, 16)), "\x00")
	return text
}
