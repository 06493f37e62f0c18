#!/usr/bin/env node
// What a kill costs: the recorder records simulated cameras, is killed with SIGKILL at a random moment, started again, and what
// the cameras had sent by the kill is held against what is stored.
//
//   benches/kill.mjs [--kills N] [--cameras N] [--json]
//
// For each kill and stream: the newest access unit sent before the kill, minus the newest one that can be played afterwards,
// by the camera's own journal. With --json the last line is one JSON object: kill_lost_s_max, kill_lost_s_median, kills,
// streams. Builds nothing: run deploy/build first, or name a directory of programs in CANDOUR_BIN_DIR.

import { parseArgs } from 'node:util';
import { ACCEPTED } from '../tests/lib/cameras.mjs';
import { fetchFootage } from '../tests/lib/media.mjs';
import { start } from '../tests/lib/site.mjs';
import { now90k, ofMicroseconds, seconds } from '../tests/lib/ticks.mjs';
import { newestRecorded, timeline } from '../tests/lib/timeline.mjs';
import { pause, until } from '../tests/lib/waiting.mjs';

const { values: options } = parseArgs({ options: {
  kills: { type: 'string', default: '10' }, cameras: { type: 'string', default: '2' }, json: { type: 'boolean', default: false },
} });
const kills = Number(options.kills);
const names = ACCEPTED.slice(0, Number(options.cameras));

const site = await start({ label: 'kill', only: names });
const lost = [];
try {
  for (let kill = 0; kill < kills; kill++) {
    const client = await site.another('investigator');
    const from = now90k();
    const ids = new Map();
    for (const name of names) {
      ids.set(name, (await site.camera(name)).id);
      await until(`${name} records`, async () => newestRecorded(await timeline(client, ids.get(name), from - seconds(60), now90k())) > from + seconds(2), { seconds: 40 });
    }
    // At any phase of fragments, syncs and paces.
    await pause(Math.random() * 1500);
    const killed = await site.kill9();
    site.clients.clear();
    await site.startRecorder();
    await site.waitForRecording();
    const again = await site.another('investigator');
    for (const name of names) {
      for (const stream of ['main', 'sub']) {
        const { pieces } = await fetchFootage(again, ids.get(name), from, killed + seconds(1), stream);
        const stored = new Set(pieces.flatMap((piece) => piece.samples.map((sample) => sample.sha256)));
        // A unit that was leaving the camera while the kill came was not received by anybody.
        const sent = site.cameras.sent(name, stream).filter((unit) => ofMicroseconds(unit.sent_us) <= killed && ofMicroseconds(unit.sent_us) >= from);
        const newest = sent.findLast((unit) => stored.has(unit.sha256));
        lost.push((sent.at(-1).sent_us - (newest?.sent_us ?? sent[0].sent_us)) / 1e6);
      }
    }
    console.error(`kill ${kill + 1}: ${lost.slice(-2 * names.length).map((one) => one.toFixed(2)).join(' ')} s`);
  }
} finally {
  await site.stop();
}
lost.sort((one, other) => one - other);
const [max, median] = [lost.at(-1), lost[lost.length >> 1]];
console.log(`${kills} kills of ${2 * names.length} streams: at most ${max.toFixed(3)} s lost, median ${median.toFixed(3)} s`);
if (options.json) console.log(JSON.stringify({ kill_lost_s_max: max, kill_lost_s_median: median, kills, streams: 2 * names.length }));
