import { screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Site } from "../../shared/api/types";
import { problem, show } from "../../shared/testing/recorder";
import { SetUpPage } from "./SetUpPage";

const site: Site = { name: "", setup_needed: true, lab: false, version: "0.1.0", ca_fingerprint: "AA:BB", host_names: ["localhost"], now_90k: 0 };

test("what is missing stands at the top, takes focus, and leads to its field", async () => {
  const { asked, person } = show(<SetUpPage site={site} />, {});
  await person.click(screen.getByRole("button", { name: "Set up this recorder" }));
  const summary = screen.getByRole("alert");
  expect(document.activeElement).toBe(summary);
  await person.click(screen.getByRole("link", { name: "Give the site a name." }));
  expect(document.activeElement).toBe(screen.getByLabelText("Name of the site"));
  expect(asked).toEqual([]);
});

test("a wrong token is said under the token; a right one sets up", async () => {
  let token = "";
  const { asked, person } = show(<SetUpPage site={site} />, {
    "POST /setup": ({ body }) => {
      token = JSON.stringify(body).includes("k7q2m") ? "right" : "wrong";
      return token === "right" ? { status: 204 } : problem(403, "wrong-token", "The set-up token is wrong.", "Type the token that the program printed.", "token");
    },
  });
  await person.type(screen.getByLabelText("Set-up token"), "x");
  await person.type(screen.getByLabelText("Name of the site"), "Town Hall");
  await person.type(screen.getByLabelText("Full name"), "Ada Lovelace");
  await person.type(screen.getByLabelText("Sign-in name"), "ada");
  await person.click(screen.getByRole("button", { name: "Make a password" }));
  await person.click(screen.getByRole("button", { name: "Set up this recorder" }));
  await screen.findByRole("link", { name: "Type the token that the program printed." });
  expect(screen.getByLabelText("Set-up token").getAttribute("aria-invalid")).toBe("true");

  await person.clear(screen.getByLabelText("Set-up token"));
  await person.type(screen.getByLabelText("Set-up token"), "k7q2m");
  await person.click(screen.getByRole("button", { name: "Set up this recorder" }));
  await waitFor(() => { expect(token).toBe("right"); });
  const sent = asked.at(-1)?.body;
  expect(sent).toMatchObject({ site_name: "Town Hall", host_names: ["localhost"], people: [{ sign_in_name: "ada", roles: ["administrator"] }] });
});
