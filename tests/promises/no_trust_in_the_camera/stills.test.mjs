// Promise 6, stills: whatever a camera sent, asking for a picture of it gives a picture or a reason, and disturbs nothing else. What pictures of
// 16384x16384, garbage and damage do to the program itself is tested with the program (`crates/decoder/tests/child/stills.rs`).

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { children } from '../../lib/children.mjs';
import { look, stillPath } from '../../lib/media.mjs';
import { start } from '../../lib/site.mjs';
import { now90k, ofMicroseconds, seconds } from '../../lib/ticks.mjs';
import { newestRecorded, ofKind, recordedLength, timeline, told } from '../../lib/timeline.mjs';
import { until } from '../../lib/waiting.mjs';

const BAD = 'Car park';
const OTHER = 'Main entrance';

describe('stills are made without trust in the camera', () => {
  let site;
  let investigator;
  let from;
  const ids = {};
  before(async () => {
    site = await start({ label: 'still-trust', only: [BAD, OTHER] });
    investigator = await site.as('investigator');
    for (const name of [BAD, OTHER]) ids[name] = (await site.camera(name)).id;
    from = now90k();
    for (const name of [BAD, OTHER]) await recordedSince(name, from, 3);
  });
  after(() => site?.stop());

  const recordedSince = (name, since, length) => until(`${length} s of ${name}`, async () => {
    const spans = await timeline(investigator, ids[name], since, now90k());
    return recordedLength(spans) > seconds(length) && spans;
  }, { seconds: 60 });
  const decoders = () => children(site.recorder.pid, 'candour-decoder');
  /** A still, asked for again where there are too many at once. */
  const still = (lookId, name, at) => until('an answer', async () => {
    const answer = await investigator.get(stillPath(lookId, ids[name], at));
    return answer.status !== 429 && answer;
  }, { seconds: 30, every: 200 });

  it('random bytes give the picture before them, none, or a reason by name', async () => {
    const at = now90k();
    await site.cameras.strike(BAD, { fault: 'garbage', seconds: 3 });
    const [first, sound] = await until('sound pictures again', () => {
      const sent = site.cameras.sent(BAD).filter((unit) => ofMicroseconds(unit.sent_us) > at);
      const last = sent.findLastIndex((unit) => unit.garbage);
      const key = last >= 0 && sent.slice(last + 1).find((unit) => unit.key);
      return key && [ofMicroseconds(sent.find((unit) => unit.garbage).sent_us), ofMicroseconds(key.sent_us)];
    }, { seconds: 30 });
    await recordedSince(BAD, sound, 2);
    const to = now90k();
    const given = await look(investigator, [ids[BAD], ids[OTHER]], from, to);
    const good = (await still(given.id, BAD, from + seconds(2))).expect(200);
    assert.ok(decoders().length <= 2);
    for (let moment = first; moment < sound; moment += seconds(0.2)) {
      const answer = await still(given.id, BAD, moment);
      answer.expect(200, 404, 422);
      if (answer.status !== 200) assert.match(answer.json.type, /^\/problems\/(no-footage|undecodable)$/, answer.text);
    }
    // Nobody else was disturbed: the same picture as before, the other camera's, and this one's after the bytes.
    assert.ok((await still(given.id, BAD, from + seconds(2))).expect(200).bytes.equals(good.bytes));
    (await still(given.id, OTHER, to - seconds(2))).expect(200);
    (await still(given.id, BAD, sound + seconds(1))).expect(200);
    (await investigator.delete(`/api/v1/looks/${given.id}`)).expect(204);
  });

  it('a program that dies while it has nothing to do costs one still at most, and is told', async () => {
    const to = now90k();
    const given = await look(investigator, ids[OTHER], from, to);
    (await still(given.id, OTHER, from + seconds(1))).expect(200);
    for (const pid of decoders()) process.kill(Number(pid), 'SIGKILL');
    const answer = await still(given.id, OTHER, from + seconds(1));
    answer.expect(200, 422);
    if (answer.status === 422) assert.match(answer.json.detail, /ended by signal 9\. Nothing else was disturbed/);
    await until('a still again', async () => (await still(given.id, OTHER, from + seconds(1))).status === 200, { seconds: 30 });
    (await investigator.delete(`/api/v1/looks/${given.id}`)).expect(204);
  });

  it('programs that nobody needs are ended', async () => {
    await until('no decoder', () => decoders().length === 0, { seconds: 90, every: 500 });
  });

  it('no camera lost a moment in all that', async () => {
    const to = now90k();
    await until('footage up to here', async () => newestRecorded(await timeline(investigator, ids[OTHER], from, now90k())) > to, { seconds: 30 });
    const spans = await timeline(investigator, ids[OTHER], from, to);
    assert.deepEqual(ofKind(spans, 'gap'), [], told(spans));
  });
});
