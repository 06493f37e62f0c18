import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { sessionKey, useSession, useSite } from "../shared/api/session";
import { problemOf } from "../shared/api/client";
import { ProblemFace, Skeleton } from "../shared/ui/Face";
import { CodePage } from "../features/sign-in/CodePage";
import { FactorPage } from "../features/sign-in/FactorPage";
import { RecoveryCodes } from "../features/sign-in/RecoveryCodes";
import { SetUpPage } from "../features/sign-in/SetUpPage";
import { SignInPage } from "../features/sign-in/SignInPage";
import { Frame } from "./Frame";

/** Set-up first, then sign-in in two steps, then the house. */
export function Gate() {
  const queries = useQueryClient();
  // Told once: they stay on the screen until they are kept, whatever else is asked meanwhile.
  const [codes, setCodes] = useState<string[] | null>(null);
  const site = useSite();
  const session = useSession();
  if (site.isPending || session.isPending) return <main className="alone"><Skeleton label="Opening Candour" /></main>;
  if (site.isError) return <main className="alone"><ProblemFace problem={problemOf(site.error)} /></main>;
  if (session.isError) return <main className="alone"><ProblemFace problem={problemOf(session.error)} /></main>;
  if (site.data.setup_needed) return <SetUpPage site={site.data} />;
  if (codes !== null) {
    // The session first: as long as it says that a factor is missing, the page behind this one would ask for another.
    const kept = () => { void queries.invalidateQueries({ queryKey: sessionKey }).then(() => { setCodes(null); }); };
    return <RecoveryCodes site={site.data} codes={codes} onKept={kept} />;
  }
  if (session.data === null) return <SignInPage site={site.data} />;
  if (session.data.lacks === "code") return <CodePage site={site.data} session={session.data} />;
  if (session.data.lacks === "second_factor") return <FactorPage site={site.data} onCodes={setCodes} />;
  return <Frame site={site.data} session={session.data} />;
}
