import { useState } from "react";
import { Link } from "react-router";
import { useSession } from "../../shared/api/session";
import type { Certificate } from "../../shared/api/types";
import { bytes, interval } from "../../shared/time/format";
import { wallTicks } from "../../shared/time/units";
import { Badge, Button, Panel } from "../../shared/ui/parts";
import { Scroll } from "../../shared/ui/Scroll";
import { When } from "../../shared/ui/When";
import { CertificateInFull } from "./CertificateInFull";
import { step } from "./promise";

/** What remains of footage that was destroyed: what it covered, which rule, when it became unreadable. Newest first. */
export function Certificates({ certificates }: { certificates: Certificate[] }) {
  const readsLog = useSession().data?.pages.includes("log") ?? false;
  const [shown, setShown] = useState<string | null>(null);
  if (certificates.length === 0) return <Panel title="Certificates of deletion"><p className="quiet">Nothing was deleted yet. When footage reaches its promised end, its key is destroyed, its file removed, and a certificate stands here and in the log.</p></Panel>;
  return (
    <section className="panel panel-flush">
      <h2 className="table-title">Certificates of deletion <span className="quiet small">newest {certificates.length}</span></h2>
      <Scroll label="Certificates of deletion">
        <table className="table">
          <thead>
            <tr><th scope="col">Footage</th><th scope="col">Rule</th><th scope="col">Step</th><th scope="col">Due</th><th scope="col">Unreadable since</th><th scope="col">File removed</th></tr>
          </thead>
          <tbody>{certificates.map((certificate) => <Row key={certificate.segment} certificate={certificate} readsLog={readsLog} onShow={() => { setShown(certificate.segment); }} />)}</tbody>
        </table>
      </Scroll>
      {shown === null ? null : <CertificateInFull segment={shown} onClose={() => { setShown(null); }} />}
    </section>
  );
}

function Row({ certificate, readsLog, onShow }: { certificate: Certificate; readsLog: boolean; onShow: () => void }) {
  const at = step(certificate);
  const entry = certificate.entry ?? null;
  return (
    <tr>
      <th scope="row">
        {certificate.camera_name}
        <span className="small quiet tabular">{interval(wallTicks(certificate.start_90k), wallTicks(certificate.end_90k))}</span>
        <span className="small quiet">{bytes(certificate.bytes)}, segment <span className="mono">{certificate.segment}</span></span>
      </th>
      <td className="rule">{certificate.rule}</td>
      <td>
        <Badge tone={at.tone}>{at.words}</Badge>
        <p className="small no-wrap">{entry === null ? <span className="quiet">No log entry yet</span> : readsLog ? <Link to={`/log?entry=${entry}`}>Log entry {entry}</Link> : `Log entry ${entry}`}</p>
        <p><Button small aria-label={`Show the certificate in full: ${certificate.camera_name}, segment ${certificate.segment}`} onPress={onShow}>In full</Button></p>
        {certificate.failing == null ? null : <p className="small failing">{certificate.failing}</p>}
      </td>
      <td><When at={certificate.due_90k} form="cell" /></td>
      <td>{certificate.unreadable_at_90k == null ? <span className="quiet">Not yet</span> : <When at={certificate.unreadable_at_90k} form="cell" />}</td>
      <td>{certificate.unlinked_at_90k == null ? <span className="quiet">Not yet</span> : <When at={certificate.unlinked_at_90k} form="cell" />}</td>
    </tr>
  );
}
