import { useState } from "react";
import { makePassword, passwordRule } from "../passwords";
import { Button, Field } from "../ui/parts";

interface NewPasswordProps {
  id: string;
  value: string;
  onChange: (value: string) => void;
  error: string | null;
  label?: string;
}

/** A password to be: typed, or made here and shown so that it can be written down. */
export function NewPassword({ id, value, onChange, error, label = "Password" }: NewPasswordProps) {
  const [shown, setShown] = useState(false);
  const [made, setMade] = useState(false);
  return (
    <div className="stack-small">
      <Field id={id} label={label} value={value} onChange={(typed) => { setMade(false); onChange(typed); }} type={shown ? "text" : "password"} autoComplete="new-password" required help={passwordRule} error={error} />
      <div className="row">
        <Button small onPress={() => { onChange(makePassword()); setShown(true); setMade(true); }}>Make a password</Button>
        <Button small look="quiet" onPress={() => { setShown(!shown); }}>{shown ? "Hide" : "Show"}</Button>
        <span className="small quiet" role="status">{made && shown ? "Note it now. It cannot be read again later, only replaced." : ""}</span>
      </div>
    </div>
  );
}
