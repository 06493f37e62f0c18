interface ChooseProps {
  label: string;
  id: string;
  error: string | null;
  value: string;
  onChange: (value: string) => void;
  options: readonly { value: string; words: string }[];
}

/** One of several, in a list that opens. */
export function Choose({ label, id, error, value, onChange, options }: ChooseProps) {
  const wrong = `${id}-error`;
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>{label}</label>
      {error === null ? null : <span className="field-error" id={wrong}>{error}</span>}
      <select className="input" id={id} value={value} onChange={(event) => { onChange(event.target.value); }} {...(error === null ? {} : { "aria-invalid": true, "aria-describedby": wrong })}>
        {options.map((option) => <option key={option.value} value={option.value}>{option.words}</option>)}
      </select>
    </div>
  );
}
