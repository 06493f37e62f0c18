import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { show } from "../../shared/testing/recorder";
import WaitingPage from "./WaitingPage";

test("each act leads to the page on which it is decided", async () => {
  show(<WaitingPage />, { "GET /waiting": { body: { acts: [
    { kind: "request", words: "Ines asks for footage: 2026-114.", by: "Ines", since_90k: 90_000, page: "/requests" },
    { kind: "lists", words: "Version 7 of the vetting lists waits for two people.", by: null, since_90k: 180_000, page: "/system/lists" },
  ] } } });
  expect((await screen.findByRole("link", { name: "Ines asks for footage: 2026-114." })).getAttribute("href")).toBe("/requests");
  expect(screen.getByRole("link", { name: /^Version 7/ }).getAttribute("href")).toBe("/system/lists");
  expect(screen.getByText("–")).toBeDefined();
});

test("nothing is said to be nothing", async () => {
  show(<WaitingPage />, { "GET /waiting": { body: { acts: [] } } });
  expect(await screen.findByText("Nothing waits for you.")).toBeDefined();
});
