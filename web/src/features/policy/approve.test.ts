import { expect, test } from "vitest";
import { fromDate, plus, seconds, toLocal } from "../../shared/time/units";
import { type Approvable, type ApproveForm, checkApprove, emptyApprove, isEarly, toApproval } from "./approve";

const now = fromDate(new Date("2026-11-23T12:00:00Z"));
const tomorrow = plus(now, seconds(86_400));
const deletes: Approvable = { now, usual: tomorrow, advised: true };
const inAnHour = toLocal(plus(now, seconds(3600)));
const form = (over: Partial<ApproveForm>): ApproveForm => ({ ...emptyApprove, reason: "As decided in November.", follows: "yes", ...over });

test.each<[string, Partial<ApproveForm>, Approvable, string[]]>([
  ["with a reason, the advice followed", {}, deletes, []],
  ["without a reason", { reason: " " }, deletes, ["reason"]],
  ["nothing said of the advice", { follows: "" }, deletes, ["follows_advice"]],
  ["there is no advice", { follows: "" }, { ...deletes, advised: false }, []],
  ["not followed, without a reason", { follows: "no" }, deletes, ["departure"]],
  ["not followed, with a reason", { follows: "no", departure: "The court asked for it." }, deletes, []],
  ["sooner than a day, without a reason", { from: inAnHour }, deletes, ["early"]],
  ["sooner than a day, with a reason that says nothing", { from: inAnHour, early: "soon" }, deletes, ["early"]],
  ["sooner than a day, with a reason", { from: inAnHour, early: "The court ordered it." }, deletes, []],
  ["later than the usual time", { from: toLocal(plus(now, seconds(2 * 86_400))) }, deletes, []],
  ["in a year and more", { from: "2027-12-24T00:00" }, deletes, ["from_90k"]],
  ["no time", { from: "tomorrow" }, deletes, ["from_90k"]],
])("%s", (_, over, of, fields) => {
  expect(checkApprove(form(over), of).map((error) => error.field)).toEqual(fields);
});

test("what deletes nothing may take force at once", () => {
  expect(isEarly(form({ from: toLocal(now) }), { now, usual: now, advised: true })).toBe(false);
});

test("only what was asked for is sent", () => {
  const left = { departure: "left over", early: "left over" };
  expect(toApproval(form(left), deletes)).toEqual({ reason: "As decided in November.", follows_advice: true });
  expect(toApproval(form({ ...left, follows: "" }), { ...deletes, advised: false })).toEqual({ reason: "As decided in November." });
  expect(toApproval(form({ follows: "no", departure: " The court. ", from: inAnHour, early: " It expires. " }), deletes)).toEqual({
    reason: "As decided in November.", follows_advice: false, departure: "The court.", from_90k: now + 3600 * 90_000, early: "It expires.",
  });
});
