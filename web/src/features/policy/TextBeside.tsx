import type { PolicyInFull } from "../../shared/api/types";
import { Button, Panel } from "../../shared/ui/parts";
import { FileText } from "./FileText";
import { Prose } from "./Prose";

/** The same twice: as people read it, and as the recorder does. */
export function TextBeside({ all }: { all: PolicyInFull }) {
  const { number } = all.version;
  return (
    <div className="beside beside-follows">
      <Panel title="In words">{all.reading.prose.length === 0 ? <p className="quiet">This program cannot read the file, so it has no words for it.</p> : <Prose sections={all.reading.prose} />}</Panel>
      <Panel title="The file" actions={<Button small onPress={() => { save(all.text, `policy-version-${number}.toml`); }}>Save the file</Button>}>
        <FileText text={all.text} label={`The file of version ${number}`} />
      </Panel>
    </div>
  );
}

/** Gives a text to the browser as a file, byte for byte. */
function save(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "application/toml" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
