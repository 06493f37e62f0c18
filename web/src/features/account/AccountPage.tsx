import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { actOrThrow, askOrThrow, problemOf } from "../../shared/api/client";
import { useSession } from "../../shared/api/session";
import type { Session, SignInShown } from "../../shared/api/types";
import { inOneBreath } from "../../shared/forms/errors";
import { SignIns } from "../../shared/sign-in/SignIns";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Button, Notice, Panel } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { Passkeys } from "./Passkeys";

const key = ["sign-ins"];
/** Fewer codes than this are said. */
const FEW = 4;

/** One's own account: where it is signed in, and what it is signed in with. */
export default function AccountPage() {
  const queries = useQueryClient();
  const session = useSession().data ?? null;
  const signIns = useQuery({ queryKey: key, queryFn: ({ signal }) => askOrThrow<SignInShown[]>("/sessions", signal) });
  const end = useMutation({
    mutationFn: (id: string | null) => actOrThrow("DELETE", id === null ? "/sessions" : `/sessions/${id}`),
    onSuccess: () => queries.invalidateQueries({ queryKey: key }),
  });
  return (
    <Page title="Your sign-ins" lead="Where you are signed in now. End what you do not know, and tell an administrator: somebody may have your password.">
      {session === null ? null : <Facts session={session} />}
      <Passkeys />
      {end.isError ? <Notice tone="bad">{inOneBreath(problemOf(end.error))}</Notice> : null}
      <Panel title="Signed in now" flush actions={<Button small isDisabled={end.isPending || (signIns.data ?? []).length < 2} onPress={() => { end.mutate(null); }}>End all others</Button>}>
        <Loaded of={signIns} what="your sign-ins" lines={3}>{(all) => <SignIns of={all} busy={end.isPending} onEnd={(signIn) => { end.mutate(signIn.id); }} />}</Loaded>
      </Panel>
    </Page>
  );
}

function Facts({ session: { person, recovery_codes_left: left } }: { session: Session }) {
  const codes = left ?? null;
  return (
    <Panel title={person.full_name}>
      <dl className="facts">
        <dt>Sign-in name</dt><dd>{person.sign_in_name}</dd>
        <dt>Second factor</dt><dd>{person.second_factor_90k == null ? "None" : <>since <When at={person.second_factor_90k} /></>}</dd>
        {codes === null ? null : <><dt>Recovery codes left</dt><dd>{codes}{codes < FEW ? ". When they are gone and the authenticator is lost, only an administrator can help: ask for a reset in time, and you get new ones." : ""}</dd></>}
        <dt>Account ends</dt><dd>{person.ends_90k == null ? "No end is set" : <When at={person.ends_90k} />}</dd>
      </dl>
    </Panel>
  );
}
