// Drives the pages as a person would, in a real Chromium: keys, filters, sorting,
// the URL as state, zooming, paging the log, languages and thresholds.
//
//   node e2e/smoke.mjs [--url http://127.0.0.1:4580] [--shots folder]
//
// It needs a server with at least 30 functions (skywatch demo, or dev/mock.mjs).
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const { values: args } = parseArgs({ options: { url: { type: 'string', default: 'http://127.0.0.1:4580' }, shots: { type: 'string' } } });
if (args.shots) mkdirSync(args.shots, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, locale: 'en-US', timezoneId: 'Asia/Seoul' });
const page = await context.newPage();
const broken = [];
page.on('pageerror', (error) => broken.push(`threw ${error.message}`));
page.on('console', (message) => message.type() === 'error' && broken.push(`console: ${message.text()}`));

const shot = async (name) => args.shots && page.screenshot({ path: join(args.shots, `${name}.png`) });
const param = (name) => new URL(page.url()).searchParams.get(name);
const rowNames = () => page.locator('.sw-table-body > [data-row]').evaluateAll((rows) => rows.map((r) => [Number(r.dataset.row), r.querySelector('a').textContent]).sort((a, b) => a[0] - b[0]).map((r) => r[1]));
const until = (what, check) => page.waitForFunction(check.fn, check.arg, { timeout: 15_000 }).catch(() => assert.fail(`waited in vain for ${what}`));
const urlHas = async (text) => until(`"${text}" in the URL`, { fn: (t) => decodeURIComponent(location.href).includes(t), arg: text });

