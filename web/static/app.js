// What the shell adds to pages that work without it: theme, keys, finder, tables behind charts, news.
const $ = (s, root = document) => root.querySelector(s)
const $$ = (s, root = document) => [...root.querySelectorAll(s)]

// say announces a sentence to those who listen to the page.
const live = $('#live')
let saying
export function say(sentence) {
  clearTimeout(saying)
  saying = setTimeout(() => { live.textContent = sentence }, 60)
}

function keep(name, value) {
  try {
    if (value === undefined) return localStorage[name]
    localStorage[name] = value
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

function theme(to) {
  if (to) {
    document.documentElement.dataset.theme = to
    keep('theme', to)
  }
  const dark = document.documentElement.dataset.theme === 'dark'
  $$('[data-act=theme]').forEach(b => b.setAttribute('aria-pressed', dark))
  return dark
}

// dress shows what only a script can do; it runs again when a part of the page is swapped.
export function dress(root = document) {
  $$('[data-act][hidden]', root).forEach(b => { b.hidden = false })
  theme()
}

const acts = {
  theme: () => theme(theme() ? 'light' : 'dark'),
  keys: () => $('#keys').showModal(),
  print: () => print(),
  table: (button) => {
    const card = button.closest('.card')
    const on = card.classList.toggle('tabled')
    button.setAttribute('aria-pressed', on)
    const other = button.dataset.on
    button.dataset.on = button.textContent
    button.textContent = other
  },
}

document.addEventListener('click', event => {
  const button = event.target.closest('[data-act]')
  if (button && acts[button.dataset.act]) acts[button.dataset.act](button)
})

// Keys: g and a letter lead to a screen. They can be turned off, and are off where people write.
let went = 0
const single = $('[data-act=single]')
if (single) {
  single.checked = keep('keys') !== 'off'
  single.addEventListener('change', () => keep('keys', single.checked ? 'on' : 'off'))
}

document.addEventListener('keydown', event => {
  if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault()
    return find()
  }
  if (event.metaKey || event.ctrlKey || event.altKey || event.target.closest('input, textarea, select, dialog')) return
  if (step(event)) return
  if (single && !single.checked) return
  if (went && Date.now() - went < 1200) {
    went = 0
    const door = $(`[data-key="${CSS.escape(event.key)}"]`)
    if (door) return door.click()
  }
  if (event.key === 'g') went = Date.now()
  else if (event.key === '/') {
    event.preventDefault()
    find()
  } else if (event.key === 't') acts.theme()
  else if (event.key === '?') acts.keys()
})

// step goes from row to row, and from month to month in a chart that has a table.
function step(event) {
  const row = event.target.closest('a.gr')
  if (row && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
    const rows = $$('a.gr')
    const next = rows[rows.indexOf(row) + (event.key === 'ArrowDown' ? 1 : -1)]
    if (next) {
      event.preventDefault()
      next.focus()
      next.click()
    }
    return true
  }
  const chart = event.target.closest('.chart[tabindex]')
  if (chart && (event.key === 'ArrowRight' || event.key === 'ArrowLeft')) {
    event.preventDefault()
    month(chart, event.key === 'ArrowRight' ? 1 : -1)
    return true
  }
  return false
}

// month reads one row of the table behind a chart aloud.
function month(chart, by) {
  const table = $('table', chart.parentElement)
  if (!table) return
  const rows = $$('tbody tr', table)
  const at = Math.min(Math.max((chart.at ?? -1) + by, 0), rows.length - 1)
  chart.at = at
  const heads = $$('th', table).map(h => h.textContent)
  say($$('td', rows[at]).map((c, i) => (i ? heads[i] + ' ' : '') + c.textContent.trim()).join(', '))
}

document.addEventListener('click', event => {
  const row = event.target.closest('a.gr')
  if (!row) return
  $$('a.gr[aria-current]').forEach(r => r.removeAttribute('aria-current'))
  row.setAttribute('aria-current', 'true')
})

// The finder asks the server, which shows what this reader may see and nothing else.
const palette = $('#palette'), field = $('input', palette), list = $('ul', palette)
let chosen = 0, asked = 0

function find() {
  palette.showModal()
  field.value = ''
  ask()
}

async function ask() {
  const mine = ++asked
  const at = new URL(field.dataset.search, location)
  at.searchParams.set('q', field.value)
  const answer = await fetch(at, { headers: { accept: 'application/json' } }).then(r => (r.ok ? r.json() : null)).catch(() => null)
  if (mine !== asked || !answer) return
  chosen = 0
  list.replaceChildren(...answer.screen.hits.map((hit, i) => {
    const item = document.createElement('li')
    item.id = 'hit' + i
    item.setAttribute('role', 'option')
    item.setAttribute('aria-selected', i === 0)
    item.dataset.href = carried(hit.href)
    item.append(hit.title)
    const kind = document.createElement('span')
    kind.textContent = hit.kind
    item.append(kind)
    return item
  }))
  field.setAttribute('aria-activedescendant', answer.screen.hits.length ? 'hit0' : '')
  say(answer.screen.finding.replaceAll('**', ''))
}

// carried adds to an address what every link of this page carries.
function carried(href) {
  const to = new URL(href, location)
  for (const [name, value] of new URL(field.dataset.search, location).searchParams) if (!to.searchParams.has(name)) to.searchParams.set(name, value)
  return to.href
}

function choose(by) {
  const items = $$('li', list)
  if (!items.length) return
  items[chosen]?.setAttribute('aria-selected', false)
  chosen = (chosen + by + items.length) % items.length
  items[chosen].setAttribute('aria-selected', true)
  items[chosen].scrollIntoView({ block: 'nearest' })
  field.setAttribute('aria-activedescendant', items[chosen].id)
}

let waiting
field.addEventListener('input', () => {
  clearTimeout(waiting)
  waiting = setTimeout(ask, 60)
})
field.addEventListener('keydown', async event => {
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault()
    choose(event.key === 'ArrowDown' ? 1 : -1)
  }
  if (event.key === 'Enter') {
    event.preventDefault()
    clearTimeout(waiting)
    await ask()
    const item = $$('li', list)[chosen]
    if (item) location.href = item.dataset.href
  }
})
list.addEventListener('click', event => {
  const item = event.target.closest('li')
  if (item) location.href = item.dataset.href
})
$$('dialog').forEach(d => d.addEventListener('click', event => { if (event.target === d) d.close() }))

// News: a page that is open says that the register has changed, and changes nothing by itself.
if (document.body.dataset.live) {
  const news = new EventSource(document.body.dataset.live)
  news.addEventListener('changed', () => {
    if ($('#news')) return
    const note = document.createElement('div')
    note.id = 'news'
    note.className = 'toast'
    note.setAttribute('role', 'status')
    const again = document.createElement('a')
    again.href = location.href
    again.className = 'btn'
    again.textContent = document.body.dataset.again
    note.append(document.body.dataset.news, again)
    document.body.append(note)
  })
  addEventListener('pagehide', () => news.close())
}

// On a phone the rail is a row: it shows where the reader is.
const here = $('.rail a[aria-current]')
if (here) $('.rail').scrollLeft = here.offsetLeft - $('.rail').clientWidth / 2

document.addEventListener('htmx:after:swap', () => dress())
dress()
document.documentElement.dataset.ready = 'yes'
