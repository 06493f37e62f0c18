import { expect, test } from "vitest";
import { proseParts } from "./prose";

const section = (rule: string) => ({ rule, heading: rule, paragraphs: [] });

test("sections stand in their part, none is lost, and no part is empty", () => {
  const parts = proseParts(["cameras.\"Front door\"", "controller", "purposes.a", "charter", "register"].map(section));
  expect(parts.map((part) => [part.name, part.sections.map((each) => each.rule)])).toEqual([
    ["The site", ["controller", "charter"]],
    ["What recording is for", ["purposes.a"]],
    ["Camera by camera", ["cameras.\"Front door\""]],
    ["Besides", ["register"]],
  ]);
});
