// The what-if screen asks the planner again whenever a switch moves. The server plans; this only asks, says what is going on
// when that takes longer than a moment, and lets it be broken off.
import { dress, say } from './app.js'

const form = document.querySelector('#change')
const moment = 300, settle = 60
let asking, timer

// events reads a stream of events until it ends; each is told by name.
async function events(address, signal, told) {
  const answer = await fetch(address, { headers: { accept: 'text/event-stream' }, signal })
  if (!answer.ok) throw new Error(answer.statusText)
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    rest += value
    const whole = rest.split('\n\n')
    rest = whole.pop()
    for (const one of whole) {
      const lines = Object.fromEntries(one.split('\n').filter(l => l.includes(': ')).map(l => [l.slice(0, l.indexOf(':')), l.slice(l.indexOf(':') + 2)]))
      if (lines.event) told(lines.event, JSON.parse(lines.data))
    }
  }
}

function tell(what) {
  if (what) document.querySelector('#working .what').textContent = what
}

function working(on) {
  document.querySelector('#working').hidden = !on
  document.querySelector('#result').setAttribute('aria-busy', on)
}

function query() {
  const data = new URLSearchParams(new FormData(form))
  const off = data.getAll('off').join(',')
  data.delete('off')
  if (off) data.set('off', off)
  else data.delete('from')
  if (data.get('slip') === '0') data.delete('slip')
  if (data.get('scale') === '100') data.delete('scale')
  if (!data.get('scenario')) data.delete('scenario')
  return data.toString()
}

async function ask() {
  asking?.abort()
  asking = new AbortController()
  const { signal } = asking
  const q = query()
  const late = setTimeout(() => { if (!signal.aborted) working(true) }, moment)
  try {
    await events(form.dataset.stream + '?' + q, signal, (name, data) => { if (name === 'doing') tell(data.says) })
    const page = await fetch(form.action + '?' + q, { signal }).then(r => r.text())
    if (signal.aborted) return
    show(page)
    history.replaceState(null, '', form.action + (q ? '?' + q : ''))
  } catch (error) {
    if (error.name !== 'AbortError') location.assign(form.action + '?' + q)
  } finally {
    clearTimeout(late)
    if (!signal.aborted) working(false)
  }
}

// show puts what the server drew in the place of what was there; the switches stay as they are.
function show(page) {
  const fresh = new DOMParser().parseFromString(page, 'text/html')
  for (const id of ['wl', 'result', 'rank']) {
    const now = document.getElementById(id), next = fresh.getElementById(id)
    if (now && next) now.replaceWith(next)
  }
  dress()
  document.querySelectorAll('.switches label').forEach(label => label.classList.toggle('off', label.querySelector('input').checked))
  say(document.querySelector('#wl').textContent)
}

if (form) {
  form.addEventListener('input', event => {
    const out = form.querySelector(`output[for="${event.target.id}"]`)
    if (out) out.textContent = event.target.value
    clearTimeout(timer)
    timer = setTimeout(ask, settle)
  })
  form.addEventListener('submit', event => {
    event.preventDefault()
    ask()
  })
}

document.addEventListener('click', async event => {
  if (event.target.closest('[data-act=cancel]')) {
    asking?.abort()
    working(false)
  }
  if (event.target.closest('[data-act=copy]')) {
    await navigator.clipboard?.writeText(location.href).catch(() => {})
    say(location.href)
  }
  const rank = event.target.closest('#ask-rank')
  if (rank) {
    event.preventDefault()
    asking?.abort()
    asking = new AbortController()
    tell(rank.textContent)
    working(true)
    try {
      await events(rank.dataset.stream, asking.signal, (_, data) => tell(data.says))
      location.assign(rank.href)
    } catch {
      working(false)
    }
  }
})
