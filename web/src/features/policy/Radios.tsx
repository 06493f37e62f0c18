interface RadiosProps {
  label: string;
  /** Of the first choice, so that an error summary can lead to it. */
  id: string;
  value: string;
  onChange: (value: string) => void;
  error: string | null;
  choices: readonly (readonly [value: string, words: string])[];
}

/** One of a few, all of them in sight. */
export function Radios({ label, id, value, onChange, error, choices }: RadiosProps) {
  const wrong = `${id}-error`;
  return (
    <fieldset className="field radios" {...(error === null ? {} : { "aria-describedby": wrong })}>
      <legend className="field-label">{label}</legend>
      {error === null ? null : <span className="field-error" id={wrong}>{error}</span>}
      {choices.map(([choice, words], at) => (
        <label key={choice} className="radio">
          <input type="radio" name={id} value={choice} checked={value === choice} onChange={() => { onChange(choice); }} {...(at === 0 ? { id } : {})} />
          {words}
        </label>
      ))}
    </fieldset>
  );
}
