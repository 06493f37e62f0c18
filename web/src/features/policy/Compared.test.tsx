import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../../shared/testing/recorder";
import { Compared } from "./Compared";

test("what is gone and what is new are said in words as well", () => {
  show(<Compared older={"a\nkeep = 7\nc\n"} newer={"a\nkeep = 6\nc\n"} label="Changes" />, {});
  expect(screen.getByText("1 line new, 1 line gone.")).toBeDefined();
  const rows = within(screen.getByRole("region", { name: "Changes" })).getAllByRole("row").map((row) => row.textContent);
  expect(rows).toEqual(["BeforeAfterChangeLine", "11a", "2−Gonekeep = 7", "2+Newkeep = 6", "33c"]);
});

test("nothing changed reads as that", () => {
  show(<Compared older="a" newer="a" label="Changes" />, {});
  expect(screen.getByText("The two files are the same.")).toBeDefined();
});
