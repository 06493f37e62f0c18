import type { SignInShown } from "../api/types";
import { Badge, Button } from "../ui/parts";
import { Scroll } from "../ui/Scroll";
import { When } from "../ui/When";

/** Sign-ins of a person, newest use first. */
export function SignIns({ of, busy, onEnd }: { of: readonly SignInShown[]; busy: boolean; onEnd: (signIn: SignInShown) => void }) {
  if (of.length === 0) return <p className="quiet">Nobody is signed in with this account.</p>;
  return (
    <Scroll label="Sign-ins">
      <table className="table">
        <thead><tr><th scope="col">Where</th><th scope="col">Started</th><th scope="col">Last used</th><th scope="col">Ends</th><th scope="col">End it</th></tr></thead>
        <tbody>
          {of.map((signIn) => (
            <tr key={signIn.id}>
              <th scope="row">{signIn.browser}<span className="small quiet">{signIn.address}</span></th>
              <td><When at={signIn.created_90k} form="cell" /></td>
              <td><When at={signIn.last_used_90k} form="cell" /></td>
              <td>{signIn.complete ? <When at={signIn.expires_90k} form="cell" /> : <Badge tone="warn">Password only</Badge>}</td>
              <td>{signIn.this ? <Badge tone="info">This one</Badge> : <Button small isDisabled={busy} aria-label={`End: ${signIn.browser} at ${signIn.address}`} onPress={() => { onEnd(signIn); }}>End</Button>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
