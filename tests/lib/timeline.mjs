// What the recorder says about time: spans that tile a range, and questions about them.

import assert from 'node:assert/strict';
import { query } from './client.mjs';
import { inSeconds } from './ticks.mjs';

/** The spans of a range, checked to tile it: no hole, no overlap, no second told twice. */
export async function timeline(client, camera, from, to, stream = 'main') {
  const { spans } = await client.read(`/api/v1/cameras/${camera}/timeline?${query({ stream, from_90k: from, to_90k: to })}`);
  assert.ok(spans.length > 0, 'a range has spans');
  assert.equal(spans[0].start_90k, from, 'the first span begins with the range');
  assert.equal(spans.at(-1).end_90k, to, 'the last span ends with the range');
  spans.forEach((span, index) => {
    assert.ok(span.end_90k > span.start_90k, `a span has a length: ${JSON.stringify(span)}`);
    if (index > 0) assert.equal(span.start_90k, spans[index - 1].end_90k, `span ${index} begins where the one before ends`);
    if (span.kind === 'gap') assert.ok(span.cause && span.words, `a gap says why: ${JSON.stringify(span)}`);
  });
  return spans;
}

export const ofKind = (spans, kind, cause) => spans.filter((span) => span.kind === kind && (cause === undefined || span.cause === cause));

/** The newest recorded moment of some spans. */
export const newestRecorded = (spans) => ofKind(spans, 'recorded').at(-1)?.end_90k ?? 0;

/** How much of the spans is recorded, in ticks. */
export const recordedLength = (spans) => ofKind(spans, 'recorded').reduce((sum, span) => sum + span.end_90k - span.start_90k, 0);

/** Spans as one line for messages: `recorded 4.1 s, gap camera_stalled 6.2 s`. */
export const told = (spans) => spans.map((span) => `${span.kind}${span.cause ? ` ${span.cause}` : ''} ${inSeconds(span.end_90k - span.start_90k)} s`).join(', ');
