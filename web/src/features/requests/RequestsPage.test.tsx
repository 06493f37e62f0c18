import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Grant, Grants } from "../../shared/api/types";
import { fromDate } from "../../shared/time/units";
import { problem, show } from "../../shared/testing/recorder";
import RequestsPage from "./RequestsPage";

const at = (utc: string): number => fromDate(new Date(utc));
const grant = (over: Partial<Grant>): Grant => ({
  id: "g1", origin: "request", standing: "waits", case: "2026-114", purpose: "theft", cameras: [{ camera: "c1", camera_name: "Yard" }],
  from_90k: at("2026-11-26T10:00:00Z"), to_90k: at("2026-11-26T10:10:00Z"), until_90k: at("2026-12-03T10:00:00Z"), export: false,
  asked: { by: "Ines Iqbal", at_90k: at("2026-11-26T11:00:00Z"), words: "A bicycle was stolen.", entry: 7 }, review_overdue: false, mine: false, acts: [], ...over,
});
const grants = (over: Partial<Grants>): Grants => ({ grants: [], incidents: [], permits: [], may_ask: false, may_break_glass: false, waiting: 0, ...over });
const page = (over: Partial<Grants>, more = {}) => show(<RequestsPage />, { "GET /grants": { body: grants(over) }, ...more });

test("whoever decides finds it first, and says why before anything is sent", async () => {
  const { asked, person } = page({ grants: [grant({ id: "old", standing: "ended", case: "2026-001" }), grant({ acts: ["decide", "withdraw"] })], waiting: 1 }, { "POST /grants/g1/decide": { body: grant({ standing: "stands" }) } });
  const waiting = await screen.findByRole("region", { name: "Waiting for you" });
  expect(within(waiting).getByText("Another person decides.")).toBeDefined();
  await person.click(within(waiting).getByRole("button", { name: "Approve" }));
  const dialog = await screen.findByRole("dialog", { name: "Approve: case 2026-114" });
  await person.click(within(dialog).getByRole("button", { name: "Approve" }));
  expect(within(dialog).getAllByText("Say why.").length).toBeGreaterThan(0);
  await person.type(within(dialog).getByLabelText("Your words"), "It is in proportion.");
  await person.click(within(dialog).getByRole("button", { name: "Approve" }));
  expect(asked.filter((one) => one.method === "POST").map((one) => one.body)).toEqual([{ approve: true, words: "It is in proportion." }]);
});

test("one's own request offers no decision, and one that stands leads to Review", async () => {
  page({ may_ask: true, grants: [grant({ mine: true, acts: ["withdraw"] }), grant({ id: "g2", mine: true, standing: "stands", case: "2026-115", acts: ["withdraw"] })] });
  const yours = await screen.findByRole("region", { name: "Yours" });
  expect(within(yours).queryByRole("button", { name: "Approve" })).toBeNull();
  expect(within(yours).getByRole("link", { name: "Open in Review" }).getAttribute("href")).toContain("/review?camera=c1&at=");
});

test("broken glass says until when it is reviewed, and that an overdue review suspends", async () => {
  const used = grant({ origin: "break_glass", standing: "ended", case: "", purpose: null, acts: ["review"], review_due_90k: at("2026-12-01T00:00:00Z"), review_overdue: true });
  page({ grants: [used], waiting: 1 });
  expect(await screen.findByText(/Ines Iqbal cannot break the glass again/)).toBeDefined();
});

test("a suspended right is said, and the button is not there", async () => {
  page({ may_ask: true, glass_words: "Your right to break the glass is suspended." });
  expect(await screen.findByText(/Your right to break the glass is suspended/)).toBeDefined();
  expect(screen.queryByRole("button", { name: "Break the glass" })).toBeNull();
});

test("what the recorder refuses is said where it belongs", async () => {
  show(<RequestsPage />, { "GET /grants": problem(403, "forbidden", "Your roles do not allow this.", "Seeing requests needs the role operator or investigator.") });
  expect(await screen.findByText("You may not see this")).toBeDefined();
});
