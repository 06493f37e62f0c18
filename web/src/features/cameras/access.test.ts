import { describe, expect, it } from "vitest";
import { knownToNobody, whyNotOffered } from "./access";

const access = { tls_key: "ab".repeat(32), password: "typed" as const, password_set_90k: null, may_set_password: false };

describe("a password of the recorder's own", () => {
  it("is offered, or it is said why not", () => {
    expect(whyNotOffered({ access: { ...access, may_set_password: true }, outcome: "accepted" })).toBeNull();
    expect(whyNotOffered({ access: { ...access, tls_key: null }, outcome: "accepted" })).toMatch(/in clear.*Switch HTTPS on/);
    expect(whyNotOffered({ access, outcome: "quarantined" })).toMatch(/given no password/);
    expect(whyNotOffered({ access: { ...access, password: "being_set" }, outcome: "accepted" })).toMatch(/Both are kept/);
  });

  it("is lost with the camera, which is said before it is removed", () => {
    expect(knownToNobody({ password: "typed" })).toBeNull();
    for (const password of ["recorder", "being_set"] as const) expect(knownToNobody({ password })).toMatch(/this recorder only.*factory settings/);
  });
});
