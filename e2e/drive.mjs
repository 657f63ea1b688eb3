// Drives every screen of a served register in Chromium, and says of each check whether it holds: a line "ok NAME" or "FAIL NAME: WHY".
//
//   node drive.mjs http://127.0.0.1:8080 SHOTS [NAME,NAME]
//
// What it looks at is what a reader would: does a press do what it says, does the page work without a script, on a phone, in the dark,
// by keyboard, on paper, for those who listen, and does it ask for anything of anybody else.

import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import { chromium } from 'playwright-core'

const [base, shots, only] = process.argv.slice(2)
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
mkdirSync(shots, { recursive: true })

const screens = {
  overview: '/', map: '/map', plan: '/plan', 'what-if': '/what-if?off=USA', scenarios: '/scenarios', compare: '/scenarios/compare?one=us-withdraws&two=threat-rises', needs: '/needs', pledges: '/pledges', training: '/training', funds: '/funds',
  forces: '/forces', agreements: '/agreements', findings: '/findings', records: '/records', kind: '/records/Pledge', record: '/records/Pledge/deu-irist-7-to-12', proposals: '/proposals', brief: '/brief', search: '/search?q=patriot',
}
const widths = [320, 390, 768, 1280, 1920]
// A machine that does other things as well paints later: the strict figure is for one that does not.
const budget = { script: 60_000, html: 150_000, paint: process.env.STRICT ? 500 : 2000 }

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})

let failed = 0
function check(name, holds, why = '') {
  if (!holds) failed++
  console.log(holds ? `ok ${name}` : `FAIL ${name}: ${why}`)
}

// open loads a page; whatever it asks for and complains of is kept beside it.
async function open(path, { script = true, width = 1440, height = 900, theme = 'light' } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, javaScriptEnabled: script, colorScheme: theme, reducedMotion: 'reduce', acceptDownloads: true })
  const page = await context.newPage()
  page.asked = []
  page.complaints = []
  page.bodies = {}
  page.on('request', r => page.asked.push(r.url()))
  page.on('console', m => { if (['error', 'warning'].includes(m.type())) page.complaints.push(m.text()) })
  page.on('pageerror', e => page.complaints.push(String(e)))
  page.on('response', async r => {
    const kind = r.headers()['content-type'] ?? ''
    if (/html|javascript/.test(kind)) page.bodies[r.url()] = await r.body().catch(() => Buffer.alloc(0))
  })
  await page.goto(base + path)
  if (script) await page.waitForSelector('html[data-ready]')
  return page
}

const close = page => page.context().close()
const text = (page, selector) => page.locator(selector).first().innerText()
const holds = async (page, of, arg) => page.waitForFunction(of, arg, { timeout: 8000 }).then(() => true, () => false)

