// Shapes of the policy page until the recorder's own document has them.
export interface PolicyAdvice { words: string; by: string; at_90k: number }
export interface PolicyVersion {
  number: number;
  hash: string;
  state: "draft" | "approved" | "in_force" | "superseded" | "withdrawn";
  origin: "viewer" | "import" | "first_start";
  drafted_by: string;
  drafted_90k: number;
  advice?: PolicyAdvice | null;
  departure?: string | null;
  approved_by?: string | null;
  approved_90k?: number | null;
  early?: string | null;
  force_90k?: number | null;
  forced_90k?: number | null;
  ended_90k?: number | null;
}
export interface PolicySection { heading: string; sentences: string[] }
export interface PolicySign { camera: string; text: string[] }
export interface PolicyAct { act: string; by: string; at_90k: number; reason: string; entry?: number | null }
export interface PolicyVersionDetail extends PolicyVersion { text: string; prose: PolicySection[]; signs: PolicySign[]; acts: PolicyAct[] }
export interface PolicyFinding { line?: number | null; column?: number | null; rule: string; words: string }
export interface PolicyCheck { mistakes: PolicyFinding[]; remarks: PolicyFinding[] }
export interface PolicyVersions { versions: PolicyVersion[] }
export interface PolicyPlanCamera { camera: string; now: string; then: string; segments: number; bytes: number; from_90k?: number | null; to_90k?: number | null }
export interface PolicyPlan { usual_force_90k: number; deletes: boolean; segments: number; bytes: number; changes: string[]; cameras: PolicyPlanCamera[] }
export interface DraftPolicy { text: string }
export interface AdvisePolicy { words: string }
export interface ApprovePolicy { follows_advice?: boolean; departure?: string; from_90k?: number; early_reason?: string }
export interface WithdrawPolicy { reason: string }
export interface PolicyRules { accepted: boolean; number: number; prose: PolicySection[] }
