import { Link } from "react-router";
import { usePolicies } from "../../shared/api/policy";
import type { CertificateInFull as Certificate } from "../../shared/api/types";
import { bytes, interval } from "../../shared/time/format";
import { wallTicks } from "../../shared/time/units";
import { Disclosure } from "../../shared/ui/Disclosure";
import { Loaded } from "../../shared/ui/Loaded";
import { Button, Modal } from "../../shared/ui/parts";
import { When } from "../../shared/ui/When";
import { useCertificate } from "./api/holds";

/** One certificate in full, and its file for strangers. */
export function CertificateInFull({ segment, onClose }: { segment: string; onClose: () => void }) {
  const found = useCertificate(segment);
  return (
    <Modal title="Certificate of deletion" onClose={onClose}>
      <div className="stack">
        <Loaded of={found} what="the certificate" lines={6}>{(certificate) => <Found full={certificate} />}</Loaded>
        <div className="form-actions"><Button onPress={onClose} autoFocus>Close</Button></div>
      </div>
    </Modal>
  );
}

const Maybe = ({ at, none }: { at: number | null | undefined; none: string }) => (at == null ? <span className="quiet">{none}</span> : <When at={at} />);

/** The version of the policy with that digest; one of before there were versions, or of another recorder, has only the digest. */
function VersionOf({ hash }: { hash: string | null }) {
  const version = usePolicies(60_000).data?.versions.find((one) => one.hash === hash);
  if (hash === null) return <>Not known</>;
  return <>{version === undefined ? null : <Link to={`/policy/${version.number}`}>Version {version.number}</Link>} <span className="mono small">{hash}</span></>;
}

function Found({ full }: { full: Certificate }) {
  const one = full.certificate;
  return (
    <>
      <dl className="facts">
        <dt>Camera</dt><dd>{one.camera_name}{full.stream == null ? "" : full.stream === "sub" ? ", small picture" : ", full picture"}</dd>
        <dt>Footage</dt><dd className="tabular">{interval(wallTicks(one.start_90k), wallTicks(one.end_90k))}, {bytes(one.bytes)}</dd>
        <dt>Rule</dt><dd>{one.rule} <span className="quiet small mono">{full.rule_id}</span></dd>
        <dt>Due</dt><dd><When at={one.due_90k} /></dd>
        <dt>Decided</dt><dd><When at={full.intended_at_90k} /></dd>
        <dt>Unreadable since</dt><dd><Maybe at={one.unreadable_at_90k} none="Not yet" /></dd>
        <dt>File removed</dt><dd><Maybe at={one.unlinked_at_90k} none="Not yet" /></dd>
        <dt>Backups until</dt><dd><Maybe at={full.backups_until_90k} none="No backup of the keyring holds its key" /></dd>
        <dt>Erased on the medium</dt><dd>{full.erased_by_90k == null ? <span className="quiet">Claimed once the epoch key is replaced, within a day</span> : <>since <When at={full.erased_by_90k} /> at the latest</>}</dd>
        <dt>Segment</dt><dd className="mono small">{one.segment}</dd>
        <dt>Sealed digest</dt><dd className="mono small">{full.sealed_digest ?? "The file was never whole"}</dd>
        <dt>Purpose</dt><dd className="mono small">{full.purpose ?? "Not known"}</dd>
        <dt>Policy version</dt><dd><VersionOf hash={full.policy ?? null} /></dd>
        <dt>Log entry</dt><dd>{one.entry ?? "Not yet"}</dd>
      </dl>
      {full.text == null ? <p className="quiet">The deletion is not finished, so there is no certificate yet.</p> : (
        <>
          <p><a className="button" href={`/api/v1/certificates/${one.segment}/file`} download>Download as a file</a></p>
          <p className="quiet small">Anybody can check the file with <span className="mono">candour-verify certificate</span>, without this recorder. It says nothing about other footage.</p>
          <Disclosure title="Its text in the log"><div className="raw"><pre>{full.text}</pre></div></Disclosure>
        </>
      )}
      <Disclosure title="What a certificate does not prove"><ul className="hold-acts">{full.does_not_prove.map((words) => <li key={words}>{words}</li>)}</ul></Disclosure>
    </>
  );
}
