// Promise 4: the log entry is durable before the first byte of footage leaves; if the log cannot be written, nobody
// sees anything. Refusals are entries too.
//
// Broken by hand to see it fail: the receipt comes before the entry (playback, live); a failing log answers "written"
// (the full disk); refusals are not written down; administrators may look.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client } from '../../lib/client.mjs';
import { openLive, refusalOfLive } from '../../lib/live-socket.mjs';
import { look, mediaPath, planPath, samplesOf } from '../../lib/media.mjs';
import { people } from '../../lib/people.mjs';
import { segmentFiles } from '../../lib/segments.mjs';
import { start } from '../../lib/site.mjs';
import { smallDisk } from '../../lib/small-disk.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { newestRecorded, ofKind, recordedLength, timeline, told as inWords } from '../../lib/timeline.mjs';
import { until } from '../../lib/waiting.mjs';

const CAMERA = 'Car park';

describe('no look without a record', () => {
  let site;
  let disk;
  let camera;
  let from;
  /** What people were told while the log could not be written. */
  const told = {};
  before(async () => {
    from = now90k();
    // The log lies on a small file system of its own, so that it can become full while footage still has room.
    const configuration = (being) => {
      disk ??= being.borrow(smallDisk(join(being.directory.path, 'log-disk')));
      return `[log]\ndirectory = ${JSON.stringify(join(disk.path, 'log'))}\n`;
    };
    site = await start({ label: 'look', only: ['Main entrance', CAMERA], configuration, wrap: (...program) => disk.wrap(...program) });
    camera = await site.camera(CAMERA);
    await recordedSince(seconds(3));
  });
  after(() => site?.stop());

  /** Waits until that much of the camera is recorded; gives its newest moment. */
  async function recordedSince(length, since = from) {
    const dpo = await site.as('dpo');
    return until('footage', async () => {
      const spans = await timeline(dpo, camera.id, since, now90k());
      return recordedLength(spans) > length && newestRecorded(spans);
    });
  }

  /** The log's journal as it lies on the disk: what stands there survives a power cut. */
  const journal = () => readFileSync(disk.inside(site.recorder, 'log', 'journal'), 'latin1');
  const entriesOf = async (kind, who) => (await site.log()).filter((entry) => entry.kind === kind && entry.who.includes(who));

  it('playback: the entry stands on the disk when the answer comes, with who, what and why', async () => {
    const investigator = await site.as('investigator');
    const reason = `Case ${from}, theft of a bicycle`;
    assert.ok(!journal().includes(reason));
    const given = await look(investigator, camera.id, from, now90k(), reason);
    assert.ok(journal().includes(reason), 'the entry is in the journal before any footage was asked for');
    const entry = (await site.log()).find((one) => one.index === given.entry);
    assert.equal(entry.kind, 'look_playback');
    assert.deepEqual([entry.reason, entry.from_90k, entry.to_90k, entry.cameras], [reason, given.from_90k, given.to_90k, [CAMERA]]);
    assert.match(entry.who, /Ines Iqbal/);
    (await investigator.delete(`/api/v1/looks/${given.id}`)).expect(204);
  });

  it('playback: the entry at the end says exactly what was sent', async () => {
    const investigator = await site.as('investigator');
    const given = await look(investigator, camera.id, from, now90k(), 'How much was sent');
    const { pieces } = await investigator.read(planPath(given.id, camera.id, from, now90k()));
    let [bytes, samples] = [0, 0];
    for (const piece of pieces) {
      const media = (await investigator.get(mediaPath(given.id, camera.id, piece.segment, from, given.to_90k))).expect(200);
      for (const sample of samplesOf(media.bytes)) { bytes += sample.bytes; samples += 1; }
    }
    assert.ok(samples > 25, `${samples} samples came`);
    (await investigator.delete(`/api/v1/looks/${given.id}`)).expect(204);
    const ended = (await entriesOf('look_ended', 'Ines Iqbal')).at(-1);
    const sent = JSON.parse(ended.groups.sent);
    assert.equal(sent.entry, given.entry, 'it names the entry of the look');
    assert.deepEqual([sent.sent[0].camera, sent.sent[0].bytes, sent.sent[0].samples], [camera.id, bytes, samples]);
  });

  it('media: nothing without a look, under another person\'s, beside its interval, or after its end', async () => {
    const investigator = await site.as('investigator');
    const given = await look(investigator, camera.id, from, now90k(), 'Nothing beside it');
    const { pieces: [piece] } = await investigator.read(planPath(given.id, camera.id, from, now90k()));
    const media = (lookId, cameraId = camera.id, start = from, end = from + seconds(60)) => mediaPath(lookId, cameraId, piece.segment, start, end);
    (await investigator.get(media(given.id))).expect(200);
    (await investigator.get(media('0'.repeat(32)))).expect(404);
    (await (await site.another('investigator')).get(media(given.id))).expect(404);
    (await investigator.get(media(given.id, (await site.camera('Main entrance')).id))).expect(403, 404);
    (await investigator.get(media(given.id, camera.id, given.to_90k, given.to_90k + seconds(60)))).expect(403);
    (await investigator.delete(`/api/v1/looks/${given.id}`)).expect(204);
    (await investigator.get(media(given.id))).expect(404);
    (await investigator.get(planPath(given.id, camera.id, from, now90k()))).expect(404);
  });

  it('a look needs a reason and an interval of at most an hour', async () => {
    const investigator = await site.as('investigator');
    const asked = { cameras: [camera.id], from_90k: from, to_90k: now90k(), reason: 'Case 1, bicycle' };
    for (const [field, wrong] of Object.entries({ reason: { reason: ' ab ' }, to_90k: { to_90k: from + seconds(3601) } })) {
      const answer = (await investigator.post('/api/v1/looks', { ...asked, ...wrong })).expect(422);
      assert.equal(answer.json.field, field);
    }
    (await investigator.post('/api/v1/looks', { ...asked, cameras: [] })).expect(422);
  });

  it('live: the entry stands on the disk before the first message about the stream', async () => {
    const operator = await site.as('operator');
    const socket = await openLive(operator);
    const before = (await entriesOf('look_live', 'Olive Okafor')).length;
    const count = () => journal().split('look_live').length - 1;
    const inJournal = count();
    let atFirst = null;
    socket.onMessage = (message) => { if (message.type !== 'beat') atFirst ??= { type: message.type, count: count() }; };
    socket.subscribe(1, camera.id, 'sub');
    await socket.waitForUnits(1, 10);
    assert.ok(atFirst.count > inJournal, `the look was in the journal when the first message (${atFirst.type}) came`);
    const entries = await entriesOf('look_live', 'Olive Okafor');
    assert.equal(entries.length, before + 1, 'one viewing session is one entry');
    assert.deepEqual(entries.at(-1).cameras, [CAMERA]);
    const ended = (await entriesOf('look_ended', 'Olive Okafor')).length;
    socket.close();
    await until('the entry at the end', async () => (await entriesOf('look_ended', 'Olive Okafor')).length > ended);
  });

  it('administrators and data protection officers see nothing, by no way, and each try is an entry', async () => {
    const investigator = await site.as('investigator');
    const given = await look(investigator, camera.id, from, now90k(), 'Somebody else\'s look');
    const { pieces: [piece] } = await investigator.read(planPath(given.id, camera.id, from, now90k()));
    for (const role of ['administrator', 'dpo']) {
      const client = await site.as(role);
      const name = people[role].full_name;
      const before = (await entriesOf('look_refused', name)).length;
      const refusals = [
        await client.post('/api/v1/looks', { cameras: [camera.id], from_90k: from, to_90k: now90k(), reason: 'I run this place' }),
        await client.get(planPath(given.id, camera.id, from, now90k())),
        await client.get(mediaPath(given.id, camera.id, piece.segment, from, now90k())),
        await client.post(`/api/v1/looks/${given.id}/renew`),
        await refusalOfLive(client),
      ];
      for (const refusal of refusals) {
        assert.equal(refusal.status, 403, `${role}: ${refusal.text}`);
        assert.equal(refusal.headers['content-type'], 'application/problem+json');
        assert.match(refusal.json.detail, /needs the role (investigator|operator)/, 'and who can give it');
      }
      assert.equal((await entriesOf('look_refused', name)).length, before + refusals.length, `${role}: each one is written down`);
    }
  });

  it('operators see no recordings, investigators nothing live', async () => {
    const [operator, investigator] = [await site.as('operator'), await site.as('investigator')];
    (await operator.post('/api/v1/looks', { cameras: [camera.id], from_90k: from, to_90k: now90k(), reason: 'Just a quick look' })).expect(403);
    assert.equal((await refusalOfLive(investigator)).status, 403);
    assert.equal((await entriesOf('look_refused', 'Olive Okafor')).length, 1);
    assert.equal((await entriesOf('look_refused', 'Ines Iqbal')).length, 1);
  });

  it('administrators and operators cannot read the log, and reading it is an entry', async () => {
    for (const role of ['administrator', 'operator', 'investigator']) (await (await site.as(role)).get('/api/v1/log')).expect(403);
    assert.ok((await entriesOf('log_read', 'Dina Dahl')).length > 0);
  });

  it('a log that cannot be written: no look, no live picture, 503; recording goes on; afterwards looks work again', async () => {
    const [operator, investigator] = [await site.as('operator'), await site.as('investigator')];
    const open = await look(investigator, camera.id, from, now90k(), 'Open when the disk fills');
    const watching = await openLive(operator);
    watching.subscribe(1, camera.id, 'sub');
    await watching.waitForUnits(1, 3);

    const filled = disk.fill(site.recorder);
    const full = now90k();
    const asked = { cameras: [camera.id], from_90k: from, to_90k: now90k(), reason: 'While the log is full' };
    // The last free bytes of the journal's own block may still take an entry or two.
    const refused = await until('a refused look', async () => {
      const answer = await investigator.post('/api/v1/looks', asked);
      return answer.status !== 200 && answer.status !== 201 && answer;
    }, { seconds: 20 });
    assert.equal(refused.status, 503, refused.text);
    assert.equal(refused.json.type, '/problems/log-not-writable');
    const renewed = await investigator.post(`/api/v1/looks/${open.id}/renew`);
    assert.equal(renewed.status, 503, renewed.text);
    // A live look's entry is shorter, so one may still find room where a longer one did not: then it stands in the log.
    const { socket: other, said } = await until('a refused live look', async () => {
      const socket = await openLive(operator);
      socket.subscribe(7, camera.id, 'main');
      const answered = await until('an answer', () => socket.said.find((message) => message.sub === 7), { seconds: 20 });
      if (answered.type === 'refused') return { socket, said: answered };
      socket.close();
      return false;
    }, { seconds: 40 });
    assert.match(said.why, /log/i);
    assert.equal(other.units.length, 0, 'not one picture');
    assert.ok(!other.said.some((message) => message.type === 'config'), 'not even how to decode one');
    other.close();
    // Acts on cameras wait too: they could not be written down.
    (await (await site.as('administrator')).patch(`/api/v1/cameras/${camera.id}`, { name: 'Unlogged' })).expect(503);

    // Recording goes on, and people are told what is wrong.
    const sizes = () => segmentFiles(site.data).reduce((sum, file) => sum + file.bytes, 0);
    const before = sizes();
    await until('footage written while the log is full', () => sizes() > before + 200_000);
    const standing = async (role) => (await (await site.as(role)).read('/api/v1/status')).alarms.find((one) => one.kind === 'log_not_writable');
    assert.equal((await until('the alarm', () => standing('dpo'))).severity, 'red');
    told.mender = await standing('administrator');
    assert.ok((await (await site.as('administrator')).read('/api/v1/system')).log.failing, 'the System page says what fails');
    // Who can mend it can come in.
    await new Client(site.door).signIn(people.administrator.sign_in_name, people.administrator.password);
    watching.close();

    filled.free();
    const given = await until('a look after there is room again', async () => {
      const answer = await investigator.post('/api/v1/looks', { ...asked, reason: 'After the log was full' });
      return answer.status < 300 && answer.json;
    }, { seconds: 20 });
    const again = await openLive(operator);
    again.subscribe(1, camera.id, 'sub');
    await again.waitForUnits(1, 3);
    again.close();
    const to = await recordedSince(seconds(1), now90k());
    const spans = await timeline(investigator, camera.id, full, to);
    assert.deepEqual(ofKind(spans, 'gap'), [], `recording went on: ${inWords(spans)}`);
    assert.ok(newestRecorded(spans) > full, inWords(spans));
    // What was refused left no trace of a look, and what came after did.
    const reasons = (await site.log()).map((entry) => entry.reason);
    assert.ok(reasons.includes('After the log was full'));
    assert.ok((await site.log()).some((entry) => entry.index === given.entry && entry.kind === 'look_playback'));
    await until('the alarm to end', async () => !(await standing('dpo')));
  });

  it('while the log cannot be written, whoever can mend it is told, and where', () => {
    assert.ok(told.mender, 'the administrator sees the alarm');
    assert.equal(told.mender.page, 'system', 'and it leads to the page that says what fails');
  });
});
