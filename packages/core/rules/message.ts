import type { Question } from "../facts.ts";
import { EVERYWHERE, type Finding, isMarketing, PASS, type Rule } from "./rule.ts";

function senderIdentity(question: Question): Finding {
  const { message } = question.facts;
  if (question.channel !== "email" || message === undefined) return PASS;
  return (message.postalAddress ?? "").trim() === ""
    ? { kind: "block", reason: "sender-identity-missing" }
    : PASS;
}

function unsubscribeMechanism(question: Question): Finding {
  const { message } = question.facts;
  if (question.channel !== "email" || message === undefined || !isMarketing(question)) return PASS;
  const works = message.bodyUnsubscribe === true && message.unsubscribeRequiresLogin !== true;
  return works ? PASS : { kind: "block", reason: "unsubscribe-mechanism-invalid" };
}

export const MESSAGE_RULES: readonly Rule[] = [
  {
    ...EVERYWHERE,
    id: "sender-identity-missing",
    channels: ["email"],
    citation: "15 USC 7704(a)(5); PECR 23; Spam Act s17; SOR/2012-36 s2",
    check: senderIdentity,
  },
  {
    ...EVERYWHERE,
    id: "unsubscribe-mechanism-invalid",
    channels: ["email"],
    citation: "16 CFR 316.5; CASL 11; Spam Act s18",
    check: unsubscribeMechanism,
  },
];
