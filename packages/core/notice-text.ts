import { type Language, languageOf } from "./language.ts";

/** What somebody has to be told before they can agree, in the order it is shown. @source GDPR 4(11), 7(3), 13 */
export const NOTICE_PARTS = ["collected", "why", "kept", "recipients", "withdrawal"] as const;
export type NoticePart = (typeof NOTICE_PARTS)[number];
export type NoticeInformation = Readonly<Record<NoticePart, string>>;

const LABELS: Readonly<Record<Language, NoticeInformation>> = {
  en: {
    collected: "What is collected",
    why: "Why",
    kept: "How long it is kept",
    recipients: "Who receives it",
    withdrawal: "How to withdraw",
  },
  de: {
    collected: "Was erhoben wird",
    why: "Wozu",
    kept: "Wie lange es gespeichert wird",
    recipients: "Wer es erhält",
    withdrawal: "Wie Sie widerrufen",
  },
  fr: {
    collected: "Ce qui est recueilli",
    why: "Pourquoi",
    kept: "Combien de temps c’est conservé",
    recipients: "Qui le reçoit",
    withdrawal: "Comment retirer votre accord",
  },
  es: {
    collected: "Qué se recoge",
    why: "Para qué",
    kept: "Cuánto tiempo se guarda",
    recipients: "Quién lo recibe",
    withdrawal: "Cómo retirar su consentimiento",
  },
  it: {
    collected: "Che cosa viene raccolto",
    why: "Perché",
    kept: "Per quanto tempo è conservato",
    recipients: "Chi lo riceve",
    withdrawal: "Come revocare il consenso",
  },
};

/** What the parts are called in a notice's language; English for one we have no words in. */
export const noticeLabels = (language: string): NoticeInformation => LABELS[languageOf(language) ?? "en"];

/** The whole text people read, which is what is hashed: the sentence beside the box, then each part on a line. */
export function noticeText(language: string, statement: string, information: NoticeInformation): string {
  const labels = noticeLabels(language);
  return [statement, ...NOTICE_PARTS.map((part) => `${labels[part]}: ${information[part]}`)].join("\n");
}
