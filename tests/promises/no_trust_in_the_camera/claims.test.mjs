// Promise 6, what a camera says that it sees: its word is kept beside ours and believed by nobody. A camera that floods, that leads elsewhere or
// that restarts makes nothing grow and has the recorder speak to nobody else.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Browser, settled } from '../../lib/browser.mjs';
import { query } from '../../lib/client.mjs';
import { coveredBy } from '../../lib/grants.mjs';
import { people } from '../../lib/people.mjs';
import { start } from '../../lib/site.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { ofKind, timeline, told } from '../../lib/timeline.mjs';
import { until } from '../../lib/waiting.mjs';

const ROAD = 'Back road';
const QUIET = 'Side road';
const MOTION = 'tns1:VideoSource/MotionAlarm';

describe('what a camera says is its word', () => {
  let site;
  let investigator;
  let from;
  const ids = {};
  before(async () => {
    const like = (name, number) => ({ like: 'Car park', name, address: `127.0.0.${number}`, mac: `FC:00:0C:00:00:${number}`, serial: `FC000C0000${number}`, events: true });
    // Nothing moves where nobody asked for it to be marked.
    const purpose = (name) => ({ sentence: `Protect people and vehicles at ${name} day and night.`, owner: 'Facilities', keep_days: 7, mark_motion: name === ROAD });
    site = await start({ label: 'claims', only: [], more: [like(ROAD, 31), like(QUIET, 32)], purpose });
    investigator = await site.as('investigator');
    for (const name of [ROAD, QUIET]) ids[name] = (await site.camera(name)).id;
    from = now90k();
    for (const name of [ROAD, QUIET]) await coveredBy(investigator, ids[name], from, now90k() + seconds(1));
  });
  after(() => site?.stop());

  const claimsOf = async (name) => {
    const asked = query({ stream: 'main', from_90k: from, to_90k: now90k() });
    return (await investigator.read(`/api/v1/cameras/${ids[name]}/timeline?${asked}`)).claims;
  };
  const subscriptions = async (name) => (await site.cameras.state(name)).subscriptions;
  const claim = (stands, more = {}) => site.cameras.strike(ROAD, { fault: 'claim', topic: MOTION, stands, ...more });
  const length = (spans) => spans.reduce((sum, span) => sum + span.end_90k - span.start_90k, 0);

  it('is heard where the policy asks for motion, and nowhere else', async () => {
    await until('a subscription', async () => (await subscriptions(ROAD)) === 1, { seconds: 60, every: 500 });
    await claim(true);
    const [said] = await until('the claim', async () => {
      const found = await claimsOf(ROAD);
      return found.length > 0 && length(found) > seconds(3) && found;
    }, { seconds: 60, every: 500 });
    assert.equal(said.kind, 'motion');
    assert.equal(said.words, 'The camera says: motion');
    await claim(false);
    const ended = await until('its end', async () => {
      const before = length(await claimsOf(ROAD));
      await new Promise((settle) => { setTimeout(settle, 4000); });
      return length(await claimsOf(ROAD)) === before;
    }, { seconds: 60 });
    assert.ok(ended);
    assert.equal(await subscriptions(QUIET), 0, 'nobody asked what moves there');
    assert.deepEqual(await claimsOf(QUIET), []);
  });

  it('stands on the timeline with words of its own, for those who may look', async () => {
    const [said] = await claimsOf(ROAD);
    const browser = await Browser.start(site);
    try {
      const at = Math.round((said.start_90k + said.end_90k) / 2);
      const page = await browser.signedIn(people.investigator, `/review?camera=${ids[ROAD]}&at=${at}`);
      await page.getByText('The camera says so', { exact: true }).waitFor();
      await page.getByText(/The camera says: motion/).first().waitFor();
      await settled(page);
    } finally {
      await browser.close();
    }
    const asked = query({ stream: 'main', from_90k: from, to_90k: now90k() });
    const hidden = await (await site.as('dpo')).read(`/api/v1/cameras/${ids[ROAD]}/timeline?${asked}`);
    assert.equal(hidden.claims, null, 'when somebody passed is for those who may look');
  });

  it('a flood makes one stretch and few questions', async () => {
    const questions = (await site.cameras.state(ROAD)).onvif_requests;
    const began = Date.now();
    for (let round = 0; round < 20; round += 1) {
      await claim(round % 2 === 0, { times: 1000 });
      await site.cameras.strike(ROAD, { fault: 'claim', topic: `tns1:Vendor/Topic${round}`, stands: true, times: 1000 });
    }
    await until('some answers', async () => (await site.cameras.state(ROAD)).onvif_requests > questions + 5, { seconds: 60, every: 500 });
    const asked = (await site.cameras.state(ROAD)).onvif_requests - questions;
    const passed = (Date.now() - began) / 1000;
    assert.ok(asked <= 5 * passed + 10, `${asked} questions in ${passed} s`);
    const found = await claimsOf(ROAD);
    assert.ok(found.length <= 6, JSON.stringify(found));
  });

  it('after a restart of the camera there is another subscription', async () => {
    await site.cameras.strike(ROAD, { fault: 'reboot', seconds: 1 });
    await until('another subscription', async () => (await subscriptions(ROAD)) === 1, { seconds: 90, every: 500 });
  });

  it('one that leads elsewhere is a named event, and nobody is asked there', async () => {
    await site.cameras.strike(ROAD, { fault: 'disguise', guise: { services_at: '127.0.0.99:8099' } });
    await site.cameras.strike(ROAD, { fault: 'reboot', seconds: 1 });
    const alarm = await until('an alarm', async () => {
      const alarms = await (await site.as('administrator')).read('/api/v1/alarms');
      return alarms.find((one) => one.kind === 'camera_events_elsewhere' && one.camera === ids[ROAD]);
    }, { seconds: 120, every: 500 });
    assert.match(alarm.words, /127\.0\.0\.99/);
    assert.match(alarm.words, /Nothing was asked there/);
  });

  it('and nothing of it shortened or ended what is recorded of the other camera', async () => {
    const spans = await timeline(investigator, ids[QUIET], from, now90k() - seconds(5));
    assert.deepEqual(ofKind(spans, 'gap'), [], told(spans));
  });
});
