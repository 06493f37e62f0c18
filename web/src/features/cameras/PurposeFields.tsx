import { errorAt, type FormError, inputId } from "../../shared/forms/errors";
import { Field } from "../../shared/ui/parts";
import { LONGEST_DAYS, type PurposeForm } from "./purpose";

interface PurposeFieldsProps {
  form: string;
  value: PurposeForm;
  errors: readonly FormError[];
  onChange: (value: PurposeForm) => void;
}

/** What a camera is for, who answers for it, how long footage lives. */
export function PurposeFields({ form, value, errors, onChange }: PurposeFieldsProps) {
  const field = (name: string) => ({ id: inputId(form, name), error: errorAt(errors, name) });
  return (
    <>
      <Field label="Purpose" {...field("sentence")} value={value.sentence} onChange={(sentence) => { onChange({ ...value, sentence }); }} long required help="One sentence, as the public may read it: To detect break-ins at the north entrance outside opening hours." />
      <Field label="Who answers for it" {...field("owner")} value={value.owner} onChange={(owner) => { onChange({ ...value, owner }); }} required help="A person or a post: Head of Facilities." />
      <Field label="Days footage is kept" {...field("keep_days")} value={value.days} onChange={(days) => { onChange({ ...value, days }); }} inputMode="numeric" short required help={`1 to ${LONGEST_DAYS}. Then it is destroyed, and a certificate says so.`} />
    </>
  );
}
