// Looks for the mission's metric on the metric page, in a real Chromium.
// Usage: node browser.mjs ENDPOINT SCREENSHOT
import assert from 'node:assert/strict'
import { chromium } from 'playwright-core'

const [endpoint, screenshot] = process.argv.slice(2)
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' })).newPage()
const broken = []
page.on('pageerror', (error) => broken.push(error.message))
page.on('console', (message) => message.type() === 'error' && broken.push(message.text()))

// By URL alone.
await page.goto(`${endpoint}/graph?range=1h&m=Maximum,CUSTOM-METRIC,LambdaMemoryUsage,LambdaName,mission-fn`)
await page.getByText('LambdaMemoryUsage').first().waitFor()
// The script put five values, 79 to 91 MB; the page's table says the largest.
await page.getByText('91 MB').first().waitFor({ timeout: 15_000 })
// The chart itself is a canvas with something drawn in it.
const drawn = await page.waitForFunction(() => {
  const canvas = document.querySelector('.uplot canvas')
  if (!canvas || canvas.width === 0) return false
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
  const colours = new Set()
  for (let i = 0; i < pixels.length; i += 4) if (pixels[i + 3] > 200) colours.add((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2])
  return colours.size > 3
}, null, { timeout: 15_000 })
assert.ok(drawn)
await page.screenshot({ path: screenshot })

// By typing.
await page.goto(`${endpoint}/graph?range=1h`)
await page.getByText('CUSTOM-METRIC').first().waitFor()
await page.keyboard.press('/')
await page.keyboard.type('lambdamemory mission')
await page.getByText('mission-fn').first().waitFor({ timeout: 15_000 })

assert.deepEqual(broken, [])
await browser.close()
console.log('ok browser')
