import { useState } from "react";
import { Link } from "react-router";
import { useRoles } from "../../shared/api/session";
import type { PolicyInFull } from "../../shared/api/types";
import { Button } from "../../shared/ui/parts";
import { Advise } from "./Advise";
import { Approve } from "./Approve";
import { actsFor, may } from "./states";
import { Withdraw } from "./Withdraw";

type Open = "advise" | "approve" | "withdraw" | null;

/** What this person may do with this version. */
export function VersionActs({ all }: { all: PolicyInFull }) {
  const roles = useRoles();
  const [open, setOpen] = useState<Open>(null);
  const close = () => { setOpen(null); };
  const { version } = all;
  const acts = actsFor(version, roles);
  return (
    <>
      {acts.includes("advise") ? <Button look={version.advice == null ? "main" : "plain"} onPress={() => { setOpen("advise"); }}>{version.advice == null ? "Advise" : "Advise anew"}</Button> : null}
      {acts.includes("approve") ? <Button look="main" onPress={() => { setOpen("approve"); }}>Approve</Button> : null}
      {acts.includes("withdraw") ? <Button look="danger" onPress={() => { setOpen("withdraw"); }}>Withdraw</Button> : null}
      {may(roles, "draft") ? <Link className="button" to={`/policy/write?from=${version.number}`}>Write a version from this one</Link> : null}
      {open === "advise" ? <Advise version={version} onClose={close} /> : null}
      {open === "approve" ? <Approve version={version} plan={all.reading.plan ?? null} onClose={close} /> : null}
      {open === "withdraw" ? <Withdraw version={version} onClose={close} /> : null}
    </>
  );
}
