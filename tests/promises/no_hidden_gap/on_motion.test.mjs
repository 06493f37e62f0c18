// Promise 7, where only what moves is recorded: what is left out is a stretch of its own that says so, everything that moves is there with what
// was before and after, and whoever cannot look any more is recorded through.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { query } from '../../lib/client.mjs';
import { coveredBy } from '../../lib/grants.mjs';
import { policyFile } from '../../lib/policy.mjs';
import { start } from '../../lib/site.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { ofKind, timeline, told } from '../../lib/timeline.mjs';
import { until } from '../../lib/waiting.mjs';

const ROAD = 'Car park';
const MOVES = [
  '[schedules.moves]', 'otherwise = "on_motion"', 'pre_roll = "1 second"', 'post_roll = "1 second"',
  'rules = [{ days = "every_day", from = "00:00", to = "24:00", record = "on_motion" }]',
].join('\n');

describe('only what moves is recorded', () => {
  let site;
  let investigator;
  let camera;
  let from;
  before(async () => {
    const road = { sentence: 'Protect people and vehicles in the car park.', owner: 'Facilities', keep_days: 7, schedule: 'moves' };
    site = await start({ label: 'on-motion', only: [ROAD], policy: policyFile({ [ROAD]: road }, { more: MOVES }) });
    investigator = await site.as('investigator');
    camera = (await site.camera(ROAD)).id;
    from = now90k();
    await coveredBy(investigator, camera, from, now90k());
  });
  after(() => site?.stop());

  const spans = (stream = 'main', since = from) => timeline(investigator, camera, since, now90k(), stream);
  const leftOut = async (stream) => ofKind(await spans(stream), 'gap', 'nothing_moved');

  it('what is left out says so, and is no gap that anybody is alarmed by', async () => {
    // The clip is twelve seconds with a car in a third of it: each turn leaves something out.
    const found = await until('two stretches to be left out', async () => {
      const all = (await leftOut()).filter((span) => span.end_90k < now90k() - seconds(5));
      return all.length >= 2 && all;
    }, { seconds: 150, every: 1000 });
    for (const span of found) assert.match(span.words, /^Not recorded: nothing moved/);
    const [first, second] = found;
    const between = (await spans()).filter((span) => span.start_90k >= first.end_90k && span.end_90k <= second.start_90k);
    assert.ok(between.length > 0 && between.every((span) => span.kind === 'recorded'), `a car is recorded between them: ${told(await spans())}`);
    const others = ofKind(await spans(), 'gap').filter((gap) => gap.start_90k >= first.start_90k && gap.cause !== 'nothing_moved');
    assert.deepEqual(others, [], told(await spans()));
    assert.ok((await leftOut('sub')).length > 0, 'the small picture goes by the same findings');
    const alarms = (await (await site.as('administrator')).read('/api/v1/alarms')).filter((alarm) => alarm.camera === camera && alarm.kind === 'gap');
    assert.deepEqual(alarms, []);
  });

  it('everything that moved is recorded, with what was just before and after', async () => {
    const moved = await until('two passages to be told', async () => {
      // What is newer may still be looked at.
      const to = now90k() - seconds(15);
      await coveredBy(investigator, camera, from, now90k());
      const asked = query({ stream: 'main', from_90k: from, to_90k: to });
      const { motion } = await investigator.read(`/api/v1/cameras/${camera}/timeline?${asked}`);
      const found = motion.filter((span) => span.kind === 'moved');
      return found.length >= 2 && found;
    }, { seconds: 90, every: 3000 });
    const out = await leftOut();
    for (const { start_90k: start, end_90k: end } of moved) {
      const touched = out.filter((span) => span.start_90k < end + seconds(1) && start - seconds(1) < span.end_90k);
      assert.deepEqual(touched, [], `${start} to ${end}: ${told(await spans())}`);
    }
  });

  it('while nobody can look everything is recorded', async () => {
    const decoder = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).find((pid) => {
      try {
        const [, comm, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').match(/^\d+ \((.*)\) . (\d+)/) ?? [];
        return comm === 'candour-decoder' && Number(parent) === site.recorder.pid;
      } catch {
        return false; // it ended meanwhile
      }
    });
    // One that dies between two pictures is not held against the camera, so it may take more than three.
    const barred = await until('the recorder to give up looking', async () => {
      try {
        process.kill(Number(decoder() ?? NaN), 'SIGKILL');
      } catch {
        // None runs now, or it ended meanwhile.
      }
      const alarms = await (await site.as('administrator')).read('/api/v1/alarms');
      return alarms.some((alarm) => alarm.kind === 'decoder_killed' && /They are decoded no more/.test(alarm.words)) && now90k();
    }, { seconds: 120, every: 1000 });
    // What was found before is still acted upon; each turn of the clip would leave something out.
    await until('half a minute without a hole', async () => {
      const last = ofKind(await spans('main', barred), 'recorded').at(-1);
      return last && last.end_90k - last.start_90k > seconds(30);
    }, { seconds: 120, every: 1000 });
  });
});
