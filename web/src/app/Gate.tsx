import { useSession, useSite } from "../shared/api/session";
import { problemOf } from "../shared/api/client";
import { ProblemFace, Skeleton } from "../shared/ui/Face";
import { SetUpPage } from "../features/sign-in/SetUpPage";
import { SignInPage } from "../features/sign-in/SignInPage";
import { Frame } from "./Frame";

/** Set-up first, then sign-in, then the house. */
export function Gate() {
  const site = useSite();
  const session = useSession();
  if (site.isPending || session.isPending) return <main className="alone"><Skeleton label="Opening Candour" /></main>;
  if (site.isError) return <main className="alone"><ProblemFace problem={problemOf(site.error)} /></main>;
  if (session.isError) return <main className="alone"><ProblemFace problem={problemOf(session.error)} /></main>;
  if (site.data.setup_needed) return <SetUpPage site={site.data} />;
  if (session.data === null) return <SignInPage site={site.data} />;
  return <Frame site={site.data} session={session.data} />;
}
