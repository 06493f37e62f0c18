// Names for the interface's types. They come from the recorder's own OpenAPI document (`npm run types`), never by hand.

import type { components } from "./schema";

type Schemas = components["schemas"];

export type AddCamera = Schemas["AddCamera"];
export type Alarm = Schemas["Alarm"];
export type Camera = Schemas["Camera"];
export type CameraDetail = Schemas["CameraDetail"];
export type CameraRetention = Schemas["CameraRetention"];
export type CameraState = Schemas["CameraState"];
export type Certificate = Schemas["Certificate"];
export type CertificateInFull = Schemas["CertificateInFull"];
export type ChangeCamera = Schemas["ChangeCamera"];
export type ChangePerson = Schemas["ChangePerson"];
export type Evidence = Schemas["Evidence"];
export type ExtendHold = Schemas["ExtendHold"];
export type Hold = Schemas["Hold"];
export type Holds = Schemas["Holds"];
export type LiftHold = Schemas["LiftHold"];
export type ListInForce = Schemas["ListInForce"];
export type LogEntry = Schemas["LogEntry"];
export type LogGroups = Schemas["LogGroups"];
export type LogPage = Schemas["LogPage"];
export type LogState = Schemas["LogState"];
export type Look = Schemas["Look"];
export type NewPerson = Schemas["NewPerson"];
export type Outcome = Schemas["Outcome"];
export type NotHeld = Schemas["NotHeld"];
export type Person = Schemas["Person"];
export type PlacedHold = Schemas["PlacedHold"];
export type PlaceHold = Schemas["PlaceHold"];
export type Plan = Schemas["Plan"];
export type Purpose = Schemas["Purpose"];
export type Reason = Schemas["Reason"];
export type Retention = Schemas["Retention"];
export type Role = Schemas["Role"];
export type Session = Schemas["Session"];
export type SetUp = Schemas["SetUp"];
export type SignIn = Schemas["SignIn"];
export type Site = Schemas["Site"];
export type Span = Schemas["Span"];
export type Storage = Schemas["Storage"];
export type Stream = Schemas["Stream"];
export type Strip = Schemas["Strip"];
export type System = Schemas["System"];
export type Timeline = Schemas["Timeline"];
export type WritePurpose = Schemas["WritePurpose"];
