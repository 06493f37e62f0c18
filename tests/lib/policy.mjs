// Policy files for tests, and the way of a version from a file into force, each step by whoever may take it.

import { until } from './waiting.mjs';

const quoted = (text) => JSON.stringify(text);
const day = (ahead) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10);

/**
 * The file of a policy in which `cameras` maps each camera's name to `{ sentence, owner, keep_days, mark_motion, keep_if_still, schedule, also, masks }`:
 * `mark_motion` and `keep_if_still` (a length, as in the file) are its purpose's, `also` is more of its table, `masks` maps names to corners. `schedules` maps names to lists of rules as they stand in the file; `more` is text for
 * its end.
 */
export function policyFile(cameras, { schedules = {}, more = '' } = {}) {
  const purposes = new Map();
  const cameraTables = Object.entries(cameras).map(([name, { sentence, owner, keep_days: days, mark_motion: marked = false, keep_if_still: still = null, schedule = 'always', also = '', masks = {} }]) => {
    const key = JSON.stringify([sentence, owner, days, marked, still]);
    if (!purposes.has(key)) purposes.set(key, { name: `purpose-${purposes.size + 1}`, sentence, owner, days, marked, still });
    return [
      `[cameras.${quoted(name)}]`, 'class = "entrances"', 'area = "house"', `purpose = ${quoted(purposes.get(key).name)}`, `schedule = ${quoted(schedule)}`,
      also, ...Object.entries(masks).map(([mask, corners]) => `[[cameras.${quoted(name)}.masks]]\nname = ${quoted(mask)}\nreason = "A home lies there."\ncorners = ${JSON.stringify(corners)}`),
    ].join('\n');
  });
  const purposeTables = [...purposes.values()].map(({ name, sentence, owner, days, marked, still }) => [
    `[purposes.${name}]`, `aim = ${quoted(sentence)}`, 'necessity = "Doors and lights alone did not help."', 'lawful_basis = "public_task"',
    'basis_reason = "Local Government Act 1972 section 111"', `owner = ${quoted(owner)}`, 'dpia = "DPIA-1"', `keep = "${days} days"`, 'schedule = "always"',
    ...(marked ? ['mark_motion = true'] : []),
    ...(still ? [`keep_if_still = ${quoted(still)}`] : []),
  ].join('\n'));
  const scheduleTables = Object.entries(schedules).map(([name, rules]) => `[schedules.${name}]\nrules = [\n${rules.join(',\n')}\n]`);
  return [
    'format = 1',
    '[site]\nname = "Test House"\ntime_zone = "Etc/UTC"\njurisdiction = "england"',
    ['[controller]', 'name = "Test Council"', 'public_authority = true', 'regime = "uk_gdpr"', 'contact = "cctv@test.example"', 'complaints = "complaints@test.example"',
      'system_owner = "Otto Owens"', 'data_protection_officer = "Dina Dahl"'].join('\n'),
    `[dpias.DPIA-1]\ntitle = "Cameras of the test house"\nreviewed = ${day(-30)}\nreview_by = ${day(300)}`,
    '[classes.entrances]\nkind = "public_area"',
    '[areas.house]\nname = "The house"\nkind = "public_area"',
    ...purposeTables, ...scheduleTables, ...cameraTables, more,
  ].filter(Boolean).join('\n\n') + '\n';
}

/** Proposes a file in the viewer; gives the answer of the recorder. */
export const propose = async (site, text) => (await site.as('owner')).post('/api/v1/policy', { text });

/** Has a proposed version advised on and approved; gives the answer to the approval. */
export async function approve(site, number, asked = {}) {
  (await (await site.as('dpo')).post(`/api/v1/policy/${number}/advise`, { words: 'Nothing to object to in this version.' })).expect(200);
  return (await site.as('second_owner')).post(`/api/v1/policy/${number}/approve`, { reason: 'It is what we decided.', follows_advice: true, ...asked });
}

/** Brings a file into force as people do, and waits until it is; gives its number. */
export async function bringIntoForce(site, text, asked = {}) {
  const { version: { number } } = (await propose(site, text)).expect(201).json;
  (await approve(site, number, asked)).expect(200);
  await inForce(site, number);
  await site.accept();
  return number;
}

/** Waits until a version is in force. */
export const inForce = async (site, number, seconds = 60) => until(`version ${number} in force`, async () => {
  const { in_force: now } = await (await site.as('owner')).read('/api/v1/policy');
  return now === number;
}, { seconds, every: 100 });
