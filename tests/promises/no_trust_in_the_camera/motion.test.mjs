// Promise 6, while it is recorded: motion is marked where the policy asks for it, by a decoder whose hang and death cost nothing but the marks.
// Bytes that crash today's libav are not at hand, so the test does to the decoder what such bytes would do: it stops it, and kills it,
// while it has the camera's pictures.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { query } from '../../lib/client.mjs';
import { coveredBy } from '../../lib/grants.mjs';
import { fetchFootage } from '../../lib/media.mjs';
import { program, run } from '../../lib/processes.mjs';
import { start } from '../../lib/site.mjs';
import { now90k, ofMicroseconds, seconds } from '../../lib/ticks.mjs';
import { newestRecorded, ofKind, timeline, told } from '../../lib/timeline.mjs';
import { until } from '../../lib/waiting.mjs';

const ROAD = 'Car park';
const OTHER = 'Main entrance';

describe('motion is looked for without trust in the camera', () => {
  let site;
  let investigator;
  let from;
  const ids = {};
  before(async () => {
    const purpose = (name) => ({ sentence: `Protect people and vehicles at ${name} day and night.`, owner: 'Facilities', keep_days: 7, mark_motion: name === ROAD });
    site = await start({ label: 'motion', only: [ROAD, OTHER], purpose });
    investigator = await site.as('investigator');
    for (const name of [ROAD, OTHER]) ids[name] = (await site.camera(name)).id;
    from = now90k();
  });
  after(() => site?.stop());

  const motionOf = async (name, since = from, client = investigator) => {
    const asked = query({ stream: 'main', from_90k: since, to_90k: now90k() });
    return (await client.read(`/api/v1/cameras/${ids[name]}/timeline?${asked}`)).motion;
  };
  /** The one decoder that the recorder runs; undefined while there is none. */
  const decoder = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).find((pid) => {
    try {
      const [, comm, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').match(/^\d+ \((.*)\) . (\d+)/) ?? [];
      return comm === 'candour-decoder' && Number(parent) === site.recorder.pid;
    } catch {
      return false; // it ended meanwhile
    }
  });
  const alarms = async () => (await (await site.as('administrator')).read('/api/v1/alarms')).filter((alarm) => alarm.kind === 'decoder_killed');

  it('finds the cars and the empty road between them, for those who may look', async () => {
    assert.equal(await motionOf(ROAD), null, 'when somebody passed is as good as a glance, and nobody granted one yet');
    for (const name of [ROAD, OTHER]) await coveredBy(investigator, ids[name], from, now90k());
    // The clip is twelve seconds, and a car drives through a third of it: what moves is neither everything nor nothing.
    const length = (found, kind) => found.filter((span) => span.kind === kind).reduce((sum, span) => sum + span.end_90k - span.start_90k, 0);
    const motion = await until('a car and an empty road', async () => {
      const found = await motionOf(ROAD);
      return length(found, 'moved') > seconds(2) && length(found, 'still') > seconds(2) && found;
    }, { seconds: 90, every: 500 });
    for (const span of motion) assert.ok(span.end_90k > span.start_90k, JSON.stringify(span));
    const moved = motion.find((span) => span.kind === 'moved');
    assert.ok(moved.score > 5 && moved.extent > 0 && moved.extent < 0.9 && moved.area.length === 4, JSON.stringify(moved));
    assert.equal(await motionOf(ROAD, from, await site.as('dpo')), null, 'when somebody passed is for those who may look');
  });

  it('looks at no camera for which the policy does not ask', async () => {
    assert.deepEqual(await motionOf(OTHER), []);
    assert.ok(decoder(), 'one decoder runs');
  });

  it('a decoder that hangs and decoders that die over its pictures are a named event, and the third is the last', async () => {
    const signals = ['SIGSTOP', 'SIGKILL', 'SIGKILL'];
    for (const [number, signal] of signals.entries()) {
      const pid = await until(`decoder ${number + 1}`, decoder, { seconds: 60 });
      process.kill(Number(pid), signal);
      await until(`the death of decoder ${number + 1} to be told`, async () => (await alarms()).some((alarm) => (
        alarm.camera === ids[ROAD] && (number < 2 ? alarm.words.includes(`${number + 1} of 3`) : /They are decoded no more/.test(alarm.words))
      )), { seconds: 60 });
      await until(`decoder ${number + 1} to be gone`, () => decoder() !== pid, { seconds: 30 });
      // Another one starts by itself and sees again; the third time none is given these pictures.
      const at = now90k();
      const sees = async () => (await motionOf(ROAD)).some((span) => span.kind !== 'unsure' && span.end_90k > at + seconds(1));
      if (number < 2) await until(`the road to be seen after death ${number + 1}`, sees, { seconds: 60 });
    }
    const [standing] = (await alarms()).filter((alarm) => alarm.cleared_90k === null);
    assert.equal(standing.severity, 'red');
    assert.match(standing.words, /Car park ended 3 programs .* recording goes on/);
    const barred = await until('the timeline to say so', async () => (await motionOf(ROAD)).find((span) => span.kind === 'unsure' && /too often/.test(span.words)), { seconds: 60 });
    assert.ok(barred.start_90k > from);
  });

  const reasons = (camera) => camera.all_reasons.filter(({ rule }) => rule.startsWith('decoder.'));

  it('is evidence for the gate: the camera goes on recording, says so on its page, and a person decides', async () => {
    const administrator = await site.as('administrator');
    const path = `/api/v1/cameras/${ids[ROAD]}`;
    const filed = await until('the deaths to be filed', async () => {
      const camera = await administrator.read(path);
      return reasons(camera).length > 0 && camera;
    }, { seconds: 30 });
    assert.equal(filed.outcome, 'accepted');
    assert.deepEqual(reasons(filed).map(({ rule, layer }) => [rule, layer]), [['decoder.deaths', 'L9']]);
    assert.match(reasons(filed)[0].words, /goes on being recorded\. Decide by \d{4}-\d\d-\d\d/);
    // A look by hand finds the camera as it is, and takes nothing of this away.
    const judged = (await administrator.post(`${path}/judge`)).expect(200).json;
    assert.deepEqual([judged.outcome, reasons(judged).length], ['accepted', 1]);
    const kept = (await administrator.post(`${path}/decoder-decision`, { decision: 'keep_undecoded', reason: 'The maker looks into it' })).expect(200).json;
    assert.equal(kept.outcome, 'accepted');
    assert.match(reasons(kept)[0].words, /decided that it stays so/);
    (await administrator.post(`/api/v1/cameras/${ids[OTHER]}/decoder-decision`, { decision: 'quarantine', reason: 'It ended none' })).expect(409);
  });

  it('no camera lost a moment of footage, and not one picture of the camera is missing', async () => {
    const to = now90k();
    await until('footage up to here', async () => newestRecorded(await timeline(investigator, ids[ROAD], from, now90k())) > to, { seconds: 30 });
    for (const name of [ROAD, OTHER]) {
      for (const stream of ['main', 'sub']) {
        const spans = await timeline(investigator, ids[name], from, to, stream);
        assert.deepEqual(ofKind(spans, 'gap'), [], `${name} ${stream}: ${told(spans)}`);
      }
    }
    for (const stream of ['main', 'sub']) {
      const { pieces } = await fetchFootage(investigator, ids[ROAD], from, to, stream);
      const stored = pieces.flatMap((piece) => piece.samples.map((sample) => sample.sha256));
      const sent = site.cameras.sent(ROAD, stream);
      const first = pieces[0].origin_90k + pieces[0].samples[0].dts;
      const begins = sent.findIndex((unit, at) => Math.abs(first - ofMicroseconds(unit.sent_us)) < seconds(1) && stored.every((sha256, index) => sent[at + index]?.sha256 === sha256));
      assert.ok(begins >= 0, `${stored.length} access units of ${stream} stand one after the other in what was sent`);
      assert.ok(ofMicroseconds(sent[begins + stored.length - 1].sent_us) > to - seconds(3), 'up to the end');
    }
  });

  it('a person who quarantines it stops it, and decoding it again judges it without this', async () => {
    const administrator = await site.as('administrator');
    const path = `/api/v1/cameras/${ids[ROAD]}`;
    const out = (await administrator.post(`${path}/decoder-decision`, { decision: 'quarantine', reason: 'Nobody knows what it is' })).expect(200).json;
    assert.equal(out.outcome, 'quarantined');
    assert.deepEqual(reasons(out).map(({ rule }) => rule).sort(), ['decoder.deaths', 'decoder.quarantined']);
    // Once out it does not come in again by itself.
    assert.equal((await administrator.post(`${path}/judge`)).expect(200).json.outcome, 'quarantined');
    const again = (await administrator.post(`${path}/decode`, { reason: 'The firmware was set anew' })).expect(200).json;
    assert.deepEqual([again.outcome, reasons(again)], ['accepted', []]);
    const at = now90k();
    await until('it to be recorded again', async () => newestRecorded(await timeline(investigator, ids[ROAD], from, now90k())) > at, { seconds: 60 });
    await until('a decoder for its pictures again', decoder, { seconds: 60 });
  });

  it('where the cage must be whole and there is no decoder, the recorder says so and does not start', async () => {
    const file = join(site.directory.path, 'strict.toml');
    writeFileSync(file, '[motion]\nstrict = true\ndecoder = "/nowhere/candour-decoder"\n');
    const words = ['serve', '--data', join(site.directory.path, 'strict'), '--listen', '127.0.0.1:0', '--config', file];
    const { code, err } = await run(program('candour'), words, { seconds: 60 });
    assert.equal(code, 1);
    assert.match(err, /strict is set, and the decoder cannot be started/);
  });
});
