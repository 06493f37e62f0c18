import { fireEvent, screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { MotionTrial, Role } from "../../shared/api/types";
import { type Answers, problem, show } from "../../shared/testing/recorder";
import { fromDate } from "../../shared/time/units";
import TuningPage from "./TuningPage";

const start = Math.floor(fromDate(new Date()) / 90_000) * 90_000 - 3_600 * 90_000;
const at = (second: number) => start + second * 90_000;
const sums = { pieces: 2, bytes: 2_000_000, shortened_pieces: 0, shortened_bytes: 0, left_out_bytes: null, looked_bytes: 2_000_000 };
const piece = { segment: "s1", stream: "main", start_90k: at(0), end_90k: at(60), bytes: 1_000_000, until_90k: at(86_400), because: null };
const found: MotionTrial = {
  camera: "c1", stream: "main", from_90k: at(0), to_90k: at(300), looked_to_90k: at(300), entry: 41, method: { contrast_levels: 7, step_levels: 5, least_pixels: 10 },
  zones: { watch: [], ignore: [{ name: "A tree", reason: "It sways.", corners: [[0, 0], [0.2, 0], [0.2, 0.3], [0, 0.3]] }] },
  moved_s: 2, still_s: 296, unsure_s: 2, no_footage_s: 0, in_force: sums, tried: { ...sums, shortened_pieces: 1, shortened_bytes: 1_000_000 },
  detail: {
    trace: [0, 0, 12.5, 0].map((score, second) => ({ at_90k: at(second), pictures: 5, score, extent: score / 100, unsure: second === 0 })),
    events: [{ start_90k: at(2), end_90k: at(3), score: 12.5, area: [0.1, 0.2, 0.3, 0.4] }],
    footage: [
      { ...piece, tried: "shortened", tried_until_90k: at(3_600), tried_because: "Nothing moved; kept for 1 hour of 1 day." },
      { ...piece, segment: "s2", start_90k: at(60), end_90k: at(120), tried: "beyond", tried_until_90k: null, tried_because: "It reaches beyond what was looked through, so nothing is said of it." },
    ],
    left_out: null,
  },
  words: ["Nothing was changed."], draft: [{ below: "[purposes.yard]", words: "In place of keep_if_still.", lines: "keep_if_still = \"1 hour\"\n" }],
};

const page = (role: Role, more: Answers = {}): Answers => ({
  "GET /session": { body: { person: { id: "p", sign_in_name: "p", full_name: "P", roles: [role], created_90k: 0 }, pages: ["retention"], expires_90k: 0 } },
  "GET /cameras": { body: [{ id: "c1", name: "Yard" }] },
  "POST /cameras/c1/motion-trial": { body: found },
  ...more,
});

const write = (input: HTMLElement, value: string) => { fireEvent.change(input, { target: { value } }); };

async function tried(role: Role, more: Answers = {}) {
  const shown = show(<TuningPage />, page(role, more), "/tuning?camera=c1");
  await screen.findByRole("option", { name: "Yard" });
  write(screen.getByLabelText("Reason"), "Draft of the policy");
  await shown.person.click(screen.getByRole("button", { name: "Look through it" }));
  return shown;
}

test("who may look sees the score, what would become of each piece, and the lines for a draft", async () => {
  const { asked, person } = await tried("investigator");
  expect(await screen.findByText(/Something moved in 2 s/)).toBeDefined();
  expect(asked.find((request) => request.method === "POST")?.body).toMatchObject({ reason: "Draft of the policy", zones: null, keep_if_still_s: null, rolls: null });
  const pieces = within(screen.getByRole("region", { name: "Piece by piece" }));
  expect(pieces.getByText("Nothing moved; kept for 1 hour of 1 day.")).toBeDefined();
  expect(pieces.getByText("Not judged")).toBeDefined();
  expect(screen.getByText(/keep_if_still = "1 hour"/)).toBeDefined();
  // A movement leads to its second, and so does the slider, by keys too.
  const slider = screen.getByRole("slider", { name: "Moment" });
  await person.click(within(screen.getByRole("list", { name: "Movements" })).getByRole("button"));
  expect(slider.getAttribute("aria-valuetext")).toMatch(/something moved: score 12.5/);
  fireEvent.change(slider, { target: { value: "1" } });
  expect(slider.getAttribute("aria-valuetext")).toMatch(/nothing moved/);
});

test("a part of the picture is added, typed and sent; the policy's own are where they were", async () => {
  const { asked, person } = await tried("investigator");
  await person.click(await screen.findByRole("button", { name: "Change these" }));
  await person.click(screen.getByRole("button", { name: "Add a part" }));
  await person.click(screen.getByRole("button", { name: "Look through it" }));
  expect((await screen.findAllByText("Say why motion does not count in Part 2.")).length).toBeGreaterThan(0);
  const part = within(screen.getByRole("group", { name: "Part 2" }));
  write(part.getByLabelText(/Why/), "A public road.");
  fireEvent.change(part.getByRole("spinbutton", { name: "Left" }), { target: { value: "10" } });
  await person.selectOptions(part.getByLabelText("Motion there"), "counts");
  await person.click(screen.getByRole("button", { name: "Look through it" }));
  await screen.findByText(/Something moved in 2 s/);
  const sent = asked.filter((request) => request.method === "POST").at(-1)?.body;
  expect(sent).toMatchObject({ zones: { ignore: [{ name: "A tree" }], watch: [{ name: "Part 2", reason: "A public road.", corners: [[0.1, 0.35], [0.65, 0.35], [0.65, 0.65], [0.1, 0.65]] }] } });
});

for (const role of ["administrator", "dpo", "owner"] as const) {
  test(`the ${role} is told sums, and why`, async () => {
    await tried(role, { "POST /cameras/c1/motion-trial": { body: { ...found, detail: null } } });
    expect(await screen.findByText("You are told sums.")).toBeDefined();
    expect(await screen.findByText(/These are sums/)).toBeDefined();
    expect(screen.queryByRole("slider")).toBeNull();
    expect(screen.queryByRole("button", { name: "Add a part" })).toBeNull();
  });
}

test("no permission, no footage, another's turn and no recorder are said", async () => {
  for (const [answer, words] of [
    [problem(403, "look-refused", "You may not look at this footage.", "You have no grant for it."), /You have no grant for it/],
    [problem(404, "no-footage", "There is no footage in this interval.", "There is nothing to try it on."), /There is nothing to try it on/],
    [problem(429, "too-many-requests", "Too many attempts.", "Another trial goes on."), /Another trial goes on/],
  ] as const) {
    await tried("investigator", { "POST /cameras/c1/motion-trial": answer });
    expect(await screen.findByText(words)).toBeDefined();
    document.body.replaceChildren();
  }
  const { person } = show(<TuningPage />, { "GET /session": page("dpo")["GET /session"] ?? {}, "GET /cameras": { body: [{ id: "c1", name: "Yard" }] } }, "/tuning?camera=c1");
  await screen.findByRole("option", { name: "Yard" });
  write(screen.getByLabelText("Reason"), "Draft of the policy");
  await person.click(screen.getByRole("button", { name: "Look through it" }));
  expect(await screen.findByText(/The recorder cannot be reached/)).toBeDefined();
});

test("an answer that ended early goes on from there", async () => {
  const { asked, person } = await tried("investigator", { "POST /cameras/c1/motion-trial": { body: { ...found, looked_to_90k: at(100) } } });
  await person.click(await screen.findByRole("button", { name: /Go on from/ }));
  await screen.findByText(/Something moved in 2 s/);
  expect(asked.filter((request) => request.method === "POST").at(-1)?.body).toMatchObject({ from_90k: at(100) });
});

test("the approver is told whose page this is", async () => {
  show(<TuningPage />, page("approver"));
  expect(await screen.findByText("You may not try terms for motion")).toBeDefined();
});
