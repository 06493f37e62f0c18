import { expect, test } from "vitest";
import { template } from "./template";

test("every camera is named, as text of the file, and nothing that only people know is made up", () => {
  const text = template("Hall \"East\"", ["Front door", "Yard \\ gate"]);
  expect(text).toContain("[cameras.\"Front door\"]\nclass = \"public\"");
  expect(text).toContain("[cameras.\"Yard \\\\ gate\"]");
  expect(text).toContain("name = \"Hall \\\"East\\\"\"");
  for (const key of ["jurisdiction", "contact", "system_owner", "reviewed", "aim", "lawful_basis", "keep"]) expect(text).toContain(`\n${key} = ""\n`);
});
