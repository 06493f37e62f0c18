import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Site } from "../../shared/api/types";
import { type Answers, problem, show } from "../../shared/testing/recorder";
import { SignInPage } from "./SignInPage";

const site: Site = { name: "Town Hall", setup_needed: false, lab: true, version: "0.1.0", ca_fingerprint: "AA:BB", host_names: [], now_90k: 0 };

test.each<[string, Answers, string]>([
  ["wrong", { "POST /session": problem(401, "wrong-password", "The name or the password is wrong.", "Check both and try again.") }, "The name or the password is wrong. Check both and try again."],
  ["tried too often", { "POST /session": problem(429, "too-many-requests", "Too many attempts.", "Too many attempts to sign in with this name. Wait 24 seconds, then try again.") }, "Wait 24 seconds"],
  ["out of reach", {}, "The recorder cannot be reached from this page."],
])("%s: said in words, and the password is typed again", async (_, answers, words) => {
  const { person } = show(<SignInPage site={site} />, answers);
  await person.type(screen.getByLabelText("Name"), "ada");
  await person.type(screen.getByLabelText("Password"), "anything{Enter}");
  expect((await screen.findByRole("alert")).textContent).toContain(words);
  expect(screen.getByLabelText<HTMLInputElement>("Password").value).toBe("");
});

test("lab mode is said, and the certificate can be had before signing in", () => {
  show(<SignInPage site={site} />, {});
  expect(screen.getByLabelText("Lab mode").textContent).toContain("simulated cameras");
  expect(screen.getByText("AA:BB")).toBeDefined();
  expect(screen.getByText("Download the site's certificate (ca.crt)").getAttribute("href")).toBe("/ca.crt");
});
