/** The version of the rules in force; stored with every decision. Change it with every change of a rule. */
export const RULESET = "2026-11-24.6";
