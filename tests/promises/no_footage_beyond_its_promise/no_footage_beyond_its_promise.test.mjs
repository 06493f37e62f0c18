// Promise 3: a segment's end of life is fixed when it is captured; when it comes the footage goes, key first, and a
// certificate stays. The clock itself is tried in the tests of `policy`; here footage is made old in the catalogue.
//
// Broken by hand to see it fail: the end of life a day later than promised (the first); a deletion that leaves the key,
// or the file (the third).

import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { catalogue } from '../../lib/catalogue.mjs';
import { fetchFootage, look, planPath } from '../../lib/media.mjs';
import { segmentFiles, segmentPaths } from '../../lib/segments.mjs';
import { start } from '../../lib/site.mjs';
import { now90k, seconds } from '../../lib/ticks.mjs';
import { ofKind, recordedLength, timeline, told } from '../../lib/timeline.mjs';
import { verify } from '../../lib/verifier.mjs';
import { until } from '../../lib/waiting.mjs';

const trusted = '[site]\ntrust_system_clock = true\n';
const OLD = 'Car park';
const YOUNG = 'Main entrance';

describe('no footage beyond its promise', () => {
  let site;
  let from;
  before(async () => {
    from = now90k();
    site = await start({ label: 'retention', only: [YOUNG, OLD] });
    const investigator = await site.as('investigator');
    const { id } = await site.camera(OLD);
    await until('a few seconds of footage', async () => recordedLength(await timeline(investigator, id, from, now90k())) > seconds(4));
  });
  after(() => site?.stop());

  /** Makes the closed segments of a camera live for one second, in the catalogue of the stopped recorder. */
  const shortenLives = (hex) => catalogue(site.data, 'update segments set keep_until_90k = start_90k + 90000 where camera = ? and state = 1', [{ hex }]);

  it('the end of life stands in every segment from the start', () => {
    const files = segmentFiles(site.data);
    assert.ok(files.length >= 4, 'two cameras, two streams');
    for (const file of files) assert.equal(file.keepUntil - file.start, seconds(7 * 86_400), file.path);
  });

  it('nothing is overdue while nothing is due', async () => {
    const retention = await (await site.as('dpo')).read('/api/v1/retention');
    assert.deepEqual([retention.overdue, retention.unfinished, retention.certificates], [0, 0, []]);
    for (const camera of retention.cameras) {
      assert.equal(camera.keep_days, 7);
      assert.ok(camera.segments >= 2 && camera.bytes > 0 && camera.oldest_90k >= from, JSON.stringify(camera));
    }
  });

  it('what is due goes: key, file, row, certificate; what is not stays', async () => {
    const [old, young] = [await site.camera(OLD), await site.camera(YOUNG)];
    await site.stopRecorder();
    const to = now90k();
    const doomed = segmentFiles(site.data).filter((file) => file.camera === old.id);
    const kept = segmentFiles(site.data).filter((file) => file.camera === young.id);
    const saved = site.copyData();
    const keysBefore = doomed.flatMap((file) => keysOf(site.data, file));
    assert.ok(keysBefore.length >= doomed.length, 'they have keys');

    // Nobody sends from here on: what is deleted below was recorded above.
    await site.cameras.stop();
    const { changed } = await shortenLives(old.id);
    assert.equal(changed, doomed.length, 'every segment of the old camera is due now');
    await site.restart({ configuration: trusted, recording: 0 });

    const dpo = await site.as('dpo');
    const retention = await until('the certificates', async () => {
      const now = await dpo.read('/api/v1/retention');
      return now.certificates.filter((one) => one.step === 'certified').length === doomed.length && now;
    }, { seconds: 60, every: 250 });
    assert.deepEqual([retention.overdue, retention.unfinished], [0, 0]);

    // The files are gone, and only those.
    for (const file of doomed) assert.ok(!existsSync(file.path), `${file.path} is unlinked`);
    for (const file of kept) assert.ok(existsSync(file.path), `${file.path} is kept`);
    // The keys are gone, and only those.
    for (const file of doomed) assert.deepEqual(keysOf(site.data, file), []);
    for (const key of keysBefore) assert.ok(!everything(join(site.data, 'keys')).includes(Buffer.from(key, 'hex')), 'not even the wrapped key is left');
    for (const file of kept) assert.ok(keysOf(site.data, file).length > 0, `${file.path} opens`);

    // The certificates say what, why and when, and the log holds them.
    const entries = (await site.log()).filter((entry) => entry.kind === 'footage_deleted');
    for (const file of doomed) {
      const certificate = retention.certificates.find((one) => one.segment === file.segment);
      assert.ok(certificate, `a certificate for ${file.segment}`);
      assert.deepEqual([certificate.camera_name, certificate.start_90k, certificate.due_90k], [OLD, file.start, file.start + seconds(1)]);
      assert.match(certificate.rule, /^Kept for 1 second .*Protect people and bicycles/);
      assert.ok(certificate.unreadable_at_90k >= certificate.due_90k && certificate.unlinked_at_90k >= certificate.unreadable_at_90k, JSON.stringify(certificate));
      const entry = entries.find((one) => one.index === certificate.entry);
      assert.ok(entry?.groups.sent.includes(file.segment), 'the log entry names the segment');
    }

    // Nobody gets it any more; the timeline says what became of it.
    const spans = await timeline(dpo, old.id, from, to);
    assert.deepEqual(ofKind(spans, 'recorded'), [], told(spans));
    const deleted = ofKind(spans, 'deleted');
    assert.ok(deleted.length > 0 && deleted.every((span) => span.entry !== null && /Kept for 1 second/.test(span.words)), JSON.stringify(deleted));
    const investigator = await site.as('investigator');
    const given = await look(investigator, old.id, from, to);
    assert.deepEqual((await investigator.read(planPath(given.id, old.id, from, to))).pieces, []);
    assert.ok((await fetchFootage(investigator, young.id, from, to)).pieces.length > 0, 'the other camera plays');

    // A stranger sees that it was deleted by certificate, and that a file put back is not right.
    await site.stopRecorder();
    const clean = await verify('all', site.data);
    assert.equal(clean.code, 0, clean.words);
    assert.match(clean.words, new RegExp(`${doomed.length} (is|are) deleted by certificate`));
    const copy = site.copyData();
    const back = doomed[0].path.replace(site.data, copy.path);
    mkdirSync(dirname(back), { recursive: true });
    cpSync(doomed[0].path.replace(site.data, saved.path), back);
    const found = await verify('all', copy.path);
    assert.equal(found.code, 1, found.words);
    assert.match(found.words, new RegExp(`${doomed[0].segment}.*certifies its deletion, and it is still there`));
    [saved, copy].forEach((directory) => directory.remove());
  });

  it('on a clock that was set back behind a time already proved, deletion waits and says so', async () => {
    const { rows: [[id]] } = await catalogue(site.data, 'select id from cameras where name = ?', [YOUNG]);
    assert.ok((await shortenLives(id)).changed > 0);
    const there = segmentPaths(site.data);
    // The recorder had proved a time an hour from now: so the clock was set back since.
    const proved = "update settings set value = cast(cast(value as integer) + 324000000 as text) where name = 'time_high_water_90k'";
    assert.equal((await catalogue(site.data, proved)).changed, 1);
    await site.restart({ configuration: trusted, recording: 0 });
    const dpo = await site.as('dpo');
    const retention = await until('the sweep', async () => {
      const now = await dpo.read('/api/v1/retention');
      return now.last_sweep_90k && now;
    }, { seconds: 30, every: 250 });
    assert.match(retention.waiting ?? '', /clock says .* deletion waits/);
    assert.ok(retention.overdue > 0, 'what is past its end is shown, not hidden');
    const alarm = await until('the alarm', async () => (await dpo.read('/api/v1/status')).alarms.find((one) => one.kind === 'deletion_waits'));
    assert.equal(alarm.page, 'retention', 'it leads to the page that mends it');
    assert.deepEqual(segmentPaths(site.data), there, 'nothing was deleted');
  });
});

