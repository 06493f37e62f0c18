import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

const unfinishedKey = "policy-unfinished";

export interface Unfinished {
  text: string;
  /** Whether the text was begun before, and left. */
  wasLeft: boolean;
  write: (text: string) => void;
  /** Forgets it: it was proposed. */
  forget: () => void;
}

/** A text that is being written from one version. It outlives a walk to another page, and no sign-out: that clears this cache. */
export function useUnfinished(from: number | null, older: string): Unfinished {
  const queries = useQueryClient();
  const [key] = useState(() => [unfinishedKey, from]);
  const [left] = useState(() => queries.getQueryData<string>(key));
  const [text, setText] = useState(left ?? older);
  return {
    text,
    wasLeft: left !== undefined && left !== older,
    write: (written) => {
      queries.setQueryDefaults([unfinishedKey], { gcTime: Infinity });
      queries.setQueryData(key, written);
      setText(written);
    },
    forget: () => { queries.removeQueries({ queryKey: key }); },
  };
}
