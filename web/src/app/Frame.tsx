import { useQueryClient } from "@tanstack/react-query";
import { Suspense, useEffect } from "react";
import { Navigate, NavLink, Route, Routes, useLocation, useNavigate } from "react-router";
import { ask } from "../shared/api/client";
import { sessionKey, siteKey, useStrip } from "../shared/api/session";
import type { Session, Site } from "../shared/api/types";
import { Acceptance } from "../features/policy/Acceptance";
import { looks } from "../shared/roles";
import { type Choice, chooseTheme, useThemeChoice } from "../shared/theme";
import { Face, Skeleton } from "../shared/ui/Face";
import { Button } from "../shared/ui/parts";
import { ConfirmDialog } from "../shared/sign-in/ConfirmDialog";
import { EndsSoon } from "./EndsSoon";
import { useWaiting } from "../shared/api/waiting";
import { AccountPage, pages, TuningPage, WaitingPage } from "./pages";
import { StatusStrip } from "./StatusStrip";

const roleWords: Record<string, string> = { operator: "Operator", investigator: "Investigator", approver: "Approver", dpo: "Data protection officer", administrator: "Administrator", owner: "System owner" };
const nextChoice: Record<Choice, Choice> = { page: "dark", dark: "light", light: "page" };
const choiceWords: Record<Choice, string> = { page: "Theme: by page", dark: "Theme: dark", light: "Theme: light" };

/** One left rail, one page, a status strip that speaks only when something is wrong. */
export function Frame({ site, session }: { site: Site; session: Session }) {
  const queries = useQueryClient();
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const strip = useStrip(true);
  const choice = useThemeChoice();
  const waits = useWaiting().data?.acts.length ?? 0;
  const mine = pages.filter((page) => session.pages.includes(page.id));
  const current = pages.find((page) => pathname.startsWith(page.path));
  // Who sees no footage is told sums there, and needs to have accepted nothing for them.
  const tuning = session.person.roles.some((role) => looks.includes(role)) ? <Acceptance><TuningPage /></Acceptance> : <TuningPage />;
  const dark = choice === "page" ? current?.dark === true : choice === "dark";

  useEffect(() => {
    document.documentElement.dataset["theme"] = dark ? "dark" : "light";
    document.title = `${current?.label ?? "Candour"} – ${site.name}`;
  }, [dark, current, site.name]);

  const signOut = async () => {
    await ask("DELETE", "/session");
    // Nobody is signed in: the sign-in page shows at once, and nothing this person saw stays behind.
    queries.setQueryData(sessionKey, null);
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionKey[0] && query.queryKey[0] !== siteKey[0] });
  };

  return (
    <div className="frame">
      <a className="skip" href="#page">Skip to the page</a>
      <nav className="rail" aria-label="Pages">
        <div className="rail-name"><img src="/favicon.svg" alt="" width="26" height="26" /><span>{site.name}</span></div>
        <ul>
          {mine.map((page) => (
            <li key={page.id}><NavLink to={page.path} className="rail-link">{page.label}</NavLink></li>
          ))}
        </ul>
        <div className="rail-foot">
          <Button look="quiet" small onPress={() => { chooseTheme(nextChoice[choice]); }}>{choiceWords[choice]}</Button>
          <div className="rail-person">
            <strong>{session.person.full_name}</strong>
            <span className="small quiet">{session.person.roles.map((role) => roleWords[role] ?? role).join(", ")}</span>
          </div>
          {waits === 0 ? null : <Button look="quiet" small onPress={() => { void navigate("/waiting"); }}>Waiting for you: {waits}</Button>}
          <Button look="quiet" small onPress={() => { void navigate("/account"); }}>Your sign-ins</Button>
          <Button small onPress={() => { void signOut(); }}>Sign out</Button>
        </div>
      </nav>
      <div className="frame-main">
        {site.lab ? <aside className="lab-banner" aria-label="Lab mode">Lab mode: simulated cameras are accepted here. Never run a real site like this.</aside> : null}
        <EndsSoon session={session} />
        <StatusStrip alarms={strip.data?.alarms ?? []} failed={strip.isError} pages={session.pages} />
        <main id="page" className="page" tabIndex={-1}>
          <Suspense fallback={<div className="page-pad"><Skeleton lines={6} /></div>}>
            <Routes>
              {mine.map(({ id, path, footage, Page }) => <Route key={id} path={`${path}/*`} element={footage ? <Acceptance><Page /></Acceptance> : <Page />} />)}
              <Route path="/account" element={<AccountPage />} />
              <Route path="/waiting" element={<WaitingPage />} />
              <Route path="/tuning" element={tuning} />
              <Route path="/" element={<Navigate to={mine[0]?.path ?? "/nothing"} replace />} />
              <Route path="*" element={<Elsewhere known={current?.label ?? null} />} />
            </Routes>
          </Suspense>
        </main>
      </div>
      <ConfirmDialog session={session} />
    </div>
  );
}

/** Who a page is for, when somebody else asks for it. */
const whoseWords: Record<string, string> = {
  Live: "Operators watch live pictures. Administrators and data protection officers see no footage, on purpose.",
  Review: "Investigators look at recorded footage that another person granted; operators at the last minutes of what they watch. Administrators and data protection officers see no footage, on purpose.",
  Requests: "Whoever looks, decides or advises sees requests. Administrators do not: they give nobody footage.",
  Log: "Data protection officers read the log.",
  People: "Administrators manage people.",
};

/** A page that is not there, or not for this person. */
function Elsewhere({ known }: { known: string | null }) {
  if (known === null) return <Face sign="?" title="There is no such page">Choose a page on the left.</Face>;
  return <Face sign="⊘" title={`You may not open ${known}`}>{whoseWords[known] ?? "Your roles do not include it."} An administrator of this site can give you another role.</Face>;
}
