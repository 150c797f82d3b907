// Follows two log groups in a real Chromium while this script writes into them:
// rows, marks, scrolling, sampling, keys, both languages, wide and narrow, axe.
//
//   node e2e/live.mjs [--url http://127.0.0.1:4580] [--shots folder]
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const { values: args } = parseArgs({ options: { url: { type: 'string', default: 'http://127.0.0.1:4580' }, shots: { type: 'string' } } });
if (args.shots) mkdirSync(args.shots, { recursive: true });
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const groups = ['/live/orders', '/live/payments'];
const call = async (operation, input) => {
  const answer = await fetch(args.url, { method: 'POST', headers: { 'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': `Logs_20140328.${operation}` }, body: JSON.stringify(input) });
  const body = await answer.json();
  assert.ok(answer.ok || /AlreadyExists/.test(body.__type), `${operation}: ${JSON.stringify(body)}`);
};
for (const group of groups) {
  await call('CreateLogGroup', { logGroupName: group });
  await call('CreateLogStream', { logGroupName: group, logStreamName: 's' });
}
const put = (group, messages) => call('PutLogEvents', { logGroupName: group, logStreamName: 's', logEvents: messages.map((message) => ({ timestamp: Date.now(), message })) });
const lines = (n, text) => Array.from({ length: n }, (_, i) => `${text} ${i}`);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const broken = [];
const open = async ({ width, height, theme = 'light', locale = 'en' }) => {
  const context = await browser.newContext({ viewport: { width, height }, locale: locale === 'ko' ? 'ko-KR' : 'en-US', timezoneId: 'Asia/Seoul' });
  await context.addInitScript(([t, l]) => {
    localStorage.setItem('skywatch.theme', t);
    localStorage.setItem('skywatch.locale', l);
  }, [theme, locale]);
  const page = await context.newPage();
  page.on('pageerror', (error) => broken.push(`threw ${error.message}`));
  page.on('console', (message) => message.type() === 'error' && broken.push(`console: ${message.text()}`));
  return page;
};
const until = (page, what, fn, arg) => page.waitForFunction(fn, arg, { timeout: 15_000 }).catch(() => assert.fail(`waited in vain for ${what}`));
const shows = (page, text) => until(page, `"${text}" among the rows`, (t) => document.querySelector('.sw-tail-rows')?.textContent.includes(t), text);
const isLive = (page) => page.waitForSelector('.sw-live-dot[data-on="true"]');
const look = async (page, name) => {
  if (args.shots) await page.screenshot({ path: join(args.shots, `${name}.png`) });
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (sideways > 0) broken.push(`${name}: scrolls sideways by ${sideways} px`);
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }));
  for (const v of found.violations) broken.push(`${name} axe ${v.id}: ${v.help} ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(' | ')}`);
};
const atEnd = (page) => page.evaluate(() => {
  const box = document.querySelector('.sw-tail-rows');
  return box.scrollHeight - box.scrollTop - box.clientHeight < 30;
});

const page = await open({ width: 1440, height: 900 });
await page.goto(`${args.url}/logs`);
await page.getByRole('button', { name: 'Live tail', exact: true }).click();
await page.waitForURL('**/logs/live');
await look(page, 'nothing-chosen');

// Chosen with the keyboard alone, then started.
await page.getByPlaceholder(/Part of a name/).fill('/live/*');
await page.getByRole('button', { name: 'Add all 2' }).click();
await page.getByRole('button', { name: 'Start' }).click();
await isLive(page);
await put(groups[0], ['INFO first order', 'ERROR order lost']);
await put(groups[1], [JSON.stringify({ level: 'warn', msg: 'payment slow', ms: 1234 })]);
await shows(page, 'ERROR order lost');
await shows(page, 'payment slow');
await shows(page, '/live/payments');

// A filter narrows what comes, and is marked; its place is the URL.
await page.keyboard.press('/');
await page.keyboard.type('?ERROR ?"timed out"');
await page.keyboard.press('Enter');
await page.waitForURL(/pattern=/);
await isLive(page);
await put(groups[0], ['INFO quiet', 'ERROR loud', 'Task timed out after 3.00 seconds']);
await shows(page, 'timed out');
assert.deepEqual(await page.locator('.sw-tail mark').allTextContents(), ['ERROR', 'timed out']);
assert.equal(await page.locator('.sw-tail-line').count(), 2);
await look(page, 'filtered');
await page.getByRole('searchbox', { name: 'Filter pattern' }).fill('');
await page.waitForURL((url) => !url.search.includes('pattern'));
await isLive(page);

// The list follows the newest row, rests while one reads above, and says what is new.
await put(groups[0], lines(200, 'INFO row'));
await shows(page, 'INFO row 199');
assert.ok(await atEnd(page), 'the list does not follow the newest row');
await page.locator('.sw-tail-rows').hover();
await page.mouse.wheel(0, -1500);
await page.waitForSelector('.sw-tail-end');
const before = await page.evaluate(() => document.querySelector('.sw-tail-rows').scrollTop);
await put(groups[1], lines(50, 'WARN later'));
await until(page, 'the count of new rows', () => document.querySelector('.sw-tail-end')?.textContent.includes('50'));
assert.equal(await page.evaluate(() => document.querySelector('.sw-tail-rows').scrollTop), before, 'new rows moved what was being read');
await look(page, 'resting');
await page.locator('.sw-tail-end').click();
await shows(page, 'WARN later 49');

// Rows open by keyboard.
await page.locator('.sw-tail-rows').focus();
await page.keyboard.press('ArrowUp');
await until(page, 'focus on a row', () => document.activeElement?.closest('[data-n]'));
await page.keyboard.press('Enter');
await page.waitForSelector('.sw-tail-open pre');
await page.keyboard.press('Enter');

// More than 500 in a second are a sample, and the page says so.
await page.keyboard.press('End');
for (let i = 0; i < 4; i++) await put(groups[0], lines(4000, `burst ${i}`));
await page.waitForSelector('.sw-live-sampled');
await look(page, 'sampled');

// Stop, clear, start again with keys.
await page.locator('h1').click();
await page.keyboard.press('s');
await until(page, 'the stop', () => !document.querySelector('.sw-live-dot'));
await page.keyboard.press('c');
await page.waitForSelector('.sw-tail-rows', { state: 'detached' });
await put(groups[0], ['unseen']);
await page.keyboard.press('s');
await isLive(page);
await put(groups[0], ['seen again']);
await shows(page, 'seen again');
assert.equal(await page.locator('text=unseen').count(), 0);

// A pattern that is none is told in the server's words.
await page.getByRole('searchbox', { name: 'Filter pattern' }).fill('{ $.a = ');
await page.keyboard.press('Enter');
await page.getByText(/Invalid filter pattern/).waitFor();
broken.splice(0, broken.length, ...broken.filter((b) => !/status of 400/.test(b)));
await page.context().close();

// A link follows at once; narrow, dark, Korean.
for (const v of [
  { width: 390, height: 844, theme: 'light', locale: 'ko' },
  { width: 390, height: 844, theme: 'dark', locale: 'en' },
  { width: 1440, height: 900, theme: 'dark', locale: 'ko' },
]) {
  const p = await open(v);
  await p.goto(`${args.url}/logs/live?group=${groups.join(',')}`);
  await isLive(p);
  await put(groups[0], [...lines(30, 'INFO a longer line of an application that says what it did and to whom'), 'ERROR one that failed']);
  await shows(p, 'one that failed');
  await look(p, `${v.width}-${v.theme}-${v.locale}`);
  await p.context().close();
}
await browser.close();
assert.deepEqual(broken, []);
console.log('ok live tail');
