// Signing in with a passkey, and making the first one (Web Authentication, Level 3).
const status = document.querySelector('[role=status]')

// post sends JSON; an answer that is a problem is an error that says its remedy.
async function post(path, body) {
  const res = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  const answer = await res.json()
  if (!res.ok) throw new Error(`${answer.detail}; ${answer.remedy}.`)
  return answer
}

// The invitation stands behind the #, so that no server and no proxy ever logs it.
const invitation = () => location.hash.slice(1)

const ceremonies = {
  async 'join'() {
    const { publicKey } = await post('/join/begin', { secret: invitation() })
    const made = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
    return post('/join/finish', made.toJSON())
  },
  async 'sign-in'() {
    const { publicKey } = await post('/sign-in/begin', {})
    const shown = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) })
    return post('/sign-in/finish', shown.toJSON())
  },
}

async function attempt(button, ceremony) {
  button.disabled = true
  status.textContent = ''
  try {
    location.replace((await ceremony()).next)
  } catch (error) {
    status.textContent = `${status.dataset.failed} ${error.message}`
    button.disabled = false
    button.focus()
  }
}

for (const button of document.querySelectorAll('[data-passkey]')) {
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
    status.textContent = status.dataset.old
    continue
  }
  button.hidden = false
  button.addEventListener('click', () => attempt(button, ceremonies[button.dataset.passkey]))
}

// To join through an organisation, the session is told of the invitation first.
for (const button of document.querySelectorAll('[data-join]')) {
  button.hidden = false
  button.addEventListener('click', () => attempt(button, async () => {
    await post('/join/begin', { secret: invitation() })
    return { next: button.dataset.join }
  }))
}
