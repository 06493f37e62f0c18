import { Fragment } from "react";

/** Colon-separated hex that breaks between its bytes only, and is copied without anything in between. */
export function Fingerprint({ of }: { of: string }) {
  return <code>{of.split(":").map((byte, at) => <Fragment key={at}>{at === 0 ? "" : ":"}<wbr />{byte}</Fragment>)}</code>;
}
