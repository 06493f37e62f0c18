import { screen } from "@testing-library/react";
import { useRef, useState } from "react";
import { expect, test } from "vitest";
import { show } from "../../shared/testing/recorder";
import { FileEditor, type FileEditorHandle } from "./FileEditor";

function Editor({ wrong = [] }: { wrong?: number[] }) {
  const [text, setText] = useState("format = 1\nkeep = \"a while\"\n");
  const handle = useRef<FileEditorHandle>(null);
  return (
    <>
      <FileEditor id="file" label="Policy file" value={text} onChange={setText} wrong={wrong} described="mistakes" handle={handle} />
      <button type="button" onClick={() => { handle.current?.goTo({ line: 2, column: 8 }); }}>Line 2</button>
    </>
  );
}

test("a way to a mistake brings the keyboard there, and says where it stands", async () => {
  const { person } = show(<Editor wrong={[2]} />, {});
  await person.click(screen.getByRole("button", { name: "Line 2" }));
  const file = screen.getByLabelText<HTMLTextAreaElement>("Policy file");
  expect(document.activeElement).toBe(file);
  expect(file.value.slice(file.selectionStart, file.selectionEnd)).toBe("\"a while\"");
  expect(screen.getByText("Line 2, column 8; 3 lines")).toBeDefined();
  expect(file.getAttribute("aria-invalid")).toBe("true");
  expect(file.getAttribute("aria-describedby")).toBe("mistakes");
});

test("lines are numbered as they come, and Tab leaves the file as it leaves every field", async () => {
  const { person } = show(<Editor />, {});
  const file = screen.getByLabelText<HTMLTextAreaElement>("Policy file");
  await person.click(file);
  await person.keyboard("[[site]{Enter}");
  expect(screen.getByText(/4 lines$/)).toBeDefined();
  expect(file.value).toBe("format = 1\nkeep = \"a while\"\n[site]\n");
  await person.tab();
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Line 2" }));
});
