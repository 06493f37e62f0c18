import { expect, test } from "vitest";

import { pageMillis } from "../shared/time/units";
import { FirstPicture } from "./first-picture";

const at = pageMillis;

test("the time counts from the first unit that is decoded, not from the configuration", () => {
  const first = new FirstPicture();
  first.configured("hvc1");
  expect(first.overdue(at(60_000))).toBe(false);
  first.decoded(at(60_000));
  first.decoded(at(61_500));
  expect(first.overdue(at(61_999))).toBe(false);
  expect(first.overdue(at(62_000))).toBe(true);
});

test("it begins anew with a configuration, and after what interrupts it", () => {
  const first = new FirstPicture();
  first.configured("hvc1");
  first.decoded(at(0));
  first.interrupted();
  expect(first.overdue(at(9000))).toBe(false);
  first.decoded(at(9000));
  first.configured("hvc1");
  expect(first.overdue(at(20_000))).toBe(false);
  first.decoded(at(20_000));
  expect(first.overdue(at(21_999))).toBe(false);
  expect(first.overdue(at(22_000))).toBe(true);
});

test("a coding of which something was shown is not judged again, another one is", () => {
  const first = new FirstPicture();
  first.configured("avc1");
  first.decoded(at(0));
  first.painted();
  expect(first.overdue(at(9000))).toBe(false);
  first.configured("avc1");
  first.decoded(at(9000));
  expect(first.overdue(at(19_000))).toBe(false);
  first.configured("hvc1");
  first.decoded(at(19_000));
  expect(first.overdue(at(21_000))).toBe(true);
});
