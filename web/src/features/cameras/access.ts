import type { CameraDetail } from "../../shared/api/types";

type Access = CameraDetail["access"];

/** Whose password the camera has. */
export const passwordName: Record<Access["password"], string> = {
  typed: "Typed in by a person",
  recorder: "Set by the recorder; nobody knows it",
  being_set: "Being set",
};

/** What whoever removes a camera should know of its password; null where it is one that people know. */
export function knownToNobody({ password }: Pick<Access, "password">): string | null {
  if (password === "typed") return null;
  return "Its password is known to this recorder only. Before you remove it, set a password at the camera itself and type it in here; otherwise the camera must be reset to factory settings before anybody can log in to it again.";
}

/** Why the recorder does not offer to set one; null where it does. */
export function whyNotOffered({ access, outcome }: Pick<CameraDetail, "access" | "outcome">): string | null {
  if (access.may_set_password) return null;
  if (access.password === "being_set") return "The recorder is finding out which of two passwords the camera takes. Both are kept until one is proved.";
  if (access.tls_key == null) return "The recorder asks this camera in clear, and a password sent that way can be read on the wire. Switch HTTPS on in the camera, remove it here and add it again by its HTTPS port.";
  return outcome === "refused" || outcome === "quarantined" ? "The gate does not know this device as the camera it should be, so it is given no password." : null;
}

/** Hex with a colon between its bytes. */
export const inBytes = (hex: string) => hex.match(/../g)?.join(":") ?? "";
