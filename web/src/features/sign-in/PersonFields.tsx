import { errorAt, type FormError, inputId } from "../../shared/forms/errors";
import { NewPassword } from "../../shared/forms/NewPassword";
import { roleMeaning, roleName } from "../../shared/roles";
import { Choice, Field } from "../../shared/ui/parts";
import type { PersonForm } from "./setup";

interface PersonFieldsProps {
  person: PersonForm;
  errors: readonly FormError[];
  onChange: (person: PersonForm) => void;
}

/** One of the first people: the administrator is needed, the others can wait. */
export function PersonFields({ person, errors, onChange }: PersonFieldsProps) {
  const needed = person.role === "administrator";
  const field = (name: string) => {
    const key = `${person.role}.${name}`;
    return { id: inputId("set-up", key), error: errorAt(errors, key) };
  };
  return (
    <fieldset className="person">
      <legend>{needed ? "Administrator (needed)" : roleName[person.role]}</legend>
      <p className="quiet small">{roleMeaning[person.role]}</p>
      {needed ? null : <Choice selected={person.wanted} onChange={(wanted) => { onChange({ ...person, wanted }); }}>Make this account now</Choice>}
      {person.wanted ? (
        <div className="stack">
          <div className="pair">
            <Field label="Full name" {...field("full_name")} value={person.fullName} onChange={(fullName) => { onChange({ ...person, fullName }); }} autoComplete="off" required help="As it shall stand in the log." />
            <Field label="Sign-in name" {...field("sign_in_name")} value={person.signInName} onChange={(signInName) => { onChange({ ...person, signInName }); }} autoComplete="off" required help="Letters, digits and . - _ @" />
          </div>
          <NewPassword {...field("password")} value={person.password} onChange={(password) => { onChange({ ...person, password }); }} />
        </div>
      ) : null}
    </fieldset>
  );
}
