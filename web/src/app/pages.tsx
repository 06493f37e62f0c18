// The pages of the rail, in its order. The recorder says which of them a person may open.

import { type ComponentType, lazy } from "react";

export interface PageInfo {
  /** The word the recorder uses. */
  id: string;
  label: string;
  path: string;
  dark: boolean;
  /** Whether it shows footage: then whoever opens it has accepted the rules first. */
  footage: boolean;
  Page: ComponentType;
}

const page = (load: () => Promise<{ default: ComponentType }>) => lazy(load);

/** One's own sign-ins: for everybody, and so not a page of the rail. */
export const AccountPage = page(() => import("../features/account/AccountPage"));
/** What other terms for motion would do: reached from a camera, from retention and from footage. */
export const TuningPage = page(() => import("../features/tuning/TuningPage"));
/** What others began and this person could decide: of several pages, and so none of the rail. */
export const WaitingPage = page(() => import("../features/waiting/WaitingPage"));

export const pages: PageInfo[] = [
  { id: "live", label: "Live", path: "/live", dark: true, footage: true, Page: page(() => import("../features/live/LivePage")) },
  { id: "review", label: "Review", path: "/review", dark: true, footage: true, Page: page(() => import("../features/review/ReviewPage")) },
  { id: "requests", label: "Requests", path: "/requests", dark: false, footage: false, Page: page(() => import("../features/requests/RequestsPage")) },
  { id: "cameras", label: "Cameras", path: "/cameras", dark: false, footage: false, Page: page(() => import("../features/cameras/CamerasPage")) },
  { id: "alarms", label: "Alarms", path: "/alarms", dark: false, footage: false, Page: page(() => import("../features/alarms/AlarmsPage")) },
  { id: "policy", label: "Policy", path: "/policy", dark: false, footage: false, Page: page(() => import("../features/policy/PolicyPage")) },
  { id: "retention", label: "Retention", path: "/retention", dark: false, footage: false, Page: page(() => import("../features/retention/RetentionPage")) },
  { id: "log", label: "Log", path: "/log", dark: false, footage: false, Page: page(() => import("../features/log/LogPage")) },
  { id: "people", label: "People", path: "/people", dark: false, footage: false, Page: page(() => import("../features/people/PeoplePage")) },
  { id: "system", label: "System", path: "/system", dark: false, footage: false, Page: page(() => import("../features/system/SystemPage")) },
];
