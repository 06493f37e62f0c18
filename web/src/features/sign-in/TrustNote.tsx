import type { Site } from "../../shared/api/types";
import { Disclosure } from "../../shared/ui/Disclosure";
import { Fingerprint } from "../../shared/ui/Fingerprint";

/** Why a browser warns here, and how it stops: compare, download, trust. */
export function TrustNote({ site, open = false }: { site: Site; open?: boolean }) {
  const fingerprint = site.ca_fingerprint ?? null;
  if (fingerprint === null) {
    return <p className="quiet">This recorder uses a certificate of your own authority, so browsers of your organisation trust it already. If one warns, ask whoever issued the certificate.</p>;
  }
  return (
    <div className="stack-small">
      <p>This recorder made a certificate authority of its own for this site. Browsers warn until they know it. Trust it once on each computer, and the warning is gone.</p>
      <ol className="steps">
        <li><a href="/ca.crt" download="candour-site-ca.crt">Download the site's certificate (ca.crt)</a></li>
        <li>Compare its SHA-256 fingerprint with the one the terminal printed at the start. They must be the same:<span className="fingerprint"><Fingerprint of={fingerprint} /></span></li>
        <li>Trust it as described below, then open this page again.</li>
      </ol>
      <div>
        <Disclosure title="Windows (Edge, Chrome)" open={open}><p>Open ca.crt, choose <em>Install Certificate</em>, then <em>Local Machine</em> and the store <em>Trusted Root Certification Authorities</em>. Restart the browser.</p></Disclosure>
        <Disclosure title="macOS (Safari, Chrome)"><p>Open ca.crt in Keychain Access, add it to <em>System</em>, open it there and set <em>When using this certificate</em> to <em>Always Trust</em>.</p></Disclosure>
        <Disclosure title="Linux (Debian, Ubuntu)"><p>Copy it to <code>/usr/local/share/ca-certificates/candour.crt</code> and run <code>sudo update-ca-certificates</code>. Chrome keeps a list of its own: Settings, Privacy and security, Security, Manage certificates, Authorities, Import.</p></Disclosure>
        <Disclosure title="Firefox, on every system"><p>Settings, Privacy &amp; Security, Certificates, View Certificates, Authorities, Import. Choose <em>Trust this CA to identify websites</em>.</p></Disclosure>
      </div>
      <p className="quiet small">The authority may vouch for the names of this recorder only, and for no other site.</p>
    </div>
  );
}
