import { type SubmitEvent, useState } from "react";
import { Link } from "react-router";
import { problemOf } from "../../shared/api/client";
import type { CameraSearch } from "../../shared/api/types";
import { errorAt, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { Face } from "../../shared/ui/Face";
import { Loaded } from "../../shared/ui/Loaded";
import { Page } from "../../shared/ui/Page";
import { Button, Field, Panel } from "../../shared/ui/parts";
import { useSearch, useStartSearch, useStopSearch } from "./api/search";
import { checkFind, emptyFind, findFields, type FindForm, searchWords, toFind } from "./find";
import { FoundDevices } from "./FoundDevices";

/** Every address of a typed-in network is called; whoever answers is judged by what it shows, and added if somebody wants it. */
export function FindCameras() {
  const state = useSearch();
  return (
    <Page
      title="Find cameras"
      lead="The recorder calls each address of a network that you type in. It logs in nowhere, opens no stream, and sends nothing to anybody else. Who searched where is in the log."
      actions={<Link className="button" to="/cameras">All cameras</Link>}
    >
      <Loaded of={state} what="the search" lines={4}>
        {({ search }) => (
          <>
            <Range going={search != null && search.ended_90k == null} />
            {search == null ? <Face sign="⌕" title="Nothing searched yet">Type the camera network above. Devices behind a router answer too; only their hardware address is not seen from here.</Face> : <Results search={search} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Range({ going }: { going: boolean }) {
  const start = useStartSearch();
  const [form, setForm] = useState<FindForm>(emptyFind);
  const [errors, setErrors] = useState<FormError[]>([]);
  const field = (name: string) => ({ id: inputId("find", name), error: errorAt(errors, name) });

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (start.isPending || going) return;
    const found = checkFind(form);
    setErrors(found);
    if (found.length > 0) return;
    start.mutate(toFind(form), { onError: (error) => { setErrors(fromProblem(problemOf(error), findFields)); } });
  };

  return (
    <Panel>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="find" errors={errors} title="Nothing was searched" />
        <div className="pair">
          <Field label="Network or range" {...field("range")} value={form.range} onChange={(range) => { setForm({ ...form, range }); }} required help="Like 10.0.20.0/24 or 10.0.20.10-80." />
          <Field label="ONVIF port" {...field("onvif_port")} value={form.port} onChange={(port) => { setForm({ ...form, port }); }} inputMode="numeric" short help="Tried where a device names none." />
        </div>
        <div className="form-actions"><Button type="submit" look="main" isPending={start.isPending} isDisabled={going}>Search</Button></div>
      </form>
    </Panel>
  );
}

function Results({ search }: { search: CameraSearch }) {
  const stop = useStopSearch();
  const going = search.ended_90k == null;
  return (
    <>
      <div className="search-state">
        <p role="status">{searchWords(search)}</p>
        {going ? <Button small onPress={() => { stop.mutate(); }} isPending={stop.isPending}>Stop</Button> : null}
      </div>
      {going ? <progress className="search-progress" aria-label="Addresses called" max={search.addresses} value={search.looked_at} /> : null}
      {search.found.length > 0 ? <FoundDevices devices={search.found} /> : null}
      {search.found.length === 0 && !going ? (
        <Face sign="⌕" title="Nothing answered">
          No address answered a discovery call or took a connection on that port. Check the network, whether this recorder reaches it, and whether ONVIF is switched on in the cameras. A camera that keeps silent can still be added by its address.
        </Face>
      ) : null}
    </>
  );
}
