import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Person } from "../../shared/api/types";
import { type Answers, problem, show } from "../../shared/testing/recorder";
import PeoplePage from "./PeoplePage";

const account = (id: string, full: string, over: Partial<Person> = {}): Person => ({ id, sign_in_name: id, full_name: full, roles: ["operator"], created_90k: 0, disabled_90k: null, second_factor_90k: 1, ...over });
const ada = account("ada", "Ada Lovelace", { roles: ["administrator"] });
const people: Answers = {
  "GET /session": { body: { person: ada, pages: ["people"], expires_90k: 0 } },
  "GET /people": { body: [ada, account("bea", "Beatrice Webb")] },
};

test("nobody disables their own account", async () => {
  show(<PeoplePage />, people);
  const own = within((await screen.findByText("Ada Lovelace (you)")).closest("tr") ?? document.body);
  expect(own.queryByRole("button", { name: /Disable/ })).toBeNull();
  expect(screen.getByRole("button", { name: "Disable: Beatrice Webb" })).toBeDefined();
});

test("why two roles do not go together is said before anything is sent", async () => {
  const { person, asked } = show(<PeoplePage />, people);
  await person.click(await screen.findByRole("button", { name: "Add a person" }));
  await person.click(screen.getByRole("checkbox", { name: /Administrator/ }));
  await person.click(screen.getByRole("checkbox", { name: /Operator/ }));
  expect(screen.getByText(/An administrator sees no footage/)).toBeDefined();
  await person.click(screen.getByRole("button", { name: "Add" }));
  expect(asked.every((request) => request.method === "GET")).toBe(true);
});

test("a taken sign-in name is said at its field", async () => {
  const { person } = show(<PeoplePage />, { ...people, "POST /people": problem(409, "exists", "It exists already.", "Somebody has this sign-in name already.", "sign_in_name") });
  await person.click(await screen.findByRole("button", { name: "Add a person" }));
  await person.type(screen.getByLabelText("Full name"), "Beatrice Potter");
  await person.type(screen.getByLabelText("Sign-in name"), "bea");
  await person.click(screen.getByRole("checkbox", { name: /Operator/ }));
  await person.click(screen.getByRole("button", { name: "Make a password" }));
  await person.click(screen.getByRole("button", { name: "Add" }));
  await waitFor(() => { expect(screen.getByLabelText("Sign-in name").getAttribute("aria-invalid")).toBe("true"); });
});

test("disabling asks first, then tells the recorder that and no more", async () => {
  const { person, asked } = show(<PeoplePage />, { ...people, "PATCH /people/bea": { body: account("bea", "Beatrice Webb", { disabled_90k: 1 }) } });
  await person.click(await screen.findByRole("button", { name: "Disable: Beatrice Webb" }));
  await person.click(screen.getByRole("button", { name: "Disable the account" }));
  await waitFor(() => { expect(asked.find((request) => request.method === "PATCH")?.body).toEqual({ disabled: true }); });
});

test("a lost second factor is taken away from others only, and only where there is one", async () => {
  const cy = account("cy", "Cy Twombly", { second_factor_90k: null });
  const { person, asked } = show(<PeoplePage />, { ...people, "GET /people": { body: [ada, account("bea", "Beatrice Webb"), cy] }, "POST /people/bea/reset-factor": { body: account("bea", "Beatrice Webb", { second_factor_90k: null }) } });
  await person.click(await screen.findByRole("button", { name: "Second factor lost: Beatrice Webb" }));
  expect(screen.getAllByRole("button", { name: /Second factor lost/, hidden: true })).toHaveLength(1);
  await person.click(screen.getByRole("button", { name: "Take the second factor away" }));
  await waitFor(() => { expect(asked.some((request) => request.path === "/people/bea/reset-factor")).toBe(true); });
});
