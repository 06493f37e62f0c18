// Promise 5, for whoever runs the recorder: footage, catalogue, keys and log are checked against each other, and what was
// changed is named with its place. `candour check` and `candour rebuild` on a real recorder's data.

import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { catalogue } from '../../lib/catalogue.mjs';
import { chance, seed } from '../../lib/chance.mjs';
import { check, kinds, rebuild } from '../../lib/checker.mjs';
import { segmentFiles } from '../../lib/segments.mjs';
import { start } from '../../lib/site.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { recordedLength, timeline } from '../../lib/timeline.mjs';
import { until } from '../../lib/waiting.mjs';

describe(`no quiet change: the check (seed ${seed})`, () => {
  let site;
  const random = chance();

  before(async () => {
    const from = now90k();
    site = await start({ label: 'check', only: ['Main entrance', 'Car park'] });
    const investigator = await site.as('investigator');
    const { id } = await site.camera('Car park');
    await until('footage', async () => recordedLength(await timeline(investigator, id, from, now90k())) > seconds(4));
  });
  after(() => site?.stop());

  async function assertClean(depth = '--deep') {
    const { code, report, words } = await check(site.data, depth);
    assert.equal(code, 0, words);
    assert.equal(report.result, 'clean', words);
    return report;
  }

  it('beside a running recorder it says so, and the recorder checks itself', async () => {
    const { code, words } = await check(site.data);
    assert.equal(code, 2, words);
    assert.match(words, /a recorder runs/);
    const officer = await site.as('dpo');
    const begun = await officer.post('/api/v1/check', { deep: true });
    assert.equal(begun.status, 202);
    const last = await until('the report', async () => {
      const state = await officer.read('/api/v1/check');
      return state.running === null && state.last;
    });
    assert.equal(last.findings_total, 0, JSON.stringify(last));
    assert.ok(last.log_entries > 5, JSON.stringify(last));
    const operator = await site.as('operator');
    assert.equal((await operator.post('/api/v1/check', { deep: false })).status, 403, 'only for those who see the system');
    const entries = await site.log();
    assert.ok(entries.some((entry) => entry.kind === 'check_started'), 'who began it is in the log');
  });

  it('a recorder that was stopped in order is clean', async () => {
    await site.stopRecorder();
    const report = await assertClean();
    const files = segmentFiles(site.data);
    assert.equal(report.files, files.length);
    assert.equal(report.bytes, files.reduce((sum, file) => sum + file.bytes, 0), 'every byte was read');
    assert.equal((await assertClean('--deep')).log_entries, report.log_entries, 'a check writes nothing');
  });

  it('a flipped byte in any segment, with fragment and time', async () => {
    for (const file of segmentFiles(site.data)) {
      const whole = readFileSync(file.path);
      const bytes = Buffer.from(whole);
      const at = random(bytes.length);
      bytes[at] ^= 1 << random(8);
      writeFileSync(file.path, bytes);
      const { code, report, words } = await check(site.data, '--deep');
      writeFileSync(file.path, whole);
      assert.equal(code, 1, `byte ${at} of ${file.path}, seed ${seed}: ${words}`);
      assert.equal(report.findings.length, 1, words);
      const [finding] = report.findings;
      assert.equal(finding.segment, file.id, words);
      assert.equal(finding.camera, file.camera, words);
      const place = Number(finding.place.match(/byte (\d+)/)[1]);
      assert.ok(place <= at, `${finding.place} is not behind byte ${at}`);
      assert.ok(finding.start_90k >= file.start && finding.end_90k > finding.start_90k, words);
    }
    await assertClean();
  });

  /** Changes the data, checks, and puts it back. */
  async function changed(change, expected, segment) {
    const files = segmentFiles(site.data).map(({ path }) => [path, readFileSync(path)]);
    const database = readFileSync(join(site.data, 'candour.db'));
    await change();
    const { code, report, words } = await check(site.data);
    for (const [path, bytes] of files) writeFileSync(path, bytes);
    for (const ending of ['-wal', '-shm']) if (existsSync(join(site.data, `candour.db${ending}`))) unlinkSync(join(site.data, `candour.db${ending}`));
    writeFileSync(join(site.data, 'candour.db'), database);
    assert.equal(code, 1, words);
    assert.ok(kinds(report).includes(expected), `${expected}: ${words}`);
    assert.ok(report.findings.some((finding) => finding.kind === expected && finding.segment === segment), words);
    await assertClean();
  }

  it('a removed row, a removed file, both together, an exchanged file, an edited row', async () => {
    const [one, other] = segmentFiles(site.data);
    const gone = (file) => catalogue(site.data, 'DELETE FROM segments WHERE id = ?', [{ hex: file.id }]);
    await changed(() => gone(one), 'file_without_row', one.id);
    await changed(() => unlinkSync(one.path), 'row_without_file', one.id);
    await changed(async () => { unlinkSync(one.path); await gone(one); }, 'footage_missing', one.id);
    await changed(() => copyFileSync(other.path, one.path), 'wrong_file', one.id);
    const edit = (assignment) => () => catalogue(site.data, `UPDATE segments SET ${assignment} WHERE id = ?`, [{ hex: one.id }]);
    await changed(edit('start_90k = start_90k - 90000'), 'row_disagrees', one.id);
    await changed(edit(`camera = x'${other.camera === one.camera ? '00'.repeat(16) : other.camera}'`), 'row_disagrees', one.id);
    await changed(edit('sealed_digest = zeroblob(32)'), 'row_disagrees', one.id);
    await changed(edit('keep_until_90k = keep_until_90k + 90000'), 'keep_until_raised', one.id);
    await changed(edit('state = 3'), 'deleted_without_certificate', one.id);
    await changed(() => catalogue(site.data, 'DELETE FROM gaps'), 'hidden_gap', null);
  });

  it('what can be mended is mended, and nothing else is touched', async () => {
    const [one] = segmentFiles(site.data);
    await catalogue(site.data, 'DELETE FROM segments WHERE id = ?', [{ hex: one.id }]);
    const before = readFileSync(one.path);
    const { code, report, words } = await check(site.data, '--mend');
    assert.equal(code, 3, words);
    assert.equal(report.result, 'mended', words);
    assert.deepEqual(readFileSync(one.path), before);
    await assertClean();
  });

  it('a catalogue that is gone is made again from files, keys and log', async () => {
    const told = async () => (await catalogue(site.data, 'SELECT id, stream, camera, start_90k, end_90k, keep_until_90k, len_bytes, samples, state, sealed_digest, content_commitment, logged FROM segments ORDER BY id')).rows;
    const before = await told();
    for (const name of readdirSync(site.data).filter((name) => name.startsWith('candour.db'))) unlinkSync(join(site.data, name));
    assert.equal((await check(site.data)).code, 2, 'a check makes no catalogue');
    const { code, report, words } = await rebuild(site.data);
    assert.equal(code, 0, words);
    assert.equal(report.segments, before.length, words);
    assert.deepEqual(await told(), before);
    const settings = (await catalogue(site.data, 'SELECT name FROM settings')).rows.flat();
    assert.ok(settings.includes('deletion_off_until_holds_confirmed'), 'nothing is deleted before the holds are known');
    const names = (await catalogue(site.data, 'SELECT name FROM cameras ORDER BY name')).rows.flat();
    assert.deepEqual(names, ['Car park', 'Main entrance'], 'the log remembers their names');
    await assertClean();
  });
});
