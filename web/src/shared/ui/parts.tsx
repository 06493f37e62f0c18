import type { ReactNode } from "react";
import {
  Button as AriaButton, type ButtonProps as AriaButtonProps, CheckboxButton, CheckboxField, Dialog, FieldError, Heading, Input, Label, Modal as AriaModal,
  ModalOverlay, Text, TextArea, TextField,
} from "react-aria-components";

type Look = "plain" | "main" | "danger" | "quiet";

interface ButtonProps extends Omit<AriaButtonProps, "className" | "style"> {
  look?: Look;
  small?: boolean;
}

export function Button({ look = "plain", small = false, ...rest }: ButtonProps) {
  const classes = ["button", look === "plain" ? "" : `button-${look}`, small ? "button-small" : ""];
  return <AriaButton {...rest} className={classes.filter(Boolean).join(" ")} />;
}

interface FieldProps {
  label: string;
  /** Of the input itself, so that an error summary can lead to it. */
  id?: string;
  value: string;
  onChange: (value: string) => void;
  help?: ReactNode;
  error?: string | null;
  type?: "text" | "password" | "number" | "date" | "datetime-local";
  autoComplete?: string;
  long?: boolean;
  short?: boolean;
  required?: boolean;
  autoFocus?: boolean;
  /** Which keys a screen keyboard shows. */
  inputMode?: "text" | "numeric";
  disabled?: boolean;
}

/** Label, help, error, input: in the order people read a form. */
export function Field({ label, id, value, onChange, help, error = null, type = "text", autoComplete = "off", long = false, short = false, required = false, autoFocus = false, inputMode, disabled = false }: FieldProps) {
  return (
    <TextField {...(id === undefined ? {} : { id })} {...(inputMode === undefined ? {} : { inputMode })} isDisabled={disabled} className="field" value={value} onChange={onChange} type={type} isInvalid={error !== null} isRequired={required} autoComplete={autoComplete} validationBehavior="aria" autoFocus={autoFocus}>
      <Label className="field-label">{label}</Label>
      {help === undefined ? null : <Text slot="description" className="field-help">{help}</Text>}
      <FieldError className="field-error">{error}</FieldError>
      {long ? <TextArea className="input" /> : <Input className={short ? "input input-short" : "input"} />}
    </TextField>
  );
}

export function Choice({ selected, onChange, children, disabled = false }: { selected: boolean; onChange: (selected: boolean) => void; children: ReactNode; disabled?: boolean }) {
  return (
    <CheckboxField isSelected={selected} onChange={onChange} isDisabled={disabled}>
      <CheckboxButton className="choice">
        <span className="box" aria-hidden="true">✓</span>
        <span>{children}</span>
      </CheckboxButton>
    </CheckboxField>
  );
}

type Tone = "plain" | "good" | "warn" | "bad" | "info";
const signs: Record<Tone, string> = { plain: "○", good: "✓", warn: "△", bad: "✕", info: "●" };

/** A sign and a word: never colour alone. */
export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return <span className={tone === "plain" ? "badge" : `badge badge-${tone}`}><span aria-hidden="true">{signs[tone]}</span>{children}</span>;
}

export function Notice({ tone = "info", children }: { tone?: "info" | "warn" | "bad"; children: ReactNode }) {
  return <div className={tone === "info" ? "notice" : `notice notice-${tone}`} role={tone === "bad" ? "alert" : undefined}><div>{children}</div></div>;
}

export function Panel({ title, actions, children, flush = false }: { title?: string; actions?: ReactNode; children: ReactNode; flush?: boolean }) {
  return (
    <section className={flush ? "panel panel-flush" : "panel"}>
      {title === undefined ? null : <div className="panel-head"><h2>{title}</h2>{actions}</div>}
      {children}
    </section>
  );
}

/** `wide` for a table. */
export function Modal({ title, onClose, children, wide = false }: { title: string; onClose: () => void; children: ReactNode; wide?: boolean }) {
  return (
    <ModalOverlay className="modal-back" isOpen isDismissable onOpenChange={(open) => { if (!open) onClose(); }}>
      <AriaModal className={wide ? "modal modal-wide" : "modal"}>
        <Dialog className="dialog">
          <Heading slot="title">{title}</Heading>
          {children}
        </Dialog>
      </AriaModal>
    </ModalOverlay>
  );
}
