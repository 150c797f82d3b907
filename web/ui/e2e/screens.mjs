// Looks at every page in a real Chromium: screenshots at two widths, both
// themes and both languages, and checks that no page logs an error, scrolls
// sideways or breaks an accessibility rule (axe).
//
//   node e2e/screens.mjs <folder> [--url http://127.0.0.1:4580] [--pages lambda,function] [--full] [--quick]
//
// CHROMIUM names another browser than /usr/bin/chromium.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const { values: args, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:4580' },
    pages: { type: 'string' },
    full: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
  },
});
const out = positionals[0];
if (!out) {
  console.error('usage: node e2e/screens.mjs <output folder> [--url …] [--pages a,b] [--full] [--quick]');
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const variants = [
  { name: '1440-light-en', width: 1440, height: 1000, theme: 'light', locale: 'en' },
  { name: '390-light-ko', width: 390, height: 844, theme: 'light', locale: 'ko' },
  { name: '1440-dark-ko', width: 1440, height: 1000, theme: 'dark', locale: 'ko' },
  { name: '390-dark-en', width: 390, height: 844, theme: 'dark', locale: 'en' },
].slice(0, args.quick ? 2 : 4);

const first = async (kind) => {
  const end = Date.now();
  const answer = await fetch(`${args.url}/ui/api/fleet/${kind}?start=${end - 86_400_000}&end=${end}&points=1`);
  const name = (await answer.json()).resources[0]?.name;
  return name ? encodeURIComponent(name) : null;
};
const named = async (path, kind) => {
  const name = await first(kind);
  return name && `${path}/${name}`;
};
const pages = {
  lambda: '/lambda',
  function: await named('/lambda', 'lambda'),
  glue: '/glue',
  job: await named('/glue', 'glue'),
  apis: '/apis',
  api: await named('/apis', 'apigateway'),
  buckets: '/buckets',
  bucket: await named('/buckets', 's3'),
  settings: '/settings',
  metrics: '/graph',
  logs: '/logs',
  live: '/logs/live',
};
const chosen = args.pages ? args.pages.split(',') : Object.keys(pages);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
let faults = 0;
const fault = (text) => {
  faults++;
  console.log(`  FAULT ${text}`);
};

for (const variant of variants) {
  const context = await browser.newContext({
    viewport: { width: variant.width, height: variant.height },
    locale: variant.locale === 'ko' ? 'ko-KR' : 'en-US',
    timezoneId: 'Asia/Seoul',
    deviceScaleFactor: 1,
  });
  await context.addInitScript(([theme, locale]) => {
    localStorage.setItem('skywatch.theme', theme);
    localStorage.setItem('skywatch.locale', locale);
  }, [variant.theme, variant.locale]);
  for (const name of chosen) {
    if (!pages[name]) {
      console.log(`${name}: nothing to show`);
      continue;
    }
    const page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && fault(`${name} ${variant.name} console: ${message.text()}`));
    page.on('pageerror', (error) => fault(`${name} ${variant.name} threw: ${error.message}`));
    const began = Date.now();
    await page.goto(args.url + pages[name]);
    await page.waitForSelector('h1');
    await page.waitForFunction(() => !document.querySelector('.sw-spin, .sw-placeholder'), null, { timeout: 20_000 }).catch(() => fault(`${name} ${variant.name}: still loading after 20 s`));
    const took = Date.now() - began;
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(out, `${name}-${variant.name}.png`), fullPage: args.full });
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (sideways > 0) fault(`${name} ${variant.name}: scrolls sideways by ${sideways} px`);
    await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }));
    for (const v of found.violations) {
      fault(`${name} ${variant.name} axe ${v.id}: ${v.help} (${v.nodes.length}) ${v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join(' | ')}`);
    }
    console.log(`${name} ${variant.name}: ${took} ms`);
    await page.close();
  }
  await context.close();
}
await browser.close();
console.log(faults === 0 ? 'no faults' : `${faults} faults`);
process.exit(faults === 0 ? 0 : 1);