/**
 * The wrapped keys in both copies of the keyring under which a segment is sealed: those of its stream and hour
 * (docs/design/keyring.md: rows of 112 bytes, the name first). The key of the next hour may be there already.
 */
function keysOf(data, { stream, start }) {
  const hour = BigInt(Math.floor(start / seconds(3600)));
  return files(join(data, 'keys')).flatMap((path) => rowsOf(readFileSync(path)))
    .filter((row) => row.toString('hex', 4, 20) === stream && row.readBigInt64LE(20) === hour)
    .map((row) => row.toString('hex', 44, 104));
}

/** The rows of a day file: those of its last rewrite, digest and proof (60 bytes), then those appended since. */
function rowsOf(bytes) {
  if (bytes.toString('latin1', 0, 8) !== 'CANDODAY') return [];
  const rewritten = 48 + 112 * bytes.readUInt32LE(12);
  const rows = (from, to) => Array.from({ length: Math.floor((to - from) / 112) }, (_, at) => bytes.subarray(from + at * 112, from + (at + 1) * 112));
  return [...rows(48, rewritten), ...rows(rewritten + 60, bytes.length)];
}

const files = (directory) => readdirSync(directory, { recursive: true }).map((name) => join(directory, name)).filter((path) => statSync(path).isFile());

/** All bytes below a directory. */
const everything = (directory) => Buffer.concat(files(directory).map((path) => readFileSync(path)));
