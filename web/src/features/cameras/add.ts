// The form that adds a camera. Pure.

import type { AddCamera } from "../../shared/api/types";
import { faults, type FormError, textFault } from "../../shared/forms/errors";

export interface AddForm {
  name: string;
  address: string;
  port: string;
  user: string;
  password: string;
}

export const emptyAdd: AddForm = { name: "", address: "", port: "80", user: "", password: "" };

/** Fields by the recorder's names, so that its answer finds them. */
export const addFields: readonly string[] = ["name", "address", "onvif_port", "user", "password"];

export const portFault = (typed: string): string | null => {
  const port = Number(typed);
  return typed.trim() === "" || (Number.isInteger(port) && port >= 1 && port <= 65_535) ? null : "A port is a number from 1 to 65535.";
};

export const checkAdd = (form: AddForm): FormError[] =>
  faults([
    ["name", textFault(form.name, 1, 60, "Give the camera a name.")],
    ["address", form.address.trim() === "" ? "Type the camera's IP address, like 10.0.20.31." : null],
    ["onvif_port", portFault(form.port)],
  ]);

export const toAdd = (form: AddForm): AddCamera => ({
  name: form.name.trim(),
  address: form.address.trim(),
  ...(form.port.trim() === "" ? {} : { onvif_port: Number(form.port) }),
  user: form.user.trim(),
  password: form.password,
});

/** What happens while a camera is asked. Only what is known: that it is being asked, and for how long. */
export function askingWords(address: string, secondsSoFar: number): string {
  if (secondsSoFar < 6) return `Asking ${address} who it is.`;
  if (secondsSoFar < 20) return `Still asking ${address}: its make, its services, its addresses, its streams. Cameras answer slowly.`;
  return `${address} is very slow. The recorder gives up by itself after a minute and a half and says what was missing.`;
}
