// Drives what people do on the pages: a keeper comes in, decides on a finding, adds a person, invites them, imports a file, keeps a scenario.
// node acts.mjs JOIN-LINK SHOTS
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const [link, shots] = process.argv.slice(2)
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, bypassCSP: true })
const page = await context.newPage()
page.setDefaultTimeout(8_000)
page.setDefaultNavigationTimeout(60_000) // a plan is made meanwhile
page.on('pageerror', error => console.log(`not ok script: ${error.message}`))

// authenticated gives a page a device that keeps passkeys.
async function authenticated(page) {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  })
}

await authenticated(page)
const at = path => page.goto(new URL(path, link).href)

async function step(what, doing) {
  try {
    await doing()
    console.log(`ok ${what}`)
  } catch (error) {
    console.log(`not ok ${what}: ${page.url()}: ${error.message.split('\n')[0]}`)
  }
}

// sound looks at the page as it is in both themes and on a phone.
async function sound(name) {
  await step(`${name} is sound`, async () => {
    for (const theme of ['light', 'dark']) {
      await page.evaluate(theme => { document.documentElement.dataset.theme = theme }, theme)
      await page.waitForTimeout(250)
      await page.evaluate(axe)
      const found = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }))
      if (found.violations.length > 0) throw new Error(`${theme}: ${found.violations.map(v => `${v.id} ${v.nodes[0].html.slice(0, 120)}`).join('; ')}`)
      await page.screenshot({ path: `${shots}/act-${name}-${theme}.png`, fullPage: true })
    }
    await page.setViewportSize({ width: 390, height: 800 })
    const wide = await page.evaluate(() => document.documentElement.scrollWidth)
    await page.screenshot({ path: `${shots}/act-${name}-390.png`, fullPage: true })
    await page.setViewportSize({ width: 1280, height: 800 })
    if (wide > 390) throw new Error(`it is ${wide} px wide on a phone`)
  })
}

await page.goto(link)
await page.click('[data-passkey=join]')
await step('the keeper comes in', () => page.locator('.foot', { hasText: 'Viewing as keeper' }).waitFor())

// proved reads a record whose proof comes changed by tamper, and returns what the page makes of it.
async function proved(tamper = text => text) {
  await page.route(/\/proof(\?|$)/, async route => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, body: tamper(await answer.text()) })
  })
  await at('/records/Pledge/deu-irist-7-to-12')
  const card = page.locator('#proof:not([data-state=wait])')
  await card.waitFor()
  await page.unroute(/\/proof(\?|$)/)
  const bad = await card.locator('[data-step][data-state=bad]').evaluateAll(lines => lines.map(line => line.dataset.step))
  return [await card.getAttribute('data-state'), ...bad].join(' ')
}

async function expect(what, is, want) {
  const got = await is
  if (got !== want) throw new Error(`${what} is ${got}, not ${want}`)
}

const signature = text => text.lastIndexOf('=\\n"') - 20 // a letter in the middle of it
const turned = (text, at) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
await step('a proof is checked in the browser, and the key is kept', async () => {
  await expect('a proof seen first', proved(), 'ok')
  await expect('the key at first', page.getAttribute('[data-step=key]', 'data-state'), 'none')
  await expect('a proof seen again', proved(), 'ok')
  await expect('the key then', page.getAttribute('[data-step=key]', 'data-state'), 'ok')
})
await sound('proof')
await step('a proof with a byte changed is none, and says which part', async () => {
  await expect('another quantity', proved(text => text.replace('\\"quantity\\":6', '\\"quantity\\":7')), 'bad about path')
  await expect('another salt', proved(text => turned(text, text.indexOf('"salt": "') + 12)), 'bad path')
  await expect('another path', proved(text => turned(text, text.indexOf('"path": [') + 25)), 'bad path')
  await expect('another signature', proved(text => turned(text, signature(text))), 'bad sign')
  await expect('a space more', proved(text => text + ' '), 'bad file')
  await expect('what is no proof', proved(() => '{}'), 'bad file')
})
await step('a browser without Ed25519 says what it did not check', async () => {
  const poor = await context.newPage()
  await poor.addInitScript(() => { crypto.subtle.importKey = () => Promise.reject(new Error('unknown')) })
  await poor.goto(page.url())
  await poor.locator('#proof[data-state=part]').waitFor()
  await expect('the signature', poor.getAttribute('[data-step=sign]', 'data-state'), 'none')
  await poor.close()
})
await step('a register that shows another key than was kept has to explain itself', async () => {
  const shown = await page.getAttribute('#proof', 'data-key')
  await page.evaluate(key => { localStorage['key of ' + key.split('+')[0]] = turnedKey(key); function turnedKey(k) { return k.slice(0, -5) + (k.at(-5) === 'A' ? 'B' : 'A') + k.slice(-4) } }, shown)
  await expect('with another key', proved(), 'bad sign key')
  await page.fill('#proof input', shown)
  await page.click('#proof button')
  await page.locator('#proof[data-state=ok]').waitFor()
})

