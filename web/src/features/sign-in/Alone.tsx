import { type ReactNode, useEffect } from "react";
import type { Site } from "../../shared/api/types";
import { useThemeChoice } from "../../shared/theme";

/** A page before anybody is signed in: no rail, one column. */
export function Alone({ site, name, wide = false, children }: { site: Site; name: string; wide?: boolean; children: ReactNode }) {
  const choice = useThemeChoice();
  useEffect(() => {
    document.documentElement.dataset["theme"] = choice === "dark" ? "dark" : "light";
    document.title = name === "Candour" ? name : `Sign in – ${name}`;
  }, [choice, name]);
  return (
    <>
      {site.lab ? <aside className="lab-banner" aria-label="Lab mode">Lab mode: simulated cameras are accepted here. Never run a real site like this.</aside> : null}
      <main className="alone">
        <div className={wide ? "alone-box alone-wide" : "alone-box"}>
          <div className="alone-name"><img src="/favicon.svg" alt="" width="34" height="34" /><span>{name}</span></div>
          {children}
          <p className="alone-foot small quiet">Candour {site.version}</p>
        </div>
      </main>
    </>
  );
}
