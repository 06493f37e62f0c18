import { type SubmitEvent, useState } from "react";
import { problemOf } from "../../shared/api/client";
import { useRoles } from "../../shared/api/session";
import type { ListsState } from "../../shared/api/types";
import { errorAt, type FormError, fromProblem, inputId } from "../../shared/forms/errors";
import { ErrorSummary } from "../../shared/forms/ErrorSummary";
import { FileField } from "../../shared/forms/FileField";
import { Button, Notice, Panel } from "../../shared/ui/parts";
import { useOfferLists } from "./api/lists";

/** A new bundle: the recorder verifies it and shows what it would do. */
export function OfferLists({ state }: { state: ListsState }) {
  const offer = useOfferLists();
  const [chosen, setChosen] = useState<File | null>(null);
  const [errors, setErrors] = useState<FormError[]>([]);
  const [urgent, setUrgent] = useState<number | null>(null);
  const offers = useRoles().some((role) => role === "administrator" || role === "dpo");
  if (!offers || state.threshold == null) return null;

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (offer.isPending) return;
    setUrgent(null);
    if (chosen === null) {
      setErrors([{ field: "bundle", words: "Choose the bundle's file." }]);
      return;
    }
    const before = state.in_force.version;
    offer.mutate(chosen, {
      onSuccess: (after) => {
        setErrors([]);
        setUrgent(after.in_force.version === before ? null : after.in_force.version);
      },
      onError: (error) => { setErrors(fromProblem(problemOf(error), ["bundle"])); },
    });
  };

  return (
    <Panel title="Offer a new bundle">
      <form className="stack" onSubmit={submit} noValidate>
        <ErrorSummary form="lists" errors={errors} title="It was not taken; the lists in force stay" />
        {urgent === null ? null : <Notice tone="warn"><strong>Bundle {urgent} is in force now.</strong> Its signers marked it urgent, so it did not wait for two people here.</Notice>}
        <p>Nothing changes with this: you see first which cameras it would stop, and two people decide. One that its signers marked urgent is in force at once.</p>
        <FileField label="The bundle's file" id={inputId("lists", "bundle")} error={errorAt(errors, "bundle")} onChange={(file) => { setChosen(file); setErrors([]); }} />
        <div className="form-actions"><Button type="submit" isPending={offer.isPending}>Verify and show what it does</Button></div>
      </form>
    </Panel>
  );
}
