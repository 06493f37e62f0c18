// Looking for cameras: the form, the words, and adding several one after the other. Pure.

import type { AddCamera, CameraSearch, FoundDevice, StartSearch } from "../../shared/api/types";
import { faults, type FormError, textFault } from "../../shared/forms/errors";
import { portFault } from "./add";

export interface FindForm {
  range: string;
  port: string;
}

export const emptyFind: FindForm = { range: "", port: "80" };

export const findFields: readonly string[] = ["range", "onvif_port"];

export const checkFind = (form: FindForm): FormError[] =>
  faults([
    ["range", form.range.trim() === "" ? "Type a network like 10.0.20.0/24, or a range like 10.0.20.10-80." : null],
    ["onvif_port", portFault(form.port)],
  ]);

export const toFind = (form: FindForm): StartSearch => ({
  range: form.range.trim(),
  ...(form.port.trim() === "" ? {} : { onvif_port: Number(form.port) }),
});

const devices = (count: number): string => (count === 1 ? "1 device" : `${count} devices`);

/** How a search stands, in a sentence. */
export function searchWords(search: CameraSearch): string {
  const found = search.found.length === 0 ? "nothing answered" : `${devices(search.found.length)} answered`;
  if (search.ended_90k == null) return `Calling ${search.range}: ${search.looked_at} of ${search.addresses} addresses, ${found} so far.`;
  if (search.stopped) return `Stopped after ${search.looked_at} of ${search.addresses} addresses of ${search.range}: ${found}.`;
  return `All ${search.addresses} addresses of ${search.range} were called: ${found}.`;
}

/** What may be added: a device that is no camera here yet and that nothing refuses. */
export const addable = (device: FoundDevice): boolean => device.camera == null && !device.refused;

/** The longest name a camera may have. */
const LONGEST_NAME = 60;

/** A name to begin with: what the device calls itself, and where it is, for ten of one model hang in a building. */
export const nameFor = (device: FoundDevice): string => {
  const own = device.says[0] ?? "Camera";
  const where = ` ${device.address}`;
  return `${Array.from(own).slice(0, LONGEST_NAME - where.length).join("").trim()}${where}`;
};

export interface Credentials {
  user: string;
  password: string;
}

export const toAdd = (device: FoundDevice, name: string, { user, password }: Credentials): AddCamera => ({
  name: name.trim(), address: device.address, onvif_port: device.onvif_port, user: user.trim(), password,
});

/** Faults of the names of those chosen, by address. */
export function nameFaults(names: ReadonlyMap<string, string>): FormError[] {
  const seen = new Set<string>();
  return [...names].flatMap(([address, name]) => {
    const words = textFault(name, 1, LONGEST_NAME, `Give the camera at ${address} a name.`) ?? (seen.has(name.trim()) ? `Two cameras would be called ${name.trim()}.` : null);
    seen.add(name.trim());
    return words === null ? [] : [{ field: address, words }];
  });
}
