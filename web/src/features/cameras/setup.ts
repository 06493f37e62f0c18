import type { Commissioning } from "../../shared/api/types";

/** What a look has to do with recording: one in force goes on with what its policy says. */
export const recorded = (state: Pick<Commissioning, "in_force">): string =>
  state.in_force ? "The look itself is not recorded; what the policy has the camera record goes on as it does." : "Nothing of it is recorded.";
