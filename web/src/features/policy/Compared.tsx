import { useMemo } from "react";
import { count } from "../../shared/time/format";
import { Scroll } from "../../shared/ui/Scroll";
import { compare, folded, type Line } from "./compare";

const signs: Record<Line["kind"], string> = { same: "", gone: "−", new: "+" };
const words: Record<Line["kind"], string> = { same: "", gone: "Gone", new: "New" };

/** Two files, line by line: what is gone, what is new, and a few lines around. */
export function Compared({ older, newer, label }: { older: string; newer: string; label: string }) {
  const lines = useMemo(() => compare(older, newer), [older, newer]);
  const gone = lines.filter((line) => line.kind === "gone").length;
  const fresh = lines.filter((line) => line.kind === "new").length;
  if (gone + fresh === 0) return <p className="quiet">The two files are the same.</p>;
  return (
    <div className="stack-small">
      <p className="small quiet">{said(fresh, "new")}, {said(gone, "gone")}.</p>
      <Scroll label={label} className="file compared">
        <table>
          <thead className="visually-hidden"><tr><th scope="col">Before</th><th scope="col">After</th><th scope="col">Change</th><th scope="col">Line</th></tr></thead>
          <tbody>
            {folded(lines).map((part, at) => (part.kind === "left_out" ? (
              <tr key={at} className="compared-left-out"><td colSpan={4}>{said(part.count, "unchanged")}</td></tr>
            ) : part.lines.map((line) => (
              <tr key={`${line.before ?? ""} ${line.after ?? ""}`} className={`compared-${line.kind}`}>
                <td className="compared-number">{line.before}</td>
                <td className="compared-number">{line.after}</td>
                <td className="compared-sign"><span aria-hidden="true">{signs[line.kind]}</span><span className="visually-hidden">{words[line.kind]}</span></td>
                <td className="compared-text">{line.text}</td>
              </tr>
            ))))}
          </tbody>
        </table>
      </Scroll>
    </div>
  );
}

const said = (lines: number, what: string): string => `${count(lines)} ${lines === 1 ? "line" : "lines"} ${what}`;
