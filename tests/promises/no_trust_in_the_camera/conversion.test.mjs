// Promise 6, while pictures are converted for browsers: whatever a camera's bytes do to the program that converts them, only that conversion
// ends. Recording loses nothing, other cameras are watched on, and the third death is the last.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { children } from '../../lib/children.mjs';
import { coveredBy } from '../../lib/grants.mjs';
import { openLive } from '../../lib/live-socket.mjs';
import { start } from '../../lib/site.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { newestRecorded, ofKind, timeline, told } from '../../lib/timeline.mjs';
import { until } from '../../lib/waiting.mjs';

const HOSTILE = 'Back road';
const OTHER = 'Side road';

describe('pictures are converted without trust in the camera', () => {
  let site;
  let live;
  let from;
  /** The program that converts the other camera. */
  let others;
  const ids = {};
  before(async () => {
    const h265 = (name, number) => ({ like: 'Car park', name, address: `127.0.0.${number}`, mac: `FC:00:0C:00:00:${number}`, serial: `FC000C0000${number}`, footage: 'cars-h265-only' });
    const configuration = '[conversion]\npictures_per_second = 60\n';
    site = await start({ label: 'conversion', only: [], more: [h265(HOSTILE, 21), h265(OTHER, 22), h265('Third road', 23)], configuration });
    for (const name of [HOSTILE, OTHER, 'Third road']) ids[name] = (await site.camera(name)).id;
    live = await openLive(await site.as('operator'));
    from = now90k();
  });
  after(async () => {
    live?.close();
    await site?.stop();
  });
  const decoders = () => children(site.recorder.pid, 'candour-decoder');
  const unitsOf = (sub) => live.units.filter((unit) => unit.sub === sub);
  const goesOn = async (sub) => {
    const seen = unitsOf(sub).length;
    await until(`pictures of subscription ${sub}`, () => unitsOf(sub).length > seen + 10, { seconds: 60 });
  };

  it('two cameras are converted, each in a program of its own, and a third is told in words that the machine is full', async () => {
    for (const [sub, name] of [[1, OTHER], [2, HOSTILE]]) {
      live.subscribe(sub, ids[name], 'main', ['avc1']);
      const config = await live.wait('config', sub, 60);
      assert.equal(config.note, 'Converted to H.264 here: the browser cannot play H.265');
      assert.match(config.codec, /^avc1\.42/);
      await goesOn(sub);
      assert.equal(decoders().length, sub);
      if (sub === 1) [others] = decoders();
    }
    live.subscribe(3, ids['Third road'], 'main', ['avc1']);
    const full = () => live.said.find((message) => message.type === 'state' && message.sub === 3 && message.state === 'lost');
    const told = await until('the third to be told', full, { seconds: 60 });
    assert.match(told.cause, /converts as many pictures as it can already \(60 a second\)/);
    assert.equal(decoders().length, 2);
  });

  it('the third is shown as soon as there is room, without asking again', async () => {
    live.say({ type: 'unsubscribe', sub: 2 });
    assert.equal((await live.wait('config', 3, 60)).note, 'Converted to H.264 here: the browser cannot play H.265');
    await goesOn(3);
    assert.ok(!live.said.some((message) => message.type === 'refused'), 'a full machine is no refusal');
    live.say({ type: 'unsubscribe', sub: 3 });
    await until('its program to end', () => decoders().length === 1, { seconds: 30 });
    live.subscribe(2, ids[HOSTILE], 'main', ['avc1']);
    await goesOn(2);
    assert.ok(decoders().includes(others));
  });

  it('garbage from one camera ends nothing of the other, and its own pictures come back', async () => {
    await site.cameras.strike(HOSTILE, { fault: 'garbage', seconds: 3 });
    await goesOn(1);
    assert.ok(decoders().includes(others));
    const over = now90k() + seconds(3);
    await until('the garbage to be over', () => now90k() > over, { seconds: 10 });
    await goesOn(2);
  });

  it('a program that dies over its pictures ends that conversion alone; the page is told, it is tried again, and the third is the last', async () => {
    for (const number of [1, 2, 3]) {
      const pid = await until(`the program of ${HOSTILE}`, () => decoders().find((one) => one !== others), { seconds: 60 });
      process.kill(pid, 'SIGKILL');
      await until(`death ${number} to be told`, async () => {
        const alarms = await (await site.as('administrator')).read('/api/v1/alarms');
        return alarms.some((alarm) => alarm.kind === 'decoder_killed' && alarm.camera === ids[HOSTILE] && (number < 3 ? alarm.words.includes(`${number} of 3`) : alarm.severity === 'red'));
      }, { seconds: 60 });
      if (number < 3) await goesOn(2);
      await goesOn(1);
    }
    assert.match((await live.wait('refused', 2, 60)).why, /ended 3 programs that decode them; they are converted no more/);
    assert.deepEqual(decoders(), [others], 'the other camera kept its own throughout');
    const lost = live.said.filter((message) => message.type === 'state' && message.sub === 2 && /not converted/.test(message.cause ?? ''));
    assert.ok(lost.length >= 2, 'the page was told each time');
  });

  it('other firmware is another matter: what the old one did is forgotten, and it is converted again', async () => {
    live.subscribe(4, ids[HOSTILE], 'main', ['avc1']);
    assert.match((await live.wait('refused', 4, 60)).why, /ended 3 programs/);
    await site.cameras.strike(HOSTILE, { fault: 'disguise', guise: { firmware: '2.0.0' } });
    await site.cameras.strike(HOSTILE, { fault: 'drop', seconds: 0 });
    await until('the new firmware to be seen, and the alarm to end', async () => {
      const alarms = await (await site.as('administrator')).read('/api/v1/alarms');
      return (await site.camera(HOSTILE)).firmware === '2.0.0' && !alarms.some((alarm) => alarm.kind === 'decoder_killed' && alarm.camera === ids[HOSTILE] && alarm.cleared_90k == null);
    }, { seconds: 60 });
    live.subscribe(5, ids[HOSTILE], 'main', ['avc1']);
    await goesOn(5);
    live.say({ type: 'unsubscribe', sub: 5 });
  });

  it('recording lost nothing', async () => {
    const investigator = await site.as('investigator');
    await coveredBy(investigator, ids[OTHER], from, now90k());
    const to = now90k();
    await until('footage up to here', async () => newestRecorded(await timeline(investigator, ids[OTHER], from, now90k())) > to, { seconds: 60 });
    const spans = await timeline(investigator, ids[OTHER], from, to);
    assert.deepEqual(ofKind(spans, 'gap'), [], told(spans));
  });
});
