// Drives a person's way in: an invitation, a passkey made by the browser's own authenticator, out, and in again.
// node signin.mjs JOIN-LINK
import { chromium } from 'playwright-core'

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
const page = await context.newPage()
const problems = []
page.on('pageerror', error => problems.push(`script: ${error.message}`))
const devtools = await context.newCDPSession(page)
await devtools.send('WebAuthn.enable')
await devtools.send('WebAuthn.addVirtualAuthenticator', {
  options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
})

async function expect(what, text) {
  try {
    await page.locator('.foot', { hasText: text }).waitFor({ timeout: 20_000 })
    console.log(`ok ${what}`)
  } catch {
    const said = await page.locator('[role=status]').innerText({ timeout: 1000 }).catch(() => '')
    console.log(`not ok ${what}: the page is ${page.url()} and says ${JSON.stringify(said)}`)
  }
}

const link = process.argv[2]
await page.goto(link)
await page.click('[data-passkey=join]')
await expect('an invitation lets its person in', 'Viewing as keeper')
await page.click('text=Sign out')
await expect('who signs out is the public', 'Viewing as public')
await page.goto(new URL('/sign-in', link).href)
await page.click('[data-passkey=sign-in]')
await expect('the passkey lets them in again', 'Viewing as keeper')
await context.clearCookies()
await page.goto(link)
await page.click('[data-passkey=join]')
await page.locator('[role=status]', { hasText: 'you cannot come in with this' }).waitFor({ timeout: 20_000 }).then(() => console.log('ok the invitation works once'), () => console.log('not ok the invitation works once'))
for (const problem of problems) console.log(`not ok ${problem}`)
await browser.close()
