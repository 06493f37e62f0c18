import { screen, waitFor } from "@testing-library/react";
import { useState } from "react";
import { expect, test } from "vitest";
import { ask } from "../api/client";
import type { Session } from "../api/types";
import { type Answers, problem, show } from "../testing/recorder";
import { ConfirmDialog } from "./ConfirmDialog";

const session: Session = { person: { id: "p", sign_in_name: "ada", full_name: "Ada", roles: ["approver"], created_90k: 0 }, recovery_codes_left: 9, pages: [], expires_90k: 0 };
const wanted = problem(403, "confirm-sign-in", "Confirm that it is you.", "This asks for your password and second factor again.");

/** A page with two acts, and what came of the last one. */
function Acts() {
  const [there, setThere] = useState(true);
  const [came, setCame] = useState("");
  const act = async (path: string) => {
    const answer = await ask("POST", path, { words: "yes" });
    setCame((before) => `${before} ${answer.ok ? "done" : answer.problem.kind}`);
  };
  return (
    <>
      <button onClick={() => { void act("/one"); void act("/two"); }}>Act</button>
      <output>{came}</output>
      <button onClick={() => { setThere(!there); }}>Sign in anew</button>
      {there ? <ConfirmDialog session={session} /> : null}
    </>
  );
}

/** Refuses until password and code were shown. */
function recorder(): Answers {
  let shown = false;
  const act = () => (shown ? { status: 204 } : wanted);
  return {
    "POST /one": act,
    "POST /two": act,
    "POST /session/confirm": ({ body }) => {
      if (!JSON.stringify(body).includes("right horse")) return problem(403, "wrong-code", "The code is wrong.", "The password is wrong.", "password");
      shown = true;
      return { body: session };
    },
  };
}

test("asked once for two acts; a wrong password is said at its field; then both are done", async () => {
  const { person, asked } = show(<Acts />, recorder());
  await person.click(screen.getByRole("button", { name: "Act" }));
  await person.type(await screen.findByLabelText("Your password"), "wrong horse");
  await person.type(screen.getByLabelText("Code"), "123456{Enter}");
  await screen.findByRole("link", { name: "The password is wrong." });
  await person.clear(screen.getByLabelText("Your password"));
  await person.type(screen.getByLabelText("Your password"), "right horse");
  await person.type(screen.getByLabelText("Code"), "123457{Enter}");
  await waitFor(() => { expect(screen.getByRole("status").textContent).toBe(" done done"); });
  expect(asked.filter((request) => request.path === "/session/confirm").map((request) => request.body)).toEqual([
    { password: "wrong horse", code: "123456" },
    { password: "right horse", code: "123457" },
  ]);
  expect(asked.filter((request) => request.path === "/one").map((request) => request.body)).toEqual([{ words: "yes" }, { words: "yes" }]);
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("whoever cancels has done nothing, and is asked again the next time", async () => {
  const { person, asked } = show(<Acts />, recorder());
  for (const times of [1, 2]) {
    await person.click(screen.getByRole("button", { name: "Act" }));
    await person.click(await screen.findByRole("button", { name: "Cancel" }));
    await waitFor(() => { expect(screen.getByRole("status").textContent).toBe(" /problems/confirm-sign-in".repeat(2 * times)); });
  }
  expect(asked.some((request) => request.path === "/session/confirm")).toBe(false);
});

test("a dialog that went with its page is asked for again on the next", async () => {
  const { person } = show(<Acts />, recorder());
  await person.click(screen.getByRole("button", { name: "Act" }));
  await screen.findByRole("dialog");
  const anew = screen.getByRole("button", { name: "Sign in anew", hidden: true });
  anew.click();
  await waitFor(() => { expect(screen.getByRole("status").textContent).toBe(" /problems/confirm-sign-in".repeat(2)); });
  anew.click();
  await person.click(await screen.findByRole("button", { name: "Act" }));
  expect(await screen.findByRole("dialog")).toBeDefined();
});
