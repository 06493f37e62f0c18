import type { Session } from "../shared/api/types";
import { confirmSignIn } from "../shared/sign-in/confirming";
import { useNow } from "../shared/time/useNow";
import { Button, Notice } from "../shared/ui/parts";
import { When } from "../shared/ui/When";

const MINUTE = 60 * 90_000;
/** How long before its end a sign-in says so. */
const SIGN_IN_SOON = 30 * MINUTE;
/** How long before its end an account says so. */
const ACCOUNT_SOON = 14 * 24 * 60 * MINUTE;

/** What ends soon, said while something can be done about it. It stands above the page and covers no picture. */
export function EndsSoon({ session: { expires_90k: expires, person } }: { session: Session }) {
  const now = useNow(10_000);
  const account = person.ends_90k ?? null;
  return (
    <>
      {expires - now < SIGN_IN_SOON ? (
        <Notice tone="warn">
          <p>Your sign-in ends at <When at={expires} form="short" />. What you watch live goes on; for everything else, confirm that it is still you. <Button small onPress={() => { void confirmSignIn(); }}>Stay signed in</Button></p>
        </Notice>
      ) : null}
      {account !== null && account - now < ACCOUNT_SOON ? <Notice tone="warn">Your account ends on <When at={account} />. If you still need it then, ask an administrator for a later end.</Notice> : null}
    </>
  );
}
