// Makes lp/highs/dist/ from the pinned npm package highs:
//
//   highs.wasm   the solver, unchanged
//   names.json   what its exports and imports are called
//   LICENSE      which has to go wherever the solver goes
//
// The package's build tool shortens every export and import of the module to a letter or two, anew for each release. Only the
// package's own JavaScript knows which is which, so the names are read from there, and the script fails rather than guess: each
// export and import of the module must have been given exactly one name.
//
// Running it again changes nothing, not even a file's time; a file is replaced whole or not at all.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const version = '1.15.3'
const sha256 = '528be4365bea1d4188988646b244263f50320df55782e14d6af5bce7cd45c840'

const here = dirname(fileURLToPath(import.meta.url))
const from = join(here, 'node_modules', 'highs')
const to = join(here, '..', 'lp', 'highs', 'dist')

const installed = JSON.parse(readFileSync(join(from, 'package.json'))).version
expect(installed === version, `package highs is version ${installed}, not ${version}: run npm ci`)

const wasm = readFileSync(join(from, 'build', 'highs.wasm'))
const found = createHash('sha256').update(wasm).digest('hex')
expect(found === sha256, `highs.wasm has SHA-256 ${found}, not ${sha256}`)

const names = namesFrom(readFileSync(join(from, 'build', 'highs.mjs'), 'utf8'), new WebAssembly.Module(wasm))

mkdirSync(to, { recursive: true })
put('LICENSE', readFileSync(join(from, 'LICENSE')))
put('highs.wasm', wasm)
put('names.json', Buffer.from(JSON.stringify({ package: version, sha256, ...names }, null, 1) + '\n'))

// namesFrom returns {exports, imports}, each from the plain name to the shortened one. Plain names lose their leading underscores,
// which say nothing.
function namesFrom(js, module) {
  const exports = new Map()
  for (const [, plain, short] of js.matchAll(/\b(\w+)=(?:Module\["\w+"\]=|\w+=)?wasmExports\["([^"]+)"\]/g)) add(exports, plain, short)
  const [, constructors] = js.match(/TTY\.init\(\);wasmExports\["([^"]+)"\]\(\)/) ?? []
  expect(constructors, 'the call of the static constructors is not where it was')
  add(exports, 'wasm_call_ctors', constructors)
  cover(exports, WebAssembly.Module.exports(module).map(e => e.name), 'export')

  const imports = new Map()
  const [, table] = js.match(/\bwasmImports=\{([^}]*)\}/) ?? []
  expect(table, 'the table of imports is not where it was')
  for (const entry of table.split(',')) {
    const [short, plain] = entry.split(':')
    add(imports, plain, short)
  }
  cover(imports, WebAssembly.Module.imports(module).map(i => i.name), 'import')
  expect(WebAssembly.Module.imports(module).every(i => i.module === 'a'), 'an import comes from a module other than "a"')
  return { exports: sorted(exports), imports: sorted(imports) }
}

function add(names, plain, short) {
  const name = plain.replace(/^_+/, '')
  expect(!names.has(name) || names.get(name) === short, `${name} has two short names`)
  names.set(name, short)
}

function cover(names, shorts, kind) {
  const named = [...names.values()].sort().join(' ')
  const wanted = [...shorts].sort().join(' ')
  expect(named === wanted, `the module's ${kind}s are\n${wanted}\nbut names were found for\n${named}`)
}

function sorted(names) {
  return Object.fromEntries([...names].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function put(name, content) {
  const path = join(to, name)
  if (existsSync(path) && readFileSync(path).equals(content)) return
  const half = `${path}.${process.pid}.half`
  try {
    writeFileSync(half, content)
    renameSync(half, path)
  } finally {
    rmSync(half, { force: true })
  }
  console.log(`wrote lp/highs/dist/${name}`)
}

function expect(holds, otherwise) {
  if (holds) return
  console.error(`highs.mjs: ${otherwise}`)
  process.exit(1)
}
