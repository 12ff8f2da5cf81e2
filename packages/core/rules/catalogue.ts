import { BASES } from "./bases.ts";
import { CALL_RULES } from "./call.ts";
import { CAP_RULES } from "./caps.ts";
import { WITHDRAWAL_RULES } from "./consent.ts";
import { HOURS_RULES } from "./hours.ts";
import { MESSAGE_RULES } from "./message.ts";
import { SIGNAL_RULES } from "./opt-out-signal.ts";
import { PERSON_RULES } from "./person.ts";
import { PROVENANCE_RULES } from "./provenance.ts";
import { READABLE_RULES } from "./readable.ts";
import { REASSIGNED_RULES } from "./reassigned.ts";
import { REGISTRY_RULES } from "./registries.ts";
import type { Rule } from "./rule.ts";
import { SUPPRESSION_RULES } from "./suppression.ts";
import { WISH_RULES } from "./wishes.ts";

/** Rules asked before the question of permission, in the order that makes one failing rule decisive. */
export const RULES_BEFORE_PERMISSION: readonly Rule[] = [
  ...SUPPRESSION_RULES,
  ...READABLE_RULES,
  ...PERSON_RULES,
  ...PROVENANCE_RULES,
  ...WITHDRAWAL_RULES,
];

/** Rules asked after it. @source rules.md 0.2 */
export const RULES_AFTER_PERMISSION: readonly Rule[] = [
  ...REGISTRY_RULES,
  ...REASSIGNED_RULES,
  ...SIGNAL_RULES,
  ...MESSAGE_RULES,
  ...CALL_RULES,
  ...WISH_RULES,
  ...CAP_RULES,
  ...HOURS_RULES,
];

export { BASES };
