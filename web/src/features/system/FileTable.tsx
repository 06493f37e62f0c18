import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import { errorAt, faults, type FormError, fromProblem, inputId, textFault } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { FileField, inBase64 } from "../../shared/forms/FileField";
import { fromLocal } from "../../shared/time/units";
import { Button, Field, Modal } from "../../shared/ui/parts";
import { useFileTable } from "./api/tables";

/** A table that this person took from a switch or a DHCP server. */
export function FileTable({ days, onClose }: { days: number; onClose: () => void }) {
  const file = useFileTable();
  const [chosen, setChosen] = useState<File | null>(null);
  const [source, setSource] = useState("");
  const [taken, setTaken] = useState("");
  const [errors, setErrors] = useState<FormError[]>([]);
  const field = (of: string) => ({ id: inputId("table", of), error: errorAt(errors, of) });

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (file.isPending) return;
    const at = fromLocal(taken);
    const found = faults([
      ["file", chosen === null ? "Choose the table's file." : null],
      ["source", textFault(source, 3, 120, "Name the switch, router or server.")],
      ["taken_90k", at === null ? "Say when the switch or server was asked." : null],
    ]);
    setErrors(found);
    if (found.length > 0 || chosen === null || at === null) return;
    const failed = (error: unknown) => { setErrors(fromProblem(problemOf(error), ["file", "source", "taken_90k"])); };
    void inBase64(chosen).then((text) => {
      file.mutate({ file_name: chosen.name, file: text, source: source.trim(), taken_90k: at }, { onSuccess: onClose, onError: failed });
    }, failed);
  };

  return (
    <Modal title="File an address table" onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="table" errors={errors} title="Nothing was filed" />
        <p>You say with this that you took it from that switch or server yourself. It counts for nothing until a second person has signed it.</p>
        <FileField label="The file" {...field("file")} help="What show ip arp, arp -a or ip neigh prints, leases of ISC dhcpd, Kea or dnsmasq, or a plain list of address,mac." onChange={setChosen} />
        <Field label="Which switch or server" {...field("source")} value={source} onChange={setSource} help="By the name you would use again: a newer table of the same source replaces an older one." />
        <Field label="When it was taken" {...field("taken_90k")} value={taken} onChange={setTaken} type="datetime-local" short help={`It counts for ${days} days from then.`} />
        <div className="form-actions">
          <Button type="submit" look="main" isPending={file.isPending}>File it</Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}
