// Takes the pictures of the documentation from a running demo:
//   node docs/tools/pictures.mjs http://127.0.0.1:PORT http://127.0.0.1:PORT
// The addresses are those of the UI and of S3, as the demo prints them. It needs Chromium, and
// playwright-core from npm where this is run. It uploads a passport of another person than its
// metadata say, which is referred, starts runs of the flows of operation, and waits for them.
import { readFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const [, , ui, s3] = process.argv;
const api = async (path, body, method = 'POST') =>
  (await fetch(`${ui}/api${path}`, {
    method, headers: { 'content-type': 'application/json' }, body: body && JSON.stringify(body),
  })).json();

const deployments = await api('/deployments/filter', {});
const deploymentOf = (name) => deployments.find((each) => each.name === `${name}-deployment`);
const artifactOf = async (run, key) =>
  (await api('/artifacts/filter', { flow_runs: { id: { any_: [run.id] } } })).find((each) => each.key === key);

const ENDED = ['COMPLETED', 'FAILED', 'CRASHED', 'PAUSED'];
const started = async (name, parameters) => {
  const body = { parameters, state: { type: 'SCHEDULED' } };
  const { id } = await api(`/deployments/${deploymentOf(name).id}/create_flow_run`, body);
  for (;;) {
    const run = await api(`/flow_runs/${id}`, undefined, 'GET');
    if (ENDED.includes(run.state.type)) return run;
    await new Promise((wait) => setTimeout(wait, 1000));
  }
};

await fetch(`${s3}/applicant-documents/inbox/referred.jpg`, {
  method: 'PUT',
  headers: { 'x-amz-meta-applicant-name': 'Somebody Else' },
  body: await readFile('specimens/passport.jpg'),
});

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

const take = async (name, path, sign, before = async () => {}, version = '/v2') => {
  await page.goto(`${ui}${version}${path}`);
  await before();
  await page.getByText(sign).first().waitFor();
  await page.waitForTimeout(1500); // fonts and the last request
  await page.screenshot({ path: `docs/pictures/${name}.png` });
};

const runs = await api('/flow_runs/filter', { limit: 50 });
const altered = runs.find((each) => each.parameters.key?.endsWith('passport-altered.jpg'));
const verdict = await artifactOf(altered, 'document-verification');
await take('verdict', `/artifacts/artifact/${verdict.id}`, 'document_detected');
const verification = deploymentOf('document-verification');
await take('form', `/deployments/deployment/${verification.id}/run`, 'Submit');

const referred = { bucket: 'applicant-documents', key: 'inbox/referred.jpg', policy: 'demonstration' };
await started('document-verification', referred);

const reconciled = await started('reconciliation', { grace_minutes: 0 });
const table = await artifactOf(reconciled, 'reconciliation');
await take('reconciliation', `/artifacts/artifact/${table.id}`, 'recorded');

const today = new Date().toISOString().slice(0, 10);
const day = await artifactOf(await started('daily-report', { day: today }), 'daily');
await take('daily', `/artifacts/artifact/${day.id}`, 'stage: read');

const review = await started('review', { reviewer: 'Anna' });
// The form of a suspended run is in the older of Prefect's two UIs.
await take('review', `/runs/flow-run/${review.id}`, 'Resume Flow Run', async () => {
  await page.getByRole('button', { name: 'Resume' }).first().click();
}, '');
await browser.close();
