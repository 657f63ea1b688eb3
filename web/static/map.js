// The map as a page has a list of months and a button. With a script, the months are a slider, and layers can be taken off.
import { dress, say } from './app.js'

const months = document.querySelector('#time')
const layers = document.querySelector('.layers')

if (months) {
  const slider = document.createElement('input')
  const read = document.createElement('output')
  slider.type = 'range'
  slider.id = 'time'
  slider.min = 0
  slider.max = months.options.length - 1
  slider.value = months.selectedIndex
  slider.setAttribute('aria-valuetext', months.options[months.selectedIndex].text)
  read.textContent = months.options[months.selectedIndex].text
  const name = (to) => months.options[to].value
  months.hidden = true
  months.id = 'months'
  months.after(slider, read)
  months.form.querySelector('[data-show]').hidden = true
  let asking, timer, playing
  // Playing moves a month at a time until the last, or until it is pressed again.
  const play = document.querySelector('#play')
  play.hidden = false
  const pause = () => {
    clearInterval(playing)
    playing = undefined
    play.setAttribute('aria-pressed', false)
  }
  play.addEventListener('click', () => {
    if (playing) return pause()
    if (slider.value === slider.max) slider.value = 0
    play.setAttribute('aria-pressed', true)
    playing = setInterval(() => {
      slider.value = Number(slider.value) + 1
      slider.dispatchEvent(new Event('input'))
      if (slider.value === slider.max) pause()
    }, 1000)
  })
  slider.addEventListener('input', () => {
    months.selectedIndex = slider.value
    read.textContent = months.options[slider.value].text
    slider.setAttribute('aria-valuetext', read.textContent)
    clearTimeout(timer)
    timer = setTimeout(async () => {
      asking?.abort()
      asking = new AbortController()
      const at = new URL(location)
      at.searchParams.set('month', name(slider.value))
      try {
        const page = await fetch(at, { signal: asking.signal }).then(r => r.text())
        show(page)
        history.replaceState(null, '', at)
      } catch {
        // A later month was asked for.
      }
    }, 60)
  })
}

function show(page) {
  const fresh = new DOMParser().parseFromString(page, 'text/html')
  document.querySelector('.mapwrap').replaceChildren(...fresh.querySelector('.mapwrap').childNodes)
  for (const id of ['mt', 'side']) document.getElementById(id).replaceWith(fresh.getElementById(id))
  dress()
  off()
  say(document.querySelector('#mt').textContent)
}

function off() {
  layers.querySelectorAll('input').forEach(box => {
    document.querySelectorAll(`.map [data-layer="${box.dataset.l}"]`).forEach(g => g.classList.toggle('taken', !box.checked))
  })
}

if (layers) {
  layers.hidden = false
  layers.addEventListener('change', off)
}
