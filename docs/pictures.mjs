// Takes the pictures of the documentation from a running demo:
//   node docs/pictures.mjs http://127.0.0.1:PORT
// needs Chromium, and playwright-core from npm where this is run.
import { chromium } from 'playwright-core';

const [, , ui] = process.argv;
const api = async (path, body) =>
  (await fetch(`${ui}/api${path}`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  })).json();

const runs = await api('/flow_runs/filter', { limit: 50 });
const run = runs.find((each) => each.parameters.key.endsWith('passport-altered.jpg'));
const [artifact] = await api('/artifacts/filter', { flow_runs: { id: { any_: [run.id] } } });
const [deployment] = await api('/deployments/filter', {});

const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
    '--disable-background-networking', '--disable-component-update',
    '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
  ],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
page.setDefaultTimeout(60_000);

const take = async (name, path, sign) => {
  await page.goto(`${ui}/v2${path}`);
  await page.getByText(sign).first().waitFor();
  await page.waitForTimeout(1500); // fonts and the last request
  await page.screenshot({ path: `docs/pictures/${name}.png` });
};

await take('verdict', `/artifacts/artifact/${artifact.id}`, 'document_detected');
await take('form', `/deployments/deployment/${deployment.id}/run`, 'Submit');
await browser.close();