const checks = {
  async overview() {
    const page = await open('/')
    await page.click('[data-group=fighter-pair], .caplist li:nth-child(3) a')
    check('overview: choosing a capability redraws title, chart and table', await holds(page, () => !document.querySelector('#cover-h').textContent.startsWith('All')), await text(page, '#cover-h'))
    check('overview: the address carries the choice', /group=\w/.test(page.url()), page.url())
    await page.focus('#cov-chart')
    await page.keyboard.press('ArrowRight')
    check('overview: an arrow reads a month aloud', await holds(page, () => /20\d\d/.test(document.querySelector('#live').textContent)), await text(page, '#live'))
    const before = await text(page, '#balance-h')
    await page.click('#balance [data-at]:last-child')
    check('overview: another month redraws the balance', await holds(page, () => document.querySelector('#balance [data-at]:last-child').getAttribute('aria-current') === 'true'), before)
    const legs = await page.locator('#balance svg text.held').allTextContents()
    const after = await text(page, '#balance-h')
    const short = legs.slice(0, -1).filter(leg => after.startsWith(leg)).length
    check('overview: and its title counts what it shows', after !== before && after.includes(` ${short} `), `${before}; ${after}; ${legs}`)
    await page.click('#cover [data-act=table]')
    check('overview: the table is behind one button', await page.isVisible('#cov-table table'))
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('#cover a[download]')])
    const rows = readFileSync(await file.path(), 'utf8')
    check('overview: CSV downloads, with its figures', file.suggestedFilename() === 'overview.csv' && /Month,/.test(rows) && /Jan 2025,/.test(rows), rows.slice(0, 200))
    await close(page)
  },
  async finder() {
    const page = await open('/?as-of=2026-03-31')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('artilery north')
    await holds(page, () => document.querySelectorAll('#plist li').length > 0)
    await page.keyboard.press('Enter')
    await page.waitForURL(/need=/)
    check('finder: Ctrl K, a word with a letter amiss, Enter', /need=/.test(page.url()), page.url())
    check('as-of survives what the finder opens', /as-of=2026-03-31/.test(page.url()), page.url())
    await close(page)
  },
  async keys() {
    const page = await open('/?as-of=2026-03-31')
    await page.keyboard.press('g')
    await page.keyboard.press('f')
    await page.waitForURL(/forces/)
    check('keys: g f leads to forces', true)
    check('as-of survives navigation', /as-of=2026-03-31/.test(page.url()), page.url())
    await page.waitForSelector('html[data-ready]')
    await page.keyboard.press('t')
    check('keys: t switches the theme', await page.getAttribute('html', 'data-theme') === 'dark')
    await page.reload()
    check('the theme survives a reload', await page.getAttribute('html', 'data-theme') === 'dark')
    await page.keyboard.press('?')
    check('keys: ? lists them', await page.isVisible('#keys'))
    await page.uncheck('#keys [data-act=single]')
    await page.keyboard.press('Escape')
    await page.keyboard.press('t')
    check('keys: those of a single letter can be turned off', await page.getAttribute('html', 'data-theme') === 'dark')
    await page.focus('#q')
    await page.keyboard.type('gf')
    check('keys: letters are letters where people write', await page.inputValue('#q') === 'gf' && /forces/.test(page.url()))
    await close(page)
  },
  async plan() {
    const page = await open('/plan')
    const rows = page.locator('a.gr')
    await rows.nth(0).focus()
    const second = await rows.nth(1).locator('b').innerText()
    await page.keyboard.press('ArrowDown')
    check('plan: arrow down opens the next need', await holds(page, title => document.querySelector('#why h2').textContent === title, second), await text(page, '#why h2'))
    await page.goto(base + '/plan')
    await page.waitForSelector('html[data-ready]')
    const step = page.locator('.rx').first()
    if (await step.count()) {
      await step.click()
      check('plan: pressing a step plans again with it and draws it', await holds(page, () => document.querySelector('#why .tried') && document.querySelector('.tried-says')), await text(page, '#why'))
    }
    const held = await page.locator('a.gr').count()
    await page.click('#shows [data-f=short]')
    await page.waitForURL(/show=short/)
    const short = await page.locator('a.gr').count()
    check('plan: a filter shows fewer needs', short > 0 && short < held, `${short} of ${held}`)
    // What each leg holds back, as the list of needs has it.
    const list = (await (await fetch(base + '/needs.json')).json()).screen.table
    const by = list.heads.findIndex(h => h.Name === 'Held by')
    for (const [leg, name] of Object.entries({ equipment: 'Equipment', people: 'People', money: 'Money' })) {
      await page.goto(`${base}/plan?show=${leg}`)
      const shown = (await page.locator('a.gr b').allInnerTexts()).sort()
      const bound = list.rows.filter(row => row[by].text === name).map(row => row[0].text).sort()
      check(`plan: the filter ${leg} gives exactly the needs that it binds`, shown.join() === bound.join(), `${shown}; ${bound}`)
    }
    await close(page)
  },
  async whatIf() {
    const page = await open('/what-if')
    check('what-if: says so when nothing is changed', /Nothing is changed/.test(await text(page, '#wl')))
    await page.locator('.switches input[value=USA]').focus()
    await page.keyboard.press('Space')
    check('what-if: a switch by the keyboard plans again', await holds(page, () => /United States/.test(document.querySelector('#wl').textContent)), await text(page, '#wl'))
    check('what-if: the link carries the change', await holds(page, () => /off=USA/.test(location.search)), page.url())
    check('what-if: the focus stays on the switch', await page.evaluate(() => document.activeElement.value === 'USA'))
    await page.focus('#slip')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    check('what-if: the slider of delays', await holds(page, () => /2 months later/.test(document.querySelector('#wl').textContent)), await text(page, '#wl'))
    await page.reload()
    check('what-if: the address brings the change back', /2 months later/.test(await text(page, '#wl')) && await page.inputValue('#slip') === '2')
    await page.click('#ask-fill')
    await page.waitForURL(/fill=yes/)
    check('what-if: says who could fill what is torn open', await page.locator('#ask-fill').count() === 0 && /\d/.test(await text(page, '#result')))
    await page.click('#reset')
    await page.waitForURL(/what-if$/)
    check('what-if: back to things as they are', /Nothing is changed/.test(await text(page, '#wl')))
    await close(page)
  },
  async cancel() {
    const page = await open('/what-if')
    await page.route('**/what-if/stream*', async route => { await new Promise(r => setTimeout(r, 1500)); await route.continue().catch(() => {}) })
    await page.locator('.switches input').first().check()
    check('what-if: what takes longer than a moment says so', await holds(page, () => !document.querySelector('#working').hidden))
    await page.click('[data-act=cancel]')
    check('what-if: and can be broken off', await page.evaluate(() => document.querySelector('#working').hidden))
    await close(page)
  },
  async compare() {
    const page = await open('/scenarios')
    await page.selectOption('#beside [name=one]', 'us-withdraws')
    await page.selectOption('#beside [name=two]', 'threat-rises')
    await page.click('#beside button')
    await page.waitForURL(/compare/)
    const said = await text(page, '#wl')
    check('compare: two scenarios side by side', /United States withdraw/.test(said) && /threat rises/.test(said), said)
    check('compare: lists the needs that differ', await page.locator('#differ tbody tr').count() > 2)
    await page.selectOption('[name=two]', 'ceasefire')
    check('compare: another choice plans again', await holds(page, () => /ceasefire/.test(document.querySelector('#wl').textContent)), await text(page, '#wl'))
    check('compare: the link carries both', /one=us-withdraws/.test(page.url()) && /two=ceasefire/.test(page.url()), page.url())
    await page.click('#ask-rank')
    await page.waitForURL(/rank=yes/, { timeout: 60_000 })
    check('compare: says who becomes critical', /critical/.test(await text(page, '#critical-h')) && await page.locator('#critical tbody tr').count() > 3)
    await close(page)
  },
  async map() {
    const page = await open('/map')
    const before = await text(page, '#mt')
    await page.focus('#time')
    await page.keyboard.press('ArrowLeft')
    check('map: an arrow moves a month', await holds(page, was => document.querySelector('#mt').textContent !== was, before), before)
    const still = await text(page, '#mt')
    await page.click('#play')
    check('map: the months can be played', await holds(page, was => document.querySelector('#mt').textContent !== was, still))
    await page.click('#play')
    check('map: and stopped', await page.getAttribute('#play', 'aria-pressed') === 'false')
    const unit = page.locator('.map a.unit').first()
    const id = await unit.getAttribute('data-unit')
    await unit.focus()
    await Promise.all([page.waitForURL(/unit=/), page.keyboard.press('Enter')])
    check('map: Enter on a symbol opens it', page.url().includes(id) && await page.isVisible('#unit-h'), page.url())
    await page.waitForSelector('html[data-ready]')
    await page.uncheck('[data-l=units]')
    check('map: a layer can be taken off', !await page.locator('.map [data-layer=units]').isVisible())
    await close(page)
  },
  async forces() {
    const page = await open('/forces?unit=gbr-4-light-brigade')
    check('forces: a link selects its unit', /4th Light Brigade/.test(await text(page, '#unit-h')))
    check('forces: overlaps are boxed', await page.locator('#lanes .boxed').count() >= 2)
    const counted = Number((await text(page, '.lede')).match(/Promised twice: (\d+)/)?.[1])
    check('forces: overlaps are counted', counted === await page.locator('#lanes .held .bad').count(), String(counted))
    await page.goto(base + '/findings?level=note#double-hatting')
    await page.locator('#double-hatting a.t').first().click()
    check('forces: a finding leads to what clashes', /records\/(Unit|Assignment)/.test(page.url()), page.url())
    await page.goto(base + '/forces?unit=gbr-4-light-brigade')
    await page.locator('#unit .ul a.t').first().click()
    check('forces: a unit leads to its finding, where it is decided', /findings\/[0-9a-f]+/.test(page.url()) && await page.isVisible('#dec-h'), page.url())
    await page.goto(base + '/forces?unit=gbr-4-light-brigade')
    check('forces: ways out are named', await page.locator('#unit .ic.good').count() > 0)
    await close(page)
  },
  async record() {
    const page = await open('/records/Pledge/deu-irist-7-to-12?as-of=2024-12-31')
    check('record: as of an earlier day the later is marked', await page.locator('.asof li.later').count() > 0 && await page.locator('.facts .later').count() > 0)
    check('record: the rung is that of the day', !/handed-over/.test(await text(page, '.lede')), await text(page, '.lede'))
    await page.goto(base + '/records/Place/ukraine')
    check('record: the quotation is marked in the stored text', /regions/.test(await text(page, 'mark')))
    const quoted = await page.locator('blockquote').first().innerText()
    check('record: with the words around it', quoted.length > (await text(page, 'mark')).length + 50, quoted)
    await page.click('[data-see=public]')
    await page.waitForURL(/see-as=public/)
    check('record: the page says whose eyes it is seen with', /public/.test(await text(page, '.rail .foot, .mark')) || /Public/.test(await text(page, '.mark')))
    await close(page)
  },
  async lists() {
    const page = await open('/pledges')
    const offers = await page.locator('#list tbody td:first-child a').evaluateAll(links => links.map(a => a.getAttribute('href')))
    const shut = []
    for (const at of offers.slice(0, 25)) if ((await fetch(base + at)).status !== 200) shut.push(at)
    check('lists: any pledge opens', offers.length > 100 && shut.length === 0, `${offers.length}: ${shut}`)
    const all = await page.locator('#list tbody tr').count()
    await page.selectOption('[name=by]', { index: 1 })
    await page.click('#filters button')
    await page.waitForURL(/by=/)
    const some = await page.locator('#list tbody tr').count()
    check('lists: a filter chooses', some > 0 && some < all, `${some} of ${all}`)
    await page.goto(base + '/pledges?order=-8')
    const worth = await page.locator('#list thead th').nth(8).getAttribute('aria-sort')
    check('lists: a column puts in order, and says so', worth === 'descending', worth)
    await page.goto(base + '/pledges?rung=announced')
    check('lists: totals follow the rung', /announced/.test(await text(page, '#money-h')), await text(page, '#money-h'))
    await close(page)
  },
  async plain() {
    const page = await open('/what-if', { script: false })
    await page.locator('.switches input[value=USA]').check()
    await page.click('#change button')
    await page.waitForURL(/off=USA/)
    check('without a script: a form plans again', /United States/.test(await text(page, '#wl')), page.url())
    await page.goto(base + '/plan?plan=announced')
    await page.locator('a.gr').nth(2).click()
    check('without a script: a row opens, and the plan is carried', /need=/.test(page.url()) && /plan=announced/.test(page.url()) && await page.isVisible('#why-h'), page.url())
    await page.goto(base + '/plan?need=donbas-drones')
    await page.locator('.rx').first().click()
    check('without a script: a step is tried', await page.isVisible('.tried-says'), page.url())
    await close(page)
  },
  async french() {
    const page = await open('/?lang=fr')
    check('French: the page speaks it', await page.getAttribute('html', 'lang') === 'fr' && /Où en sommes-nous/.test(await text(page, 'h1')))
    await page.click('[data-key=p]')
    await page.waitForURL(/plan/)
    check('French: every link carries it', await page.getAttribute('html', 'lang') === 'fr')
    await close(page)
  },
  async brief() {
    const page = await open('/brief')
    const pdf = await page.pdf({ format: 'A4', printBackground: true, preferCSSPageSize: true })
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page[^s]/g).length
    check('brief: exactly one page', pages === 1, `${pages} pages`)
    await page.goto(base + '/brief?lang=fr&as-of=2025-06-30')
    const french = await page.pdf({ format: 'A4', printBackground: true, preferCSSPageSize: true })
    check('brief: one page in French and on another day too', french.toString('latin1').match(/\/Type\s*\/Page[^s]/g).length === 1)
    const written = await fetch(base + '/brief.pdf')
    const pdf2 = await written.text()
    check('brief: written as a PDF by the server too, on one page', written.ok && pdf2.startsWith('%PDF-') && pdf2.match(/\/Type\s*\/Page[^s]/g).length === 1, String(written.status))
    await close(page)
  },
  async forms() {
    for (const [name, path] of Object.entries(screens)) {
      const [at, query] = path.split('?')
      const file = (at === '/' ? '/index' : at) + '.json' + (query ? '?' + query : '')
      const json = await fetch(base + file)
      const csv = await fetch(base + file.replace('.json', '.csv'))
      const says = await json.json().catch(() => null)
      check(`${name}: as JSON and as CSV`, json.ok && csv.ok && says?.screen?.finding !== undefined && /text\/csv/.test(csv.headers.get('content-type')), `${json.status} ${csv.status}`)
    }
  },
}

