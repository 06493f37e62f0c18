import { useState } from "react";
import { FileTrigger } from "react-aria-components";
import { useCameras } from "../../shared/api/cameras";
import { useSite } from "../../shared/api/session";
import { Button, Notice, Panel } from "../../shared/ui/parts";
import { template } from "./template";

/** Ways to a first text: a template with the cameras of this recorder, or a file that is there already. */
export function Beginnings({ onBegin }: { onBegin: (text: string) => void }) {
  const cameras = useCameras(60_000);
  const site = useSite();
  const [failed, setFailed] = useState(false);
  const names = (cameras.data ?? []).filter((camera) => camera.outcome !== "refused").map((camera) => camera.name);
  const open = async (files: FileList | null) => {
    const file = files?.item(0);
    if (file == null) return;
    setFailed(false);
    await file.text().then(onBegin, () => { setFailed(true); });
  };
  return (
    <Panel title="How to begin">
      <div className="stack-small">
        <p>A template names {names.length === 1 ? "the one camera" : `the ${names.length} cameras`} of this recorder and leaves empty what only you can know: who answers, what for, by which law, how long. The check then leads you through, line by line.</p>
        {failed ? <Notice tone="bad">The file could not be read as text.</Notice> : null}
        <div className="row">
          <Button look="main" isDisabled={cameras.data === undefined} onPress={() => { onBegin(template(site.data?.name ?? "", names)); }}>Begin with a template</Button>
          <FileTrigger acceptedFileTypes={[".toml", "text/plain"]} onSelect={(files) => { void open(files); }}><Button>Open a file</Button></FileTrigger>
        </div>
      </div>
    </Panel>
  );
}
