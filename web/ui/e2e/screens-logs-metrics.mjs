/* global URLSearchParams, navigator, performance, requestAnimationFrame, getSelection */
// Uses the metric graph page and the log query page in a real Chromium: what a
// user does first (behaviour), then screenshots of their states at two widths,
// both themes and both languages, checked for errors, sideways scrolling and
// accessibility (axe).
//
//   node e2e/screens-logs-metrics.mjs <folder> [--url http://127.0.0.1:4580] [--only name,…] [--quick]
//
// The server must run `skywatch demo` (300 functions). Data of its own goes to
// other accounts: 222222222222 holds one series and one log group, 333333333333
// holds nothing.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const { values: args, positionals } = parseArgs({
  allowPositionals: true,
  options: { url: { type: 'string', default: 'http://127.0.0.1:4580' }, only: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
const out = positionals[0];
if (!out) {
  console.error('usage: node e2e/screens-logs-metrics.mjs <output folder> [--url …] [--only a,b] [--quick]');
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const one = '222222222222/us-east-1';
const none = '333333333333/us-east-1';

async function aws(target, body, scope) {
  const response = await fetch(args.url, {
    method: 'POST',
    headers: { 'X-Amz-Target': target, 'Content-Type': target.startsWith('Logs') ? 'application/x-amz-json-1.1' : 'application/x-amz-json-1.0', ...(scope ? { 'X-Skywatch-Scope': scope } : {}) },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok && !text.includes('AlreadyExists')) throw new Error(`${target}: ${text}`);
}

const now = Date.now();
for (const scope of [undefined, one]) {
  for (let i = 0; i < 12; i++) {
    await aws('GraniteServiceVersion20100801.PutMetricData', {
      Namespace: 'CUSTOM-METRIC',
      MetricData: [
        { MetricName: 'LambdaMemoryUsage', Value: 100 + ((i * 7) % 20), Unit: 'Megabytes', Timestamp: now / 1000 - 600 * i - 120, Dimensions: [{ Name: 'LambdaName', Value: 'etl-load' }] },
        ...(scope ? [] : [{ MetricName: 'Retired', Value: i, Unit: 'Count', Timestamp: now / 1000 - 600 * i - 5 * 86_400, Dimensions: [{ Name: 'LambdaName', Value: 'etl-load' }] }]),
      ],
    }, scope);
  }
}
await aws('Logs_20140328.CreateLogGroup', { logGroupName: '/my/app' }, one);
await aws('Logs_20140328.CreateLogStream', { logGroupName: '/my/app', logStreamName: 'main' }, one);
await aws('Logs_20140328.PutLogEvents', { logGroupName: '/my/app', logStreamName: 'main', logEvents: [{ timestamp: now - 1000, message: '{"level":"ERROR","message":"결제 실패","user":{"id":7}}' }] }, one);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
let faults = 0;
const fault = (text) => {
  faults++;
  console.log(`  FAULT ${text}`);
};

async function open(variant, name) {
  const context = await browser.newContext({
    viewport: { width: variant.width, height: variant.height },
    locale: variant.locale === 'ko' ? 'ko-KR' : 'en-US',
    timezoneId: 'Asia/Seoul',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await context.addInitScript(([theme, locale]) => {
    localStorage.setItem('skywatch.theme', theme);
    localStorage.setItem('skywatch.locale', locale);
  }, [variant.theme, variant.locale]);
  const page = await context.newPage();
  page.expected = [];
  page.on('console', (m) => m.type() === 'error' && !m.text().startsWith('Failed to load resource') && fault(`${name} ${variant.name} console: ${m.text()}`));
  page.on('response', async (r) => {
    // A query may end just before it is stopped.
    const stopped = r.request().headers()['x-amz-target']?.endsWith('StopQuery');
    if (r.status() >= 400 && !stopped && !page.expected.includes(String(r.status()))) fault(`${name} ${variant.name}: ${r.status()} to ${r.request().postData() ?? r.url()}: ${(await r.text().catch(() => '')).slice(0, 300)}`);
  });
  page.on('pageerror', (error) => fault(`${name} ${variant.name} threw: ${error.message}`));
  return page;
}

const q = (text) => encodeURIComponent(text);
const lambda = 'SOURCE logGroups(namePrefix: ["/aws/lambda/"])\n| ';
const firstGroup = (await (await fetch(`${args.url}/ui/api/loggroups?pattern=/aws/lambda/*&limit=1`)).json()).groups[0]?.name ?? '';
const firstApi = (await (await fetch(`${args.url}/ui/api/fleet/apigateway?start=${now - 86_400_000}&end=${now}&points=1`)).json()).resources[0]?.name ?? '';
const done = (page) => page.waitForSelector('.sw-run-progress:not(:empty)', { timeout: 20_000 }).then(() => page.waitForFunction(() => !document.querySelector('.sw-run-spin'), null, { timeout: 30_000 }));
const drawn = (page) => page.waitForSelector('.sw-graph .u-over', { timeout: 20_000 });

/** States to look at: a path, what to wait for, what to do before the picture. */
const screens = {
  'metrics-start': { path: '/graph', wait: (p) => p.waitForSelector('.sw-picker-tree button') },
  'metrics-search': { path: '/graph?q=lambda%20duration', wait: (p) => p.waitForSelector('[role=option]') },
  'metrics-one': { path: '/graph?m=,CUSTOM-METRIC,LambdaMemoryUsage,LambdaName,etl-load', wait: drawn },
  'metrics-hundred': {
    path: '/graph?q=invocations%20aws/lambda',
    wait: async (p) => {
      await p.waitForSelector('[role=option]');
      await p.click('.sw-picker-count .sw-button');
      await drawn(p);
      await p.click('.sw-search-list > .sw-row .sw-icon-button');
      await p.waitForTimeout(500);
    },
  },
  'metrics-units': { path: '/graph?m=p95,AWS/Lambda,Duration*Sum/3600,.,Invocations*Maximum,.,ConcurrentExecutions*/h,.,Errors&style=area', wait: drawn },
  'metrics-retired': { path: '/graph?m=,CUSTOM-METRIC,Retired,LambdaName,etl-load', wait: (p) => p.waitForSelector('.sw-empty .sw-button') },
  'metrics-unknown': { path: '/graph?m=,No/Such,Metric,Name,x', wait: (p) => p.waitForSelector('.sw-empty') },
  'metrics-sets': { path: '/graph?m=p99,AWS/Lambda,Duration', wait: (p) => p.waitForSelector('.sw-empty .sw-button') },
  'metrics-badstat': { path: '/graph?m=p101,AWS/Lambda,Duration', expected: ['400'], wait: (p) => p.waitForSelector('[class*=alert]') },
  'metrics-none': { path: `/graph?scope=${none}`, wait: (p) => p.waitForSelector('.sw-empty') },
  'metrics-single': { path: `/graph?scope=${one}&ns=CUSTOM-METRIC`, wait: (p) => p.waitForSelector('.sw-picker-tree button') },
  'logs-start': { path: '/logs', wait: (p) => p.waitForSelector('[role=option]') },
  'logs-events': { path: `/logs?group=${firstGroup}`, wait: done },
  'logs-open': {
    path: `/logs?group=${firstGroup}`,
    wait: async (p) => {
      await done(p);
      await p.click('.sw-result-toggle');
      await p.waitForSelector('.sw-row-fields tr');
    },
  },
  'logs-stats': { path: `/logs?q=${q(`${lambda}filter @type = "REPORT"\n| stats max(@maxMemoryUsed / 1000000) as usedMB, max(@memorySize / 1000000) as configuredMB, count(*) as reports by @log\n| sort usedMB desc`)}`, wait: done },
  'logs-chart': { path: `/logs?q=${q(`${lambda}stats count(*) as events by bin(30m), @type`)}&draw=stacked`, wait: done },
  'logs-error': { path: `/logs?group=${firstGroup}&q=${q('fields @timestamp, | limit 5')}`, expected: ['400'], wait: (p) => p.waitForSelector('.cm-lintRange-error') },
  'logs-nothing': { path: `/logs?group=${firstGroup}&q=${q('filter @message like "no such text at all"')}`, wait: (p) => p.waitForSelector('.sw-results .sw-empty') },
  'logs-boxes': {
    path: `/logs?group=${firstGroup}&q=${q('filter @type = "REPORT"\n| filter @message like /Memory/\n| stats pct(@duration, 95) as p95_duration, count(*) as events by bin(15m)\n| limit 1000')}`,
    wait: async (p) => {
      await done(p);
      if ((await p.locator('.sw-boxes').count()) === 0) await p.click('.sw-page-actions > .sw-button');
      await p.locator('.sw-box').nth(1).locator('.sw-popup-root > button').first().click();
      await p.waitForSelector('.sw-box-form');
    },
  },
  'logs-samples': {
    path: '/logs',
    wait: async (p) => {
      await p.waitForSelector('[role=option]');
      await p.click('.sw-page-actions .sw-popup-root button >> nth=0');
      await p.waitForSelector('.sw-samples');
    },
  },
  'logs-complete': {
    path: `/logs?group=${firstGroup}&q=${q('filter ')}`,
    expected: ['400'],
    wait: async (p) => {
      await p.waitForSelector('.cm-content');
      await p.click('.cm-content');
      await p.keyboard.press('Control+End');
      await p.keyboard.type(' @m');
      await p.waitForSelector('.cm-tooltip-autocomplete');
      await p.waitForTimeout(300);
    },
  },
  'logs-help': {
    path: `/logs?group=/aws/apigateway/${firstApi}-access`,
    wait: async (p) => {
      await done(p);
      if ((await p.locator('.sw-ql-panel').count()) === 0) await p.locator('.sw-page-actions > .sw-button').last().click();
      await p.waitForSelector('.sw-ql-fields button');
      await p.click('.sw-ql-word summary >> nth=4');
    },
  },
  'logs-take': {
    path: `/logs?q=${q(`${lambda}filter @type = "REPORT"\n| stats max(@maxMemoryUsed), avg(@duration), count(*) as n by @log\n| sort n desc`)}`,
    wait: async (p) => {
      await done(p);
      await p.locator('.sw-results .sw-popup-root > button').click();
      await p.waitForSelector('.sw-results .sw-menu');
    },
  },
  'logs-none': { path: `/logs?scope=${none}`, wait: (p) => p.waitForSelector('.sw-empty') },
  'logs-single': { path: `/logs?scope=${one}&group=/my/app`, wait: done },
};

const variants = [
  { name: '1440-light-en', width: 1440, height: 1000, theme: 'light', locale: 'en' },
  { name: '390-light-ko', width: 390, height: 844, theme: 'light', locale: 'ko' },
  { name: '1440-dark-ko', width: 1440, height: 1000, theme: 'dark', locale: 'ko' },
  { name: '390-dark-en', width: 390, height: 844, theme: 'dark', locale: 'en' },
].slice(0, args.quick ? 2 : 4);

async function check(page, where) {
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (sideways > 0) fault(`${where}: scrolls sideways by ${sideways} px`);
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }));
  for (const v of found.violations) fault(`${where} axe ${v.id}: ${v.help} (${v.nodes.length}) ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).join(' | ')}`);
}

const must = (condition, text) => {
  if (!condition) throw new Error(text);
};
const rows = (page) => page.locator('.sw-result-row').count();
const url = (page) => new URL(page.url());

/** What users do, step by step. */
const journeys = {
  'metric-by-typing': async (page) => {
    await page.goto(`${args.url}/graph`);
    await page.waitForSelector('.sw-picker-tree button');
    await page.keyboard.press('/');
    await page.keyboard.type('lambdamemoryusage etl');
    await page.waitForSelector('[role=option]');
    await page.keyboard.press('Enter');
    await drawn(page);
    must(url(page).searchParams.get('m') === ',CUSTOM-METRIC,LambdaMemoryUsage,LambdaName,etl-load', `the URL holds ${url(page).search}`);
    must((await page.locator('.sw-series tbody tr').count()) === 1, 'one series is listed');
    await page.goBack();
    await page.waitForFunction(() => !location.search.includes('m='));
    must((await page.locator('.sw-series').count()) === 0, 'Back takes the series away');
  },
  'metric-by-url': async (page) => {
    await page.goto(`${args.url}/graph?m=Maximum/300,CUSTOM-METRIC,LambdaMemoryUsage,LambdaName,etl-load&range=3h`);
    await drawn(page);
    await page.waitForSelector('.sw-series td.sw-number');
    must((await page.locator('.sw-series td.sw-number').nth(2).innerText()).includes('MB'), `max is ${await page.locator('.sw-series td.sw-number').nth(2).innerText()}`);
  },
  'metric-namespace-to-series': async (page) => {
    await page.goto(`${args.url}/graph`);
    await page.click('.sw-picker-tree button:has-text("AWS/Lambda")');
    await page.click('.sw-picker-tree button:has-text("Duration")');
    await page.waitForSelector('[role=option]');
    await page.click('[role=option] >> nth=1');
    await page.click('[role=option] >> nth=2');
    await drawn(page);
    must((await page.locator('.sw-series tbody tr').count()) === 2, 'two series');
    await page.selectOption('.sw-graph-controls select >> nth=0', 'p99');
    await page.waitForFunction(() => location.search.includes('stat=p99'));
    await page.locator('.sw-series-actions button').first().click();
    await page.waitForFunction(() => document.querySelectorAll('.sw-series tbody tr').length === 3);
    await page.locator('.sw-swatch').first().click();
    await page.waitForFunction(() => new URLSearchParams(location.search).get('m').startsWith('/h,'));
    await page.click('text=Copy CSV');
    const csv = await page.evaluate(() => navigator.clipboard.readText());
    must(/^time,AWS\/Lambda · Duration/.test(csv) && csv.split('\r\n').length > 20, `CSV is ${csv.slice(0, 80)}`);
  },
  'metric-start': async (page) => {
    await page.goto(`${args.url}/graph`);
    await page.click('.sw-metric-cards .sw-panel:has(h3:text-is("AWS/Lambda")) button:has-text("Invocations")');
    await drawn(page);
    must(url(page).searchParams.get('m').startsWith('Sum,AWS/Lambda,Invocations'), `the URL holds ${url(page).search}`);
    await page.goBack();
    await page.click('.sw-metric-cards .sw-panel:has(h3:text-is("AWS/ApiGateway")) button:has-text("Latency")');
    await drawn(page);
    must((await page.locator('.sw-series tbody tr').count()) === 10, 'ten APIs are drawn');
  },
  'metric-own-statistic': async (page) => {
    await page.goto(`${args.url}/graph?m=,AWS/Lambda,Duration,FunctionName,${encodeURIComponent(firstGroup.split('/').pop())}`);
    await drawn(page);
    await page.selectOption('.sw-graph-controls select >> nth=0', { label: 'Other…' });
    await page.keyboard.type('tm90');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => location.search.includes('stat=tm90'));
    await page.waitForTimeout(500);
    must((await page.locator('.sw-series td.sw-number').count()) === 5, 'tm90 has values');
  },
  'metric-back-in-time': async (page) => {
    await page.goto(`${args.url}/graph?m=,CUSTOM-METRIC,Retired,LambdaName,etl-load`);
    await page.click('.sw-empty .sw-button');
    await drawn(page);
    must(url(page).searchParams.get('range')?.includes('..'), 'the range is that of the last data');
  },
  'metric-drag': async (page) => {
    await page.goto(`${args.url}/graph?m=,AWS/Lambda,Invocations`);
    await drawn(page);
    const box = await page.locator('.sw-graph .u-over').boundingBox();
    await page.mouse.move(box.x + 100, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + 400, box.y + 60, { steps: 8 });
    await page.mouse.up();
    await page.waitForFunction(() => location.search.includes('range='));
  },
  'logs-pick-and-run': async (page) => {
    await page.goto(`${args.url}/logs`);
    await page.waitForSelector('[role=option]');
    await page.fill('.sw-search-box', 'orders');
    await page.waitForFunction(() => [...document.querySelectorAll('[role=option]')].every((o) => o.textContent.includes('orders')));
    await page.click('[role=option] >> nth=0');
    await page.click('.sw-button-primary');
    await done(page);
    must((await rows(page)) > 5, 'rows are shown');
    must(url(page).searchParams.get('group')?.includes('orders'), 'the URL holds the group');
  },
  'logs-prefix': async (page) => {
    await page.goto(`${args.url}/logs`);
    await page.waitForSelector('[role=option]');
    await page.fill('.sw-search-box', '/aws/apigateway/');
    await page.click('button:has-text("Query all"):has-text("/aws/apigateway/")');
    must((await page.locator('.cm-content').innerText()).startsWith('SOURCE logGroups(namePrefix: ["/aws/apigateway/'), 'SOURCE is in the text');
    await page.click('.sw-button-primary');
    await done(page);
    must((await rows(page)) > 5, 'rows are shown');
  },
  'logs-filter-and-undo': async (page) => {
    await page.goto(`${args.url}/logs?group=${firstGroup}&q=${q('fields @timestamp, @message\n| filter @type = "REPORT"\n| sort @timestamp desc')}`);
    await done(page);
    await page.click('.sw-result-toggle');
    await page.click('.sw-row-filters button >> nth=2');
    await page.waitForFunction(() => decodeURIComponent(location.search).includes('@requestId'));
    await done(page);
    const text = url(page).searchParams.get('q');
    must(/\| filter \S+ = .+\n\| sort/.test(text), `the text is ${text}`);
    await page.click('.sw-log-chip >> nth=0');
    await page.waitForFunction(() => location.search.includes('exception'));
    await page.click('h1');
    await page.keyboard.press('Control+z');
    await page.waitForFunction((before) => new URLSearchParams(location.search).get('q') === before, text);
    await page.goBack();
    await page.waitForFunction(() => location.search.includes('exception'));
    must((await page.locator('.cm-content').innerText()).includes('exception'), 'the editor shows the query of the URL');
  },
  'logs-drill': async (page) => {
    await page.goto(`${args.url}/logs?q=${q(`${lambda}filter @type = "REPORT"\n| stats count(*) as n by @log\n| sort n desc`)}`);
    await done(page);
    must((await page.locator('.sw-result-bar i').count()) > 5, 'the counts have bars');
    await page.click('.sw-result-toggle >> nth=0');
    await page.click('.sw-row-actions button >> nth=0');
    await page.waitForFunction(() => location.search.includes('group=/aws/lambda/'));
    await done(page);
    must(!url(page).searchParams.get('q').includes('SOURCE'), 'the events are those of one group');
    await page.click('.sw-result-toggle >> nth=0');
    await page.waitForFunction(() => [...document.querySelectorAll('.sw-row-fields th')].some((th) => th.textContent === '@logStream'));
    await page.click('.sw-row-actions button >> nth=1');
    await page.waitForFunction(() => location.search.includes('range='));
    await page.waitForFunction(() => /^\[?\S*\]?|START/.test(document.querySelector('.sw-result-message')?.textContent ?? '') && document.querySelectorAll('.sw-result-row').length < 40);
    must((await page.locator('.sw-result-message').allInnerTexts()).some((line) => line.startsWith('REPORT')), 'the whole request is shown');
    await page.goBack();
    await page.waitForFunction(() => !location.search.includes('range='));
  },
  'logs-saved': async (page) => {
    const name = `journey ${Date.now()}`;
    await page.goto(`${args.url}/logs?group=${firstGroup}`);
    await done(page);
    await page.getByRole('button', { name: 'Saved queries' }).click();
    await page.keyboard.type(name);
    await page.keyboard.press('Enter');
    await page.waitForSelector(`.sw-saved-one strong:text-is("${name}")`);
    await page.goto(`${args.url}/logs`);
    await page.waitForSelector('.sw-start-cards');
    await page.getByRole('button', { name: 'Saved queries' }).click();
    await page.click(`.sw-saved-one strong:text-is("${name}")`);
    await done(page);
    must(url(page).searchParams.get('group')?.includes('/aws/lambda/'), 'the saved query brings its groups');
    await page.getByRole('button', { name: 'Saved queries' }).click();
    await page.getByRole('button', { name: `Delete ${name}` }).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.waitForFunction((n) => ![...document.querySelectorAll('.sw-saved-one strong')].some((e) => e.textContent === n), name);
  },
  'logs-keyboard': async (page) => {
    await page.goto(`${args.url}/logs?group=${firstGroup}`);
    await done(page);
    await page.waitForSelector('.cm-content');
    await page.click('.cm-content');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('stats cou');
    await page.waitForSelector('.cm-tooltip-autocomplete');
    await page.waitForTimeout(150);
    await page.keyboard.press('Enter');
    await page.keyboard.type(' as n by bin(1h');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+Enter');
    await page.waitForSelector('.sw-bin-chart .u-over');
    must(url(page).searchParams.get('q') === 'stats count(*) as n by bin(1h)', `the text is ${url(page).searchParams.get('q')}`);
    await page.click('.sw-results .sw-segments button >> nth=0');
    await page.waitForSelector('.sw-result-row');
    await page.focus('.sw-result-toggle');
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction(() => document.activeElement.closest('[data-at]')?.getAttribute('data-at') === '1');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.sw-row-fields');
  },
  'logs-error-place': async (page) => {
    page.expected.push('400');
    await page.goto(`${args.url}/logs?group=${firstGroup}&q=${q('# 메모 🚀\nfields @timestamp, | limit 5')}`);
    await page.waitForSelector('.cm-lintRange-error');
    must((await page.locator('.cm-lintRange-error').innerText()) === '|', `underlined is ${await page.locator('.cm-lintRange-error').innerText()}`);
    await page.click('text=Show the place');
    must((await page.evaluate(() => getSelection().toString())) === '|', 'the place is selected');
  },
  'logs-help': async (page) => {
    await page.goto(`${args.url}/logs?group=/aws/apigateway/${firstApi}-access`);
    await done(page);
    await page.getByRole('button', { name: 'Help', exact: true }).click();
    await page.waitForSelector('.sw-ql-fields button');
    const fields = await page.locator('.sw-ql-fields li').allInnerTexts();
    must(fields.some((f) => /^@message\s+100%$/.test(f)), `the fields are ${fields.join(', ')}`);
    await page.fill('.sw-ql-panel input', 'resourcePath');
    await page.click('.cm-content');
    await page.keyboard.press('Control+End');
    await page.keyboard.type('\n| fields ');
    await page.click('.sw-ql-fields button');
    must((await page.locator('.cm-content').innerText()).endsWith('| fields resourcePath'), 'a field is written where the cursor is');
    await page.fill('.sw-ql-panel input', 'case');
    await page.click('.sw-ql-word summary >> nth=0');
    await page.click('.sw-ql-word[open] .sw-button >> nth=0');
    must((await page.locator('.cm-content').innerText()).includes('by case('), 'the example is in the editor');
    await page.keyboard.press('Control+Enter');
    await page.waitForSelector('.sw-result-head:has-text("class")');
    await page.click('.cm-content');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('filter integrationL');
    await page.waitForSelector('.cm-tooltip-autocomplete li:has-text("integrationLatency")');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Preferences' }).click();
    await page.getByRole('button', { name: '한국어' }).click();
    await page.waitForFunction(() => [...document.querySelectorAll('.sw-ql-word summary span')].every((s) => /[가-힣]/.test(s.textContent)), null, { timeout: 5000 }).catch(async () => {
      throw new Error(`not in Korean: ${(await page.locator('.sw-ql-word summary').allInnerTexts()).filter((s) => !/[가-힣]/.test(s)).slice(0, 5).join('; ')}`);
    });
  },
  'logs-take': async (page) => {
    await page.goto(`${args.url}/logs?q=${q(`${lambda}filter @type = "REPORT"\n| stats max(@maxMemoryUsed), count(*) as n by @log\n| sort n desc\n| limit 3`)}`);
    await done(page);
    await page.waitForSelector('.sw-result-head:has-text("MB")');
    const take = async (what) => {
      await page.getByRole('button', { name: 'Copy or save' }).click();
      await page.getByRole('group', { name: 'Copy as' }).getByRole('button', { name: what }).click();
      await page.waitForSelector('.sw-results :text("Copied")');
      return page.evaluate(() => navigator.clipboard.readText());
    };
    const table = (await take('Table')).trimEnd().split('\n');
    must(table.length === 4 && table[0] === '@log\tmax(@maxMemoryUsed)\tn' && /\t\d+000000\t\d+$/.test(table[1]), `the table is ${table.join(' / ')}`);
    must(JSON.parse(await take('JSON')).length === 3, 'three objects');
    must((await take('Markdown')).split('\n')[1] === '| --- | ---: | ---: |', 'a Markdown table');
  },
  'logs-many-rows': async (page) => {
    await page.goto(`${args.url}/logs?q=${q(`${lambda}fields @timestamp, @log, @message | limit 100000`)}`);
    await done(page);
    await page.waitForFunction(() => document.querySelector('.sw-results [role=status]')?.textContent.includes('100,000 rows'), null, { timeout: 60_000 });
    const frames = await page.evaluate(async () => {
      const host = document.querySelector('.sw-result-rows');
      const gaps = [];
      let before = performance.now();
      for (let i = 0; i < 120; i++) {
        host.scrollTop += i < 60 ? 400 : 23_000;
        await new Promise(requestAnimationFrame);
        const at = performance.now();
        gaps.push(at - before);
        before = at;
      }
      gaps.sort((a, b) => a - b);
      return { median: gaps[60], p95: gaps[114], worst: gaps[119], filled: document.querySelectorAll('.sw-result-row').length };
    });
    console.log(`  100,000 rows: frame median ${frames.median.toFixed(1)} ms, p95 ${frames.p95.toFixed(1)} ms, worst ${frames.worst.toFixed(1)} ms`);
    must(frames.filled > 10, 'rows are drawn after scrolling');
    await page.click('.sw-result-head button >> nth=0');
    await page.waitForFunction(() => document.querySelector('.sw-result-head [aria-sort]'));
  },
  'logs-boxes': async (page) => {
    await page.goto(`${args.url}/logs?group=${firstGroup}`);
    await done(page);
    const box = (n) => page.locator('.sw-box').nth(n);
    await box(2).locator('.sw-popup-root > button').last().click();
    await page.keyboard.type('@type');
    await page.keyboard.press('Enter');
    await box(1).locator('.sw-popup-root > button').last().click();
    await page.locator('.sw-box-form select').selectOption('ispresent');
    await page.locator('.sw-box-form input').first().fill('@requestId');
    await page.keyboard.press('Enter');
    const text = await page.locator('.cm-content').innerText();
    must(text.includes('| filter ispresent(@requestId)\n| stats count(*) as events by @type\n| sort events desc'), `the text is ${text}`);
    await page.keyboard.press('Control+Enter');
    await page.waitForSelector('.sw-result-head:has-text("events")');
    must((await rows(page)) >= 1 && (await rows(page)) <= 8, 'a row for each type');
    await page.click('.cm-content');
    await page.keyboard.press('Control+End');
    await page.keyboard.type('\n| stats max(events)');
    await page.waitForSelector('.sw-boxes-beyond');
  },
  'logs-stop': async (page) => {
    await page.goto(`${args.url}/logs`);
    await page.waitForSelector('[role=option]');
    await page.route('**/', async (route) => {
      // Held back, so that there is time to stop.
      if (route.request().headers()['x-amz-target']?.endsWith('GetQueryResults')) return route.fulfill({ json: { status: 'Running', results: [], statistics: { recordsScanned: 12, bytesScanned: 99, logGroupsScanned: 1 } } });
      return route.continue();
    });
    const stopped = page.waitForRequest((r) => r.headers()['x-amz-target']?.endsWith('StopQuery') ?? false);
    await page.click('[role=option] >> nth=0');
    await page.click('.sw-button-primary');
    await page.waitForSelector('.sw-run-spin');
    await page.click('.sw-run-bar .sw-button >> nth=0');
    await stopped;
    await page.waitForSelector('.sw-run-progress:has-text("Stopped")');
  },
};

const wanted = (name) => !args.only || args.only.split(',').some((part) => name.startsWith(part));
for (const [name, journey] of Object.entries(journeys).filter(([n]) => wanted(n))) {
  const page = await open(variants[0], name);
  const began = Date.now();
  try {
    page.setDefaultTimeout(20_000);
    await journey(page);
    console.log(`${name}: ok, ${Date.now() - began} ms`);
  } catch (error) {
    fault(`${name}: ${error.message.split('\n').slice(0, 6).join(' ')}`);
    await page.screenshot({ path: join(out, `FAULT-${name}.png`) });
  }
  await page.context().close();
}
for (const variant of variants) {
  for (const [name, screen] of Object.entries(screens).filter(([n]) => wanted(n))) {
    const page = await open(variant, name);
    page.expected.push(...(screen.expected ?? []));
    const began = Date.now();
    try {
      await page.goto(args.url + screen.path);
      await page.waitForSelector('h1');
      await screen.wait(page);
      const took = Date.now() - began;
      await page.waitForTimeout(400);
      await page.screenshot({ path: join(out, `${name}-${variant.name}.png`) });
      await check(page, `${name} ${variant.name}`);
      console.log(`${name} ${variant.name}: ${took} ms`);
    } catch (error) {
      fault(`${name} ${variant.name}: ${error.message.split('\n').slice(0, 4).join(' ')}`);
      await page.screenshot({ path: join(out, `FAULT-${name}-${variant.name}.png`) });
    }
    await page.context().close();
  }
}
await browser.close();
console.log(faults === 0 ? 'no faults' : `${faults} faults`);
process.exit(faults === 0 ? 0 : 1);