// everyScreen holds each screen to what all have to keep.
async function everyScreen(name, path) {
  const page = await open(path)
  const mine = page.asked.filter(u => !u.startsWith(base) && !u.startsWith('data:'))
  check(`${name}: asks nobody else for anything`, mine.length === 0, mine.join(' '))
  const script = Object.entries(page.bodies).filter(([u]) => /\.js$/.test(u)).reduce((sum, [, b]) => sum + gzipSync(b).length, 0)
  const html = page.bodies[base + path]?.length ?? 0
  check(`${name}: within its weight`, script > 0 && script <= budget.script && html > 0 && html <= budget.html, `${script} bytes of script, ${html} of HTML`)
  check(`${name}: one first heading, one main, a title`, await page.locator('h1').count() === 1 && await page.locator('main').count() === 1 && /Entente/.test(await page.title()))
  await page.evaluate(axe)
  for (const theme of ['light', 'dark']) {
    await page.evaluate(t => { document.documentElement.dataset.theme = t }, theme)
    // The other theme differs in its colours and in nothing else.
    const rules = theme === 'light' ? ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] : ['color-contrast']
    const found = await page.evaluate(r => window.axe.run(document, { runOnly: r }), rules)
    check(`${name}: accessible, ${theme}`, found.violations.length === 0, found.violations.map(v => `${v.id} ${v.nodes.length}× ${v.nodes[0].target} ${v.nodes[0].any[0]?.message ?? ''}`).join(' | '))
    for (const [width, height] of [[1440, 900], [390, 844]]) {
      await page.setViewportSize({ width, height })
      await page.screenshot({ path: `${shots}/${name}-${width}-${theme}.png` })
    }
    await page.setViewportSize({ width: 1440, height: 900 })
  }
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 })
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    check(`${name}: no sideways scroll at ${width}`, over <= 0, `${over} px`)
  }
  check(`${name}: no complaint`, page.complaints.length === 0, page.complaints.join(' | '))
  await close(page)

  const plain = await open(path, { script: false })
  const there = await plain.locator('main').innerText()
  check(`${name}: complete without a script`, await plain.locator('h1').count() === 1 && there.length > 100 && await plain.locator('main svg, main table, main li, main .none').count() > 0, `${there.length} letters`)
  await close(plain)
}

async function paint() {
  let best = Infinity
  for (let i = 0; i < 3; i++) {
    const page = await open('/')
    best = Math.min(best, await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity))
    await close(page)
  }
  check(`overview: first paint within ${budget.paint} ms`, best < budget.paint, `${best} ms`)
  console.log(`figure first paint of the overview ${best.toFixed(0)} ms`)
}

const chosen = name => !only || only.split(',').includes(name)
for (const [name, run] of Object.entries(checks).filter(([name]) => chosen(name))) {
  await run().catch(error => check(name, false, String(error).split('\n')[0]))
}
for (const [name, path] of Object.entries(screens).filter(([name]) => chosen(name))) {
  await everyScreen(name, path).catch(error => check(name, false, String(error).split('\n')[0]))
}
if (!only) await paint()
await browser.close()
process.exit(failed ? 1 : 0)
