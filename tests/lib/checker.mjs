// `candour check` and `candour rebuild`, called as an operator calls them on a stopped recorder.

import { program, run } from './processes.mjs';

/** What the check says: exit code, the report as an object, and all words on the terminal. */
export async function check(data, ...words) {
  const { code, out, err } = await run(program('candour'), ['check', '--data', data, '--json', ...words], { seconds: 120 });
  return { code, report: out.startsWith('{') ? JSON.parse(out) : null, words: out + err };
}

/** A rebuild of the catalogue. */
export async function rebuild(data) {
  const { code, out, err } = await run(program('candour'), ['rebuild', '--data', data, '--json'], { seconds: 120 });
  const line = out.split('\n').find((text) => text.startsWith('{'));
  return { code, report: line === undefined ? null : JSON.parse(line), words: out + err };
}

/** Kinds of the findings, sorted, each once. */
export const kinds = (report) => [...new Set(report.findings.map((finding) => finding.kind))].sort();
