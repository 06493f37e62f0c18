import { useMemo } from "react";
import { Scroll } from "../../shared/ui/Scroll";
import { lineCount } from "./text";

/** A file to read: numbered, as it was given, byte for byte. Numbers are not copied with it. */
export function FileText({ text, label }: { text: string; label: string }) {
  const numbers = useMemo(() => Array.from({ length: lineCount(text.replace(/\n$/, "")) }, (_, at) => at + 1).join("\n"), [text]);
  return (
    <Scroll label={label} className="file">
      <pre className="file-numbers" aria-hidden="true">{numbers}</pre>
      <pre className="file-text">{text}</pre>
    </Scroll>
  );
}
