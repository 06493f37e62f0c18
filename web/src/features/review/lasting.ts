// Problems that asking again does not mend.

import type { Problem } from "../../shared/api/client";

/** Whether a person has to do something elsewhere first: then no button offers to try again. */
export const isForGood = (problem: Pick<Problem, "kind">): boolean => problem.kind === "/problems/not-converted";
