import type { PolicySection } from "../../shared/api/types";
import { proseParts } from "./prose";

/** The policy as people read it: parts, headings and sentences. */
export function Prose({ sections }: { sections: readonly PolicySection[] }) {
  return (
    <div className="prose">
      {proseParts(sections).map((part) => (
        <section key={part.name} aria-label={part.name} className="prose-part">
          <h3>{part.name}</h3>
          {part.sections.map((section) => (
            <section key={section.rule} aria-label={section.heading}>
              <h4>{section.heading}</h4>
              {(part.flows ? [section.paragraphs.join(" ")] : section.paragraphs).map((paragraph, at) => <p key={at}>{paragraph}</p>)}
            </section>
          ))}
        </section>
      ))}
    </div>
  );
}
