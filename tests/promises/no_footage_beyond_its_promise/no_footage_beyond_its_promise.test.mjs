// Promise 3: a segment's end of life is fixed when it is captured; when it comes the footage goes, key first, and a
// certificate stays. The clock itself is tried in the tests of `policy`; here footage is made old in the catalogue.
//
// Broken by hand to see it fail: the end of life a day later than promised (the first); a deletion that leaves the key,
// or the file (the third).

import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { catalogue } from '../../lib/catalogue.mjs';
import { fetchFootage, look, planPath } from '../../lib/media.mjs';
import { program, run, temporaryDirectory } from '../../lib/processes.mjs';
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
      assert.ok(entry?.groups.what.includes(file.segment), 'the log entry names the segment');
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

describe('holds, and certificates for strangers', () => {
  const LIFTED = YOUNG;
  const LAPSES = OLD;
  const DAY = seconds(86_400);
  let site;
  let from;
  let to;
  const id = {};
  const placed = {};

  const act = async (role, path, json) => (await site.as(role)).request('POST', `/api/v1/holds${path}`, { json });
  const asked = (name, more = {}) => ({ class: 'incident', camera: id[name], from_90k: from, to_90k: to, ends_90k: to + 30 * DAY, reason: 'Case 2026-114, a stolen bicycle', owner: 'Head of facilities', ...more });
  const retention = async () => (await site.as('dpo')).read('/api/v1/retention');
  const swept = async (what, is, since = 0) => until(what, async () => {
    const now = await retention();
    return now.last_sweep_90k > since && is(now) && now;
  }, { seconds: 60, every: 250 });
  const filesOf = (name) => segmentFiles(site.data).filter((file) => file.camera === id[name]);
  const certified = (now, name) => now.certificates.filter((one) => one.step === 'certified' && one.camera === id[name]).length;

  before(async () => {
    from = now90k();
    site = await start({ label: 'holds', only: [LIFTED, LAPSES] });
    for (const name of [LIFTED, LAPSES]) id[name] = (await site.camera(name)).id;
    const investigator = await site.as('investigator');
    await until('a few seconds of footage', async () => recordedLength(await timeline(investigator, id[LAPSES], from, now90k())) > seconds(4));
    to = now90k();
  });
  after(() => site?.stop());

  it('a hold has a reason, an owner and an end, and the data protection officer places none', async () => {
    (await act('dpo', '', asked(LIFTED))).expect(403);
    (await act('operator', '', asked(LIFTED))).expect(403);
    for (const [field, value] of [['reason', ''], ['owner', ' '], ['ends_90k', to - DAY], ['ends_90k', to + 400 * DAY]]) {
      assert.equal((await act('investigator', '', asked(LIFTED, { [field]: value }))).expect(422).json.field, field);
    }
    for (const name of [LIFTED, LAPSES]) {
      const answer = (await act('investigator', '', asked(name))).expect(201).json;
      assert.deepEqual(answer.not_held, []);
      assert.ok(answer.hold.segments >= 2, JSON.stringify(answer));
      placed[name] = answer.hold.id;
    }
    const seen = await (await site.as('dpo')).read('/api/v1/holds');
    assert.deepEqual(seen.standing.map((hold) => hold.camera_name).sort(), [LAPSES, LIFTED].sort());
    const entries = (await site.log()).filter((entry) => entry.kind === 'hold_placed');
    assert.equal(entries.length, 2);
    assert.match(entries[0].words, /put footage of .* on hold until \d{4}-\d\d-\d\d/);
  });

  it('held footage outlives its end; when the hold is over by itself it goes, but not before deletion is trusted again', async () => {
    await site.stopRecorder();
    await site.cameras.stop();
    // Everything is a second old at most, one hold ended an hour ago, and the catalogue says that it was restored.
    await catalogue(site.data, 'update segments set keep_until_90k = start_90k + 90000 where state = 1');
    await catalogue(site.data, 'update holds set placed_90k = placed_90k - 648000000, ends_90k = ? where id = ?', [to - seconds(3600), { hex: placed[LAPSES] }]);
    await catalogue(site.data, "insert into settings (name, value) values ('deletion_off_until_holds_confirmed', 'restored')");
    const before = segmentPaths(site.data);
    await site.restart({ configuration: trusted, recording: 0 });
    const off = await swept('a sweep', (now) => now.waiting !== null);
    assert.match(off.waiting, /restored or rebuilt .* candour holds confirm/);
    assert.ok((await (await site.as('dpo')).read('/api/v1/status')).alarms.some((one) => one.kind === 'deletion_waits' && one.severity === 'amber'));
    assert.deepEqual([segmentPaths(site.data), off.certificates], [before, []], 'nothing goes while holds may be missing');

    await site.stopRecorder();
    const confirm = (by, and) => run(program('candour'), ['holds', 'confirm', '--data', site.data, '--by', by, '--and', and]);
    const alone = await confirm('ines', 'Ines Iqbal');
    assert.notEqual(alone.code, 0);
    assert.match(alone.err, /one person; two are needed/);
    assert.equal((await confirm('ines', 'dina')).code, 0);
    await site.restart({ configuration: trusted, recording: 0 });
    const lapsing = before.length - filesOf(LIFTED).length;
    const now = await swept('the deletions', (found) => certified(found, LAPSES) === lapsing);
    assert.equal(certified(now, LIFTED), 0);
    assert.deepEqual([now.overdue, now.unfinished], [0, 0], 'held is not overdue');
    assert.deepEqual(filesOf(LAPSES), []);
    assert.ok(filesOf(LIFTED).length >= 2, 'held footage stays');
    const kinds = (await site.log()).map((entry) => entry.kind);
    assert.ok(kinds.includes('hold_lapsed') && kinds.includes('holds_confirmed'), kinds.join(' '));
    const { pieces } = await fetchFootage(await site.as('investigator'), id[LIFTED], from, to);
    assert.ok(pieces.length > 0, 'and plays');
  });

  it('a lifted hold lets go; a file that cannot be removed is alarmed, its key gone, and keeps no other', async () => {
    const files = filesOf(LIFTED);
    const [stuck] = files;
    // A directory under the file's name: no unlink removes it, whoever runs the recorder.
    const away = `${stuck.path}.away`;
    renameSync(stuck.path, away);
    mkdirSync(stuck.path);
    (await act('investigator', `/${placed[LIFTED]}/lift`, { reason: 'The bicycle was found' })).expect(200);
    const failing = await swept('the others', (now) => certified(now, LIFTED) === files.length - 1 && now.unfinished === 1);
    const one = failing.certificates.find((certificate) => certificate.segment === stuck.segment);
    assert.deepEqual([one.step, one.unlinked_at_90k], ['key_destroyed', null]);
    assert.match(one.failing, /unlink/);
    assert.deepEqual(keysOf(site.data, stuck), [], 'it can no longer be read');
    await until('the alarm', async () => (await (await site.as('dpo')).read('/api/v1/status')).alarms.some((alarm) => alarm.kind === 'deletion_overdue'), { seconds: 30 });
    rmdirSync(stuck.path);
    renameSync(away, stuck.path);
    const now = await swept('the last one', (found) => certified(found, LIFTED) === files.length);
    assert.ok(!existsSync(stuck.path));
    assert.equal(now.unfinished, 0);
  });

  it('a certificate verifies without the recorder, and a changed one does not', async () => {
    const now = await retention();
    const [one] = now.certificates.filter((certificate) => certificate.camera === id[LIFTED]);
    const dpo = await site.as('dpo');
    const shown = await dpo.read(`/api/v1/certificates/${one.segment}`);
    assert.deepEqual([shown.rule_id, shown.certificate.camera_name], ['purpose_end', LIFTED]);
    assert.ok(shown.sealed_digest && shown.purpose && shown.policy, JSON.stringify(shown));
    const file = (await dpo.get(`/api/v1/certificates/${one.segment}/file`)).expect(200);
    const directory = temporaryDirectory('certificate');
    const path = join(directory.path, 'certificate.json');
    writeFileSync(path, file.bytes);
    const neighbours = now.certificates.filter((other) => other.segment !== one.segment);
    assert.ok(neighbours.length > 0 && neighbours.every((other) => !file.text.includes(other.segment)), 'it tells nothing of others');
    const good = await verify('certificate', path);
    assert.equal(good.code, 0, good.words);
    assert.match(good.words, /does not prove[\s\S]*nobody had copied/);
    writeFileSync(path, file.text.replace(/"bytes": \d+/, '"bytes": 1'));
    const changed = await verify('certificate', path);
    assert.equal(changed.code, 1, changed.words);

    // With the log at hand: in it, and fitting the digest logged when the segment was closed.
    const told = await verify('certificate', site.data, one.segment, '--json');
    assert.equal(told.code, 0, told.words);
    const { certificates: [{ certificate, closed_in_entry: closed }] } = JSON.parse(told.words);
    assert.equal(certificate.sealed_digest, shown.sealed_digest);
    assert.ok(Number.isInteger(closed), told.words);
    const at = new Date((one.start_90k + 45_000) / 90).toISOString();
    const found = await verify('certificate', site.data, '--camera', id[LIFTED], '--at', at);
    assert.ok(found.code === 0 && found.words.includes(one.segment), found.words);
    directory.remove();
  });

  it('a hold that comes too late is told for what', async () => {
    const answer = (await act('administrator', '', asked(LIFTED))).expect(201).json;
    assert.deepEqual([...new Set(answer.not_held.map((part) => part.stream))].sort(), ['main', 'sub']);
    for (const part of answer.not_held) assert.match(part.words, /deleted before/);
    assert.equal(answer.hold.segments, 0);
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
