// Passkeys (WebAuthn level 3): what the recorder asks, what the browser does with it, and what went wrong in words. Challenges and answers are
// the JSON of the standard; nothing here looks into them.

import { useQuery } from "@tanstack/react-query";
import { ask, askOrThrow } from "../api/client";
import type { FactorSetUp, NewPasskey, PasskeyChallenge, SecondFactors } from "../api/types";
import { inOneBreath } from "../forms/errors";

/** What came of it: the value, or why there is none. */
type Came<T> = { ok: true; value: T } | { ok: false; words: string };

export const factorsKey = ["second-factors"];

/** What one may show as second factor, and what one could here. */
export const useSecondFactors = () => useQuery({ queryKey: factorsKey, queryFn: ({ signal }) => askOrThrow<SecondFactors>("/session/factors", signal) });

/** Why no passkey can be used here: because of the browser, or as the recorder says; null where one can. */
export function passkeysMissing(factors: SecondFactors): string | null {
  if (typeof PublicKeyCredential === "undefined" || !("parseCreationOptionsFromJSON" in PublicKeyCredential)) return "This browser has no passkeys, or is too old for them.";
  return factors.passkeys_missing ?? null;
}

/** Makes a passkey and adds it; without a name it gets that of the browser. */
export async function addPasskey(name = ""): Promise<Came<FactorSetUp>> {
  const begun = await ask<NewPasskey>("POST", "/session/passkeys");
  if (!begun.ok) return { ok: false, words: inOneBreath(begun.problem) };
  const options = begun.value.options as unknown as PublicKeyCredentialCreationOptionsJSON;
  const made = await asJson(() => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }));
  if (!made.ok) return made;
  const added = await ask<FactorSetUp>("POST", "/session/passkeys/confirm", { name: name.trim() === "" ? begun.value.name : name, credential: made.value });
  return added.ok ? added : { ok: false, words: inOneBreath(added.problem) };
}

/** Has the person show a passkey: the answer to a fresh challenge, for the recorder to judge. */
export async function showPasskey(): Promise<Came<unknown>> {
  const asked = await ask<PasskeyChallenge>("POST", "/session/passkey");
  if (!asked.ok) return { ok: false, words: inOneBreath(asked.problem) };
  const options = asked.value.options as unknown as PublicKeyCredentialRequestOptionsJSON;
  return asJson(() => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }));
}

async function asJson(act: () => Promise<Credential | null>): Promise<Came<unknown>> {
  try {
    const credential = await act();
    return credential instanceof PublicKeyCredential ? { ok: true, value: credential.toJSON() } : { ok: false, words: "The browser gave no passkey." };
  } catch (error) {
    return { ok: false, words: inWords(error) };
  }
}

/** What browsers say in names of errors. */
export function inWords(error: unknown): string {
  const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
  if (name === "InvalidStateError") return "This device holds a passkey of yours for this recorder already.";
  if (/certificate/i.test(message)) return "The browser does not trust the certificate of this recorder, and uses no passkey on such a page. Let it trust the site's certificate first; the sign-in page has it.";
  if (name === "NotAllowedError") return "No passkey was shown: it was cancelled, or took too long. If the browser did not ask at all, it may not trust the certificate of this recorder.";
  if (name === "SecurityError") return "The browser takes no passkey under this host name.";
  return `The browser could not use a passkey: ${message}`;
}
