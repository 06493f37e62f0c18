import { useState } from "react";
import { Link } from "react-router";
import { useRoles } from "../../shared/api/session";
import type { AddressTable, AddressTables } from "../../shared/api/types";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Button, Panel } from "../../shared/ui/parts";
import { Disclosure } from "../../shared/ui/Disclosure";
import { When } from "../../shared/ui/When";
import { useTables } from "./api/tables";
import { FileTable } from "./FileTable";
import { TablePanel } from "./TablePanel";
import { isPast, tableState } from "./tables";

/** Tables of switches and DHCP servers: what vouches for a camera that stands behind a router. */
export function TablesPage() {
  const tables = useTables();
  const [filing, setFiling] = useState(false);
  const files = useRoles().includes("administrator");
  const title = <><Link to="/system" className="crumb">System</Link><span className="crumb quiet" aria-hidden="true"> / </span>Address tables</>;
  const lead = "A camera behind a router hides its hardware address from the recorder. A switch or a DHCP server has seen it: bring its table, and let a second person sign it.";
  return (
    <Page title={title} lead={lead} actions={files ? <Button look="main" onPress={() => { setFiling(true); }}>File a table</Button> : undefined}>
      <Loaded of={tables} what="the address tables" lines={8}>{(found) => <Found found={found} files={files} />}</Loaded>
      {filing ? <FileTable days={tables.data?.counts_days ?? 30} onClose={() => { setFiling(false); }} /> : null}
    </Page>
  );
}

function Found({ found, files }: { found: AddressTables; files: boolean }) {
  const [now, past] = [found.tables.filter((table) => !isPast(table)), found.tables.filter(isPast)];
  return (
    <>
      {now.length > 0 ? null : (
        <Panel title="No table is in use">
          <p>Cameras in the recorder's own network need none. For the others bring the ARP table of the switch or router that they are behind, or the leases of their DHCP server. {files ? "" : "An administrator files it; you may sign it."}</p>
        </Panel>
      )}
      {now.map((table) => <TablePanel key={table.id} table={table} days={found.counts_days} />)}
      {past.length === 0 ? null : <Disclosure title={`Out of use (${past.length})`}><ul className="stack-small">{past.map((table) => <Past key={table.id} table={table} />)}</ul></Disclosure>}
    </>
  );
}

function Past({ table }: { table: AddressTable }) {
  return (
    <li>
      <strong>{table.source}</strong>, taken <When at={table.taken_90k} />: {tableState[table.state].words.toLowerCase()}{table.withdrawn_by == null ? "" : ` by ${table.withdrawn_by}`}. <a href={`/api/v1/address-tables/${table.id}/file`} download={table.file_name}>{table.file_name}</a>
    </li>
  );
}