const steps = {
  'the root leads to the Lambda fleet': async () => {
    await page.goto(`${args.url}/`);
    await page.waitForSelector('.sw-table-body [data-row="0"] a');
    assert.equal(new URL(page.url()).pathname, '/lambda');
    assert.match(await page.title(), /Lambda/);
  },
  'rows are virtual, the end is reachable': async () => {
    const total = Number(await page.locator('[role=table]').first().getAttribute('aria-rowcount')) - 1;
    assert.ok(total >= 30, `only ${total} functions`);
    if (total >= 100) assert.ok((await page.locator('.sw-table-body > [data-row]').count()) < total, 'all rows are in the document');
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await page.waitForSelector(`[data-row="${total - 1}"]`);
    const head = await page.locator('.sw-thead').boundingBox();
    assert.ok(Math.abs(head.y - 48) < 2, `heading at ${head.y} is not beneath the top bar`);
    await shot('scrolled');
    await page.evaluate(() => window.scrollTo(0, 0));
  },
  'arrow keys move between rows, Enter opens, Back returns': async () => {
    await page.waitForSelector('[data-row="0"] a');
    await page.locator('[data-row="0"] a').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await until('focus on row 2', { fn: () => document.activeElement?.closest('[data-row]')?.dataset.row === '2' });
    await page.keyboard.press('End');
    const last = Number(await page.locator('[role=table]').first().getAttribute('aria-rowcount')) - 2;
    await until('focus on the last row', { fn: (n) => document.activeElement?.closest('[data-row]')?.dataset.row === String(n), arg: last });
    const name = await page.evaluate(() => document.activeElement.textContent);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/lambda/**');
    await page.waitForSelector(`h1:text-is("${name}")`);
    await page.goBack();
    await page.waitForSelector('.sw-table-body [data-row="0"]');
  },
  'clicking a heading sorts, and the URL says so': async () => {
    await page.getByRole('button', { name: 'Invocations' }).first().click();
    await urlHas('sort=-invocations');
    await shot('sorted');
    await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
    await urlHas('sort=name');
    const names = await rowNames();
    assert.deepEqual(names, [...names].sort((a, b) => a.localeCompare(b, undefined, { numeric: true })));
  },
  '/ filters by text, facets narrow, clearing restores': async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('load');
    await urlHas('q=load');
    for (const name of await rowNames()) assert.match(name, /load/);
    await page.keyboard.press('Escape');
    await page.getByRole('group', { name: 'Status' }).getByRole('button', { name: /^OK/ }).click();
    await urlHas('sev=ok');
    assert.equal(await page.locator('.sw-table-body .sw-badge-critical').count(), 0);
    await shot('filtered');
    await page.getByRole('button', { name: 'Clear all' }).click();
    await until('an unfiltered URL', { fn: () => !location.search.includes('sev=') });
    await page.keyboard.press('/');
    await page.keyboard.type('no such function');
    await page.getByText('Nothing matches the filter.').waitFor();
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.waitForSelector('[data-row="0"]');
  },
  '[ ] shift, t opens the range, chips choose': async () => {
    await page.locator('h1').click();
    await page.keyboard.press('[');
    await urlHas('range=20');
    await page.keyboard.press(']');
    await page.keyboard.press('t');
    await page.locator('.sw-range-panel').waitFor();
    await shot('range');
    await page.locator('.sw-range-panel input').first().fill('90x');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await page.locator('.sw-range-panel input').first().fill('90m');
    await page.keyboard.press('Enter');
    await urlHas('range=90m');
    await page.locator('.sw-range-quick').getByRole('button', { name: '3h' }).click();
    await urlHas('range=3h');
  },
  '? shows the keys, escape closes': async () => {
    await page.locator('h1').click();
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await shot('help');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  },
  'ctrl-K goes anywhere and keeps the range': async () => {
    await page.keyboard.press('Control+k');
    const box = page.locator('input[role=combobox]');
    await box.fill('bucke');
    await page.locator('[role=option]').first().waitFor();
    await shot('find');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/buckets**');
    assert.equal(param('range'), '3h');
    await page.keyboard.press('Control+k');
    await page.locator('input[role=combobox]').fill('load');
    await page.locator('[role=option]', { hasText: /load.*Lambda/ }).first().click();
    await page.waitForURL('**/lambda/**');
  },
  'a function page draws its charts; dragging zooms all': async () => {
    await page.goto(`${args.url}/lambda?range=24h`);
    await page.locator('.sw-problem-name, [data-row="0"] a').first().click();
    await page.waitForURL('**/lambda/*');
    await page.waitForSelector('.sw-chart canvas');
    assert.ok((await page.locator('.sw-chart canvas').count()) >= 6);
    const over = await page.locator('.u-over').first().boundingBox();
    await page.mouse.move(over.x + over.width * 0.4, over.y + 40);
    await page.locator('.sw-chart-tip').first().waitFor();
    await shot('tooltip');
    await page.mouse.down();
    await page.mouse.move(over.x + over.width * 0.7, over.y + 60, { steps: 5 });
    await page.mouse.up();
    await urlHas('..20');
    const before = page.url();
    await page.locator('.sw-legend button').first().click();
    assert.equal(await page.locator('.sw-legend button').first().getAttribute('aria-pressed'), 'false');
    await page.goBack();
    await until('the range before', { fn: (url) => location.href !== url, arg: before });
  },
  'the log filters and shows an event whole': async () => {
    await page.locator('.sw-log-line').first().waitFor();
    await page.locator('.sw-log-filter').fill('REPORT');
    await page.keyboard.press('Enter');
    await urlHas('log=REPORT');
    await until('only REPORT lines', { fn: () => [...document.querySelectorAll('.sw-log-line span')].length > 0 && [...document.querySelectorAll('.sw-log-line span')].every((s) => /REPORT|report/.test(s.textContent)) });
    await page.locator('.sw-log-line').first().click();
    await page.locator('.sw-log-details pre').waitFor();
    await shot('log');
  },
  'a bad pattern is refused in the server\'s words': async () => {
    await page.locator('.sw-log-filter').fill('{ $.a = ');
    await page.keyboard.press('Enter');
    if (!(await page.title()).includes('mock')) {
      const refused = await page.getByText(/InvalidParameterException/).waitFor({ timeout: 8000 }).then(() => true, () => false);
      if (!refused) console.log('  (the server takes every pattern: a stand-in?)');
    }
  },
  'a Glue job lists its runs, each with its log': async () => {
    await page.goto(`${args.url}/glue?sort=-runs`);
    await page.waitForSelector('.sw-table-body [data-row="0"] a');
    await page.click('.sw-table-body [data-row="0"] a');
    await page.waitForSelector('.sw-runs tbody tr');
    await page.click('.sw-runs a >> nth=0');
    await urlHas('jr_');
    await page.waitForSelector('.sw-result-row');
  },
  'an API and a bucket show their access logs, read at a glance': async () => {
    for (const [kind, filter] of [['apis', '5xx'], ['buckets', 'PUT, DELETE']]) {
      const sort = kind === 'apis' ? '-count' : '-requests';
      await page.goto(`${args.url}/${kind}?sort=${sort}&range=24h`);
      await page.waitForSelector('.sw-table-body [data-row="0"] a');
      await page.click('.sw-table-body [data-row="0"] a');
      await page.waitForSelector('.sw-log-line');
      assert.match(await page.locator('.sw-log-line span').first().innerText(), /^\d{3} /);
      await page.getByRole('group', { name: 'Ready filters' }).getByRole('button', { name: filter }).click();
      await urlHas('log=');
      await until('filtered lines', { fn: (put) => [...document.querySelectorAll('.sw-log-line span')].length > 0 && [...document.querySelectorAll('.sw-log-line span')].every((line) => (put ? /\.(PUT|DELETE)\./ : /^5\d\d /).test(line.textContent)), arg: kind === 'buckets' });
      await page.locator('.sw-log-line').first().click();
      await page.locator('.sw-log-details pre').first().waitFor();
      await shot(`access-${kind}`);
    }
  },
  'thresholds are kept and put back': async () => {
    await page.goto(`${args.url}/settings`);
    const field = page.getByLabel('Over, of configured memory');
    await field.waitFor();
    const old = await field.inputValue();
    await field.fill('x');
    await page.getByText('A number of 0 or more is needed.').waitFor();
    await field.fill('91');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await page.reload();
    await field.waitFor();
    assert.equal(await field.inputValue(), '91');
    await field.fill(old);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
  },
  'language and theme change at once': async () => {
    await page.goto(`${args.url}/lambda`);
    await page.getByRole('button', { name: 'Preferences' }).click();
    await page.getByRole('button', { name: '한국어' }).click();
    await page.locator('h1:has-text("Lambda 함수")').waitFor();
    await page.getByRole('button', { name: '어둡게' }).click();
    assert.ok(await page.evaluate(() => document.body.classList.contains('awsui-dark-mode')));
    await shot('preferences');
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'ko');
  },
  'an unknown page and an unknown function say so': async () => {
    await page.goto(`${args.url}/nowhere`);
    await page.locator('h1').waitFor();
    await page.goto(`${args.url}/lambda/no-such-function-here`);
    await page.locator('.sw-empty-reason').first().waitFor();
  },
};

let failed = 0;
for (const [name, step] of Object.entries(steps)) {
  broken.length = 0;
  try {
    await step();
    // A refused call is logged by the browser itself; those are asked for here.
    const faults = broken.filter((text) => !/status of 400/.test(text));
    assert.deepEqual(faults, []);
    console.log(`ok    ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}: ${error.message} at ${page.url()}`);
    await shot(`failed-${failed}`);
  }
}
await browser.close();
process.exit(failed === 0 ? 0 : 1);
