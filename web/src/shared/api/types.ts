// Names for the interface's types. They come from the recorder's own OpenAPI document (`npm run types`), never by hand.

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Alarm = Schemas["Alarm"];
export type Camera = Schemas["Camera"];
export type CameraDetail = Schemas["CameraDetail"];
export type Certificate = Schemas["Certificate"];
export type LogEntry = Schemas["LogEntry"];
export type LogPage = Schemas["LogPage"];
export type Look = Schemas["Look"];
export type NewPerson = Schemas["NewPerson"];
export type Outcome = Schemas["Outcome"];
export type Person = Schemas["Person"];
export type Plan = Schemas["Plan"];
export type Purpose = Schemas["Purpose"];
export type Reason = Schemas["Reason"];
export type Retention = Schemas["Retention"];
export type Role = Schemas["Role"];
export type Session = Schemas["Session"];
export type Site = Schemas["Site"];
export type Span = Schemas["Span"];
export type Strip = Schemas["Strip"];
export type System = Schemas["System"];
export type Timeline = Schemas["Timeline"];
