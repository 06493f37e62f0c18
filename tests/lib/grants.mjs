// Grants as people make them: an investigator asks on the interface, another person approves. Every test that looks back does so
// under one.

import assert from 'node:assert/strict';
import { now90k, seconds } from './ticks.mjs';

/** Around what is asked for, so that a test which looks again a little later needs no second request. */
const AROUND = seconds(1800);

/**
 * What an investigator asks for: footage of these cameras, for the first purpose that all of them permit, for a day, also as files.
 * `more` changes or adds fields.
 */
export async function request(client, cameras, from, to, more = {}) {
  const all = [cameras].flat();
  const { permits } = await client.read('/api/v1/grants');
  const purposes = all.map((id) => permits.find((one) => one.camera === id)?.purposes ?? []);
  const purpose = purposes[0]?.find((word) => purposes.every((list) => list.includes(word)));
  assert.ok(purpose, `the cameras have a purpose in common: ${JSON.stringify(purposes)}`);
  return {
    case: '2026-114', words: 'A bicycle was stolen from the rack.', purpose, cameras: all, from_90k: Math.round(from), to_90k: Math.round(to),
    until_90k: Math.round(now90k() + seconds(86_400)), export: true, ...more,
  };
}

/** Asks; gives the request as the recorder shows it. */
export async function ask(client, cameras, from, to, more) {
  return (await client.post('/api/v1/grants', await request(client, cameras, from, to, more))).expect(201).json;
}

/** The approver says yes, or no; gives the answer. */
export const decide = async (site, grant, approve = true) =>
  (await site.as('approver')).post(`/api/v1/grants/${grant.id}/decide`, { approve, words: 'It is in proportion to the case.' });

/** Asks as that client and approves as the approver of its site; gives the grant. */
export async function granted(client, cameras, from, to, more) {
  const asked = await ask(client, cameras, from, to, more);
  return (await decide(client.site, asked)).expect(200).json;
}

/** Sees to it that a grant of the client covers that footage; asks for one with room around it where none does. */
export async function coveredBy(client, cameras, from, to) {
  const all = [cameras].flat();
  const covers = (grant) => grant.from_90k <= from && to <= grant.to_90k && all.every((id) => grant.cameras.includes(id));
  const found = client.grants.find(covers);
  if (found !== undefined) return found;
  const grant = await granted(client, all, from - AROUND, Math.min(to, now90k()) + AROUND);
  const kept = { id: grant.id, from_90k: grant.from_90k, to_90k: grant.to_90k, cameras: grant.cameras.map((one) => one.camera) };
  client.grants.push(kept);
  return kept;
}
