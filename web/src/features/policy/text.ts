// Places in a file: lines and columns, both counted from 1; a column is a character as people count them. Pure.

export interface Place {
  line: number;
  column: number;
}

/** How many lines an editor shows for a text: one more than it has line breaks. */
export const lineCount = (text: string): number => {
  let count = 1;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
};

/** Where a line begins, as an offset; past the last line, the end of the text. */
function lineStart(text: string, line: number): number {
  let start = 0;
  for (let number = 1; number < line; number += 1) {
    const broken = text.indexOf("\n", start);
    if (broken === -1) return text.length;
    start = broken + 1;
  }
  return start;
}

/** The stretch from a place to the end of its line, as offsets into the text. What lies outside the text is at its end. */
export function stretchAt(text: string, place: Place): { from: number; to: number } {
  const start = lineStart(text, place.line);
  const broken = text.indexOf("\n", start);
  const end = broken === -1 ? text.length : broken;
  const before = Array.from(text.slice(start, end)).slice(0, Math.max(0, place.column - 1)).join("");
  return { from: start + before.length, to: end };
}

/** The place of an offset. */
export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  return { line: lineCount(before), column: Array.from(before.slice(start)).length + 1 };
}
