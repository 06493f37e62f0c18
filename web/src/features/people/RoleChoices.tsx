import type { Role } from "../../shared/api/types";
import { inputId } from "../../shared/forms/errors";
import { allRoles, roleConflict, roleMeaning, roleName } from "../../shared/roles";
import { Choice } from "../../shared/ui/parts";
import { withRole } from "./person";

interface RoleChoicesProps {
  form: string;
  roles: readonly Role[];
  error: string | null;
  /** Why they cannot be changed here. */
  fixed?: string | null;
  onChange: (roles: Role[]) => void;
}

/** The roles of a person; why two of them do not go together is said before the form is sent. */
export function RoleChoices({ form, roles, error, fixed = null, onChange }: RoleChoicesProps) {
  const words = error ?? (roles.length === 0 ? null : roleConflict(roles));
  return (
    <fieldset className="roles" id={inputId(form, "roles")} tabIndex={-1}>
      <legend className="field-label">Roles</legend>
      {fixed === null ? null : <p className="field-help">{fixed}</p>}
      <p className="field-error" role="status">{words ?? ""}</p>
      {allRoles.map((role) => (
        <Choice key={role} selected={roles.includes(role)} disabled={fixed !== null} onChange={(held) => { onChange(withRole(roles, role, held)); }}>
          <strong>{roleName[role]}</strong> <span className="quiet small">{roleMeaning[role]}</span>
        </Choice>
      ))}
    </fieldset>
  );
}
