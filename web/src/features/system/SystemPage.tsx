import "./system.css";
import { Link, Route, Routes } from "react-router";
import { useSite } from "../../shared/api/session";
import type { System } from "../../shared/api/types";
import { useSystem } from "../../shared/api/system";
import { Fingerprint } from "../../shared/ui/Fingerprint";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Panel } from "../../shared/ui/parts";
import { span } from "../../shared/time/format";
import { useNow } from "../../shared/time/useNow";
import { between, wallTicks } from "../../shared/time/units";
import { When } from "../../shared/ui/When";
import { CheckPanel } from "./CheckPanel";
import { Lists } from "./Lists";
import { ListsPage } from "./ListsPage";
import { LogPanel } from "./LogPanel";
import { StoragePanel } from "./StoragePanel";
import { TablesPage } from "./TablesPage";

export default function SystemPage() {
  return (
    <Routes>
      <Route index element={<Overview />} />
      <Route path="lists" element={<ListsPage />} />
      <Route path="tables" element={<TablesPage />} />
    </Routes>
  );
}

function Overview() {
  const system = useSystem();
  return (
    <Page title="System" lead="The recorder, its storage, its log and the lists it judges cameras by.">
      <Loaded of={system} what="the system" lines={8}>{(found) => <Found system={found} />}</Loaded>
    </Page>
  );
}

function Found({ system }: { system: System }) {
  return (
    <>
      {system.storage.map((storage) => <StoragePanel key={storage.directory} storage={storage} />)}
      <CheckPanel />
      <div className="halves">
        <LogPanel log={system.log} />
        <Recorder system={system} />
      </div>
      <Lists lists={system.lists} />
      <p className="row"><Link to="/system/lists">New lists, and whose signatures count</Link><Link to="/system/tables">Address tables of switches and DHCP servers</Link></p>
    </>
  );
}

function Recorder({ system }: { system: System }) {
  const site = useSite();
  const now = useNow();
  return (
    <Panel title="Recorder">
      <dl className="facts">
        <dt>Version</dt><dd>{site.data?.version ?? ""}</dd>
        <dt>Started</dt><dd><When at={system.started_90k} /> <span className="quiet">({span(between(wallTicks(system.started_90k), now))} ago)</span></dd>
        <dt>Recorder id</dt><dd className="mono">{system.recorder}</dd>
        <dt>Host names</dt><dd>{site.data?.host_names.join(", ") ?? ""}</dd>
        {site.data?.ca_fingerprint == null ? null : <><dt>Site authority</dt><dd><Fingerprint of={site.data.ca_fingerprint} /></dd></>}
      </dl>
    </Panel>
  );
}
