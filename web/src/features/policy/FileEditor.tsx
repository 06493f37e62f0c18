import { useImperativeHandle, useMemo, useRef, useState, type Ref } from "react";
import { count } from "../../shared/time/format";
import { lineCount, type Place, placeAt, stretchAt } from "./text";

/** The height of a line in pixels; the style sheet says the same. */
const LINE = 21;

export interface FileEditorHandle {
  /** Brings the keyboard to a place, and the place into sight. */
  goTo: (place: Place) => void;
}

interface FileEditorProps {
  id: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Lines with a mistake. */
  wrong: readonly number[];
  /** Id of the element that lists the mistakes. */
  described: string;
  handle: Ref<FileEditorHandle>;
}

/** A file as text: line numbers beside it, lines with a mistake marked. Tab leaves it, as it leaves every field. */
export function FileEditor({ id, label, value, onChange, wrong, described, handle }: FileEditorProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const under = useRef<HTMLDivElement>(null);
  const [caret, setCaret] = useState<Place>({ line: 1, column: 1 });
  const lines = lineCount(value);
  const numbers = useMemo(() => Array.from({ length: lines }, (_, at) => at + 1).join("\n"), [lines]);

  useImperativeHandle(handle, () => ({
    goTo: (place) => {
      const element = area.current;
      if (element === null) return;
      const { from, to } = stretchAt(element.value, place);
      element.focus();
      element.setSelectionRange(from, to);
      element.scrollTop = Math.max(0, (place.line - 1) * LINE - element.clientHeight / 3);
      element.scrollLeft = 0;
      setCaret(place);
    },
  }), []);

  return (
    <div className="editor-field">
      <label className="field-label" htmlFor={id}>{label}</label>
      <div className="editor">
        <div className="editor-under" aria-hidden="true">
          <div className="editor-under-moved" ref={under}>
            {wrong.map((line) => <div key={line} className="editor-wrong" style={{ top: (line - 1) * LINE }} />)}
            <pre className="editor-numbers">{numbers}</pre>
          </div>
        </div>
        <textarea
          ref={area}
          id={id}
          className="editor-text"
          value={value}
          spellCheck={false}
          autoCapitalize="off"
          autoCorrect="off"
          wrap="off"
          aria-invalid={wrong.length > 0}
          aria-describedby={described}
          onChange={(event) => { onChange(event.target.value); }}
          onSelect={(event) => { setCaret(placeAt(event.currentTarget.value, event.currentTarget.selectionStart)); }}
          onScroll={(event) => { if (under.current !== null) under.current.style.transform = `translateY(${-event.currentTarget.scrollTop}px)`; }}
        />
      </div>
      <p className="small quiet tabular">Line {caret.line}, column {caret.column}; {count(lines)} lines</p>
    </div>
  );
}