await at('/import')
await sound('import')
await page.setInputFiles('input[name=file]', { name: 'rates.csv', mimeType: 'text/csv', buffer: Buffer.from('Date,USD,NOK\n2025-01-02,1.0321,11.7\n') })
await page.selectOption('select[name=format]', 'ecb')
await page.click('text=Read it')
await step('a file is shown before it is sent', () => page.locator('.lede', { hasText: 'would add' }).waitFor())
await sound('preview')
await page.click('text=Put it into the register')
await step('and then it is in the register', () => page.locator('.lede', { hasText: 'already' }).waitFor())

await at('/findings?level=note')
await step('a finding is accepted with a reason', async () => {
  await page.locator('text=Decide').first().click()
  await page.fill('input[name=why]', 'known and small')
  await page.click('text=Accept the risk')
  await page.locator('.claim', { hasText: 'known and small' }).waitFor()
})
await sound('finding')

await at('/people')
await page.fill('input[name=id]', 'wim')
await page.fill('form:has(input[name=id]) input[name=name]', 'Wim')
await page.click('button:text-is("Add")')
let invitation
await step('a person is added, and invited', async () => {
  await page.locator('.member', { hasText: 'Wim' }).getByText('Invite').click()
  invitation = await page.locator('.secret', { hasText: '/join#inv_' }).innerText()
})
await sound('people')

// What only Norway and the keeper may see is looked for in what is sent, not in what is shown.
const secrets = /canary launcher|31.?337|canary must/i
const asked = [
  '/', '/pledges', '/pledges.csv', '/pledges.json?rung=announced', '/records/Pledge', '/records/Pledge/nor-canary', '/records/Pledge/nor-canary.json', '/records/Party/NOR', '/search.json?q=launcher', '/map?month=2026-07', '/plan?plan=announced',
  '/what-if?off=NOR', '/findings.json?level=note', '/brief.pdf', '/api/v1/records?kind=pledge', '/api/v1/records/pledge/nor-canary', '/api/v1/records/pledge/nor-canary/proof', '/api/v1/records/pledge/nor-canary/history',
]
await step('another party never receives what is hidden from it', async () => {
  const theirs = await (await browser.newContext()).newPage()
  await authenticated(theirs)
  await theirs.goto(invitation)
  await theirs.click('[data-passkey=join]')
  await theirs.locator('.foot', { hasText: 'Viewing as ALB' }).waitFor({ timeout: 20_000 })
  const told = { keeper: 0, ALB: 0 }
  for (const [who, session] of [['keeper', page], ['ALB', theirs]]) {
    for (const path of asked) {
      const answer = await session.request.get(new URL(path, link).href, { timeout: 60_000 })
      if (answer.status() >= 500) throw new Error(`${who} gets ${answer.status()} for ${path}`)
      if (secrets.test(JSON.stringify(answer.headers()) + (await answer.body()).toString('latin1'))) {
        told[who]++
        if (who === 'ALB') throw new Error(`${path} tells them`)
      }
    }
  }
  if (told.keeper < 8) throw new Error(`the keeper is told ${told.keeper} times only: the test looks in the wrong places`)
  await theirs.context().close()
})

const open = await context.newPage()
await open.goto(new URL('/pledges', link).href)
await open.waitForSelector('html[data-ready]')
await open.fill('#filters [name=find]', 'guns')
await open.evaluate(() => scrollTo(0, 40))

await at('/what-if?slip=3')
await page.fill('#keep input[name=title]', 'Three months late')
await page.click('text=Save as scenario')
await step('a what-if is kept as a scenario', async () => {
  for (let i = 0; i < 20 && await page.locator('td', { hasText: 'Three months late' }).count() === 0; i++) {
    await page.waitForTimeout(250)
    await at('/scenarios')
  }
  await page.locator('td', { hasText: 'Three months late' }).first().waitFor({ timeout: 1000 })
})
await step('news keep the focus, the words and the place of who reads', async () => {
  await open.locator('#news').waitFor({ timeout: 20_000 })
  const kept = await open.evaluate(() => [document.activeElement.name, document.activeElement.value, scrollY].join())
  await open.close()
  await expect('what was being written', kept, 'find,guns,40')
})

await step('a scenario becomes a proposal', async () => {
  await at('/what-if?scenario=veto-lifted')
  await page.fill('#promote input[name=why]', 'the veto is lifted')
  await page.click('#promote button')
  await page.waitForURL(/proposals\//)
  await page.locator('.claim', { hasText: 'the veto is lifted' }).waitFor()
  await page.locator('h2', { hasText: 'European Peace Facility money' }).waitFor()
})
await sound('proposal')
await browser.close()
