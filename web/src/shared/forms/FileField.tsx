/** The bytes of a file in base64. */
export const inBase64 = (file: File): Promise<string> =>
  new Promise((settle, reject) => {
    const reader = new FileReader();
    reader.onload = () => { settle(typeof reader.result === "string" ? reader.result.slice(reader.result.indexOf(",") + 1) : ""); };
    reader.onerror = () => { reject(new Error("The file cannot be read.")); };
    reader.readAsDataURL(file);
  });

interface FileFieldProps {
  label: string;
  id: string;
  error: string | null;
  help?: string;
  onChange: (file: File | null) => void;
}

/** A file of this machine: label, help, error, input. */
export function FileField({ label, id, error, help, onChange }: FileFieldProps) {
  return (
    <label className="field">
      <span className="field-label">{label}</span>
      {help === undefined ? null : <span className="field-help">{help}</span>}
      {error === null ? null : <span className="field-error">{error}</span>}
      <input id={id} type="file" onChange={(event) => { onChange(event.target.files?.[0] ?? null); }} />
    </label>
  );
}
