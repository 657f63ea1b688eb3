// The proof of a record, checked where it is read: nothing that the server says of it is believed (docs/ledger.md, Proof files).
import { say } from './app.js'

const card = document.querySelector('#proof')
const field = card.querySelector('input')
const utf8 = text => new TextEncoder().encode(text)
const joined = (...parts) => Uint8Array.from(parts.flatMap(p => [...p]))
const hash = async (...parts) => new Uint8Array(await crypto.subtle.digest('SHA-256', joined(...parts)))
const hex = bytes => [...bytes].map(b => b.toString(16).padStart(2, '0')).join('')

// bytes reads base64; there is one way to write each byte.
function bytes(text, size) {
  const raw = atob(text)
  if (btoa(raw) !== text || (size && raw.length !== size)) throw new Error('base64')
  return Uint8Array.from(raw, c => c.charCodeAt(0))
}

// read takes a proof file apart. A file that is not written to the byte as proofs are is none.
function read(text) {
  const f = JSON.parse(text)
  const same = { form: f.form, statement: f.statement, salt: f.salt, path: f.path, checkpoint: f.checkpoint }
  const written = JSON.stringify(same, null, 2).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029') + '\n'
  if (written !== text || f.form !== 'entente record proof 1') throw new Error('form')
  const end = f.checkpoint.indexOf('\n\n') + 1
  const [origin, size, root, ...more] = f.checkpoint.slice(0, end).split('\n')
  if (more.join() !== '' || !/^[1-9]\d*$/.test(size)) throw new Error('checkpoint')
  const lines = f.checkpoint.slice(end + 1).split('\n').filter(Boolean).map(line => line.match(/^— (\S+) (\S+)$/))
  return {
    statement: f.statement, says: JSON.parse(f.statement), salt: bytes(f.salt, 16), path: f.path.map(p => bytes(p, 32)),
    origin, size: Number(size), root: bytes(root, 32), signed: f.checkpoint.slice(0, end), signatures: lines.map(([, name, sig]) => ({ name, bytes: bytes(sig) })),
  }
}

// about holds what the file says to what the page says.
async function about({ statement, says }) {
  const { kind, id, sha256 } = card.dataset
  if (says.kind !== kind || says.id !== id) return false
  const record = statement.slice(statement.indexOf(',"record":') + 10, statement.lastIndexOf(`,"replaces":${says.replaces},"seq":${says.seq}}`))
  return hex(await hash(utf8(record))) === sha256
}

// leads computes the root from the entry and its path (RFC 9162, 2.1.3.2).
async function leads({ statement, says, salt, path, size, root }) {
  let at = says.seq - 1, last = size - 1
  let sum = await hash([0], salt, utf8(statement))
  if (!(at >= 0 && at <= last)) return false
  const up = () => { at = Math.floor(at / 2); last = Math.floor(last / 2) }
  for (const beside of path) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      sum = await hash([1], beside, sum)
      while (at % 2 === 0 && at > 0) up()
    } else {
      sum = await hash([1], sum, beside)
    }
    up()
  }
  return last === 0 && hex(sum) === hex(root)
}

// signed checks the signature of the key; undefined where the browser cannot.
async function signed({ origin, signed, signatures }, key) {
  const [, name, id, text] = key.match(/^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/) ?? []
  if (!name || name !== origin) return false
  const raw = bytes(text, 33)
  if (raw[0] !== 1 || hex((await hash(utf8(name + '\n'), raw)).slice(0, 4)) !== id) return false
  const mine = signatures.filter(s => s.name === name && hex(s.bytes.slice(0, 4)) === id)
  let verifier
  try {
    verifier = await crypto.subtle.importKey('raw', raw.slice(1), { name: 'Ed25519' }, false, ['verify'])
  } catch {
    return undefined
  }
  for (const s of mine) if (await crypto.subtle.verify('Ed25519', verifier, s.bytes.slice(4), utf8(signed))) return true
  return false
}

// The key that a register was first seen with is kept: a register that shows another later has to explain itself.
const slot = 'key of ' + card.dataset.key.split('+')[0]

function kept() {
  try {
    return localStorage[slot]
  } catch {
    return undefined
  }
}

function keep(key) {
  try {
    localStorage[slot] = key
  } catch {
    // A browser that keeps nothing sees each key for the first time.
  }
}

// known is whether the key is the one that was kept; undefined at the first sight.
function known(key) {
  const before = kept()
  if (before === undefined) {
    keep(key)
    return undefined
  }
  return before === key && key === card.dataset.key
}

const word = holds => (holds === undefined ? 'none' : holds ? 'ok' : 'bad')

function show(step, state) {
  const line = card.querySelector(`[data-step=${step}]`)
  line.dataset.state = state
  line.querySelector('span').textContent = line.dataset[state]
}

function conclude(state, detail = '') {
  card.dataset.state = state
  const title = card.querySelector('h2')
  title.textContent = title.dataset[state]
  card.querySelector('.sub').textContent = detail
  say(title.textContent + (detail ? '. ' + detail : ''))
}

const attempt = async step => { try { return await step } catch { return false } }

async function check() {
  card.querySelectorAll('[data-step]').forEach(line => show(line.dataset.step, 'wait'))
  if (!crypto.subtle) return conclude('none', card.dataset.insecure)
  const answer = await fetch(card.dataset.proof, { cache: 'no-store' }).catch(() => null)
  const text = await answer?.text() ?? ''
  if (!answer?.ok) {
    const problem = await attempt(Promise.resolve(text).then(JSON.parse))
    return conclude('none', problem ? `${problem.detail}: ${problem.remedy}.` : card.dataset.unread)
  }
  const file = await attempt(Promise.resolve(text).then(read))
  show('file', word(Boolean(file)))
  if (!file) return conclude('bad')
  const key = field.value.trim()
  const found = { about: await attempt(about(file)), path: await attempt(leads(file)), sign: await attempt(signed(file, key)), key: known(key) }
  for (const [step, holds] of Object.entries(found)) show(step, word(holds))
  const { about: same, ...rest } = found
  const detail = card.dataset.entry.replace('{seq}', file.says.seq).replace('{size}', file.size).replace('{hashes}', file.path.length + 1)
  conclude(Object.values(rest).includes(false) ? 'bad' : !same ? 'other' : found.sign === undefined ? 'part' : 'ok', detail)
}

field.value = kept() ?? card.dataset.key
card.querySelectorAll('[hidden]').forEach(part => { part.hidden = false })
card.querySelector('form').addEventListener('submit', event => {
  event.preventDefault()
  if (field.value.trim() !== kept()) keep(field.value.trim())
  check()
})
check()
