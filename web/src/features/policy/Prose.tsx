import type { PolicySection } from "./model";

/** The policy as people read it: headings and sentences. */
export function Prose({ sections, level = 3 }: { sections: readonly PolicySection[]; level?: 2 | 3 }) {
  const Heading = level === 2 ? "h2" : "h3";
  return (
    <div className="prose">
      {sections.map((section) => (
        <section key={section.heading}>
          <Heading>{section.heading}</Heading>
          {section.sentences.map((sentence) => <p key={sentence}>{sentence}</p>)}
        </section>
      ))}
    </div>
  );
}
