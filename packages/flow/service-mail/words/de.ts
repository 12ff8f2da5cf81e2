import type { ServiceMailWords } from "../kinds.ts";

export const de: ServiceMailWords = {
  "confirm-sign-up": (sender, day) => ({
    subject: `Bitte bestätigen Sie Ihre Anmeldung bei ${sender}`,
    before: `Jemand, vermutlich Sie, hat diese Adresse bei ${sender} angegeben und folgendem zugestimmt:`,
    button: "Ansehen und bestätigen",
    after: [
      `Solange Sie nicht bestätigen, wird Ihnen nichts gesendet. Der Link gilt bis ${day}.`,
      "Waren Sie das nicht? Dann brauchen Sie nichts zu tun: Ohne Ihre Bestätigung geschieht nichts.",
    ],
    why: "Sie erhalten diese eine Nachricht, weil diese Adresse in ein Anmeldeformular eingetragen wurde.",
  }),
  "verify-request": (sender, day) => ({
    subject: `Bitte bestätigen Sie Ihre Anfrage an ${sender}`,
    before: `Jemand, vermutlich Sie, hat eine Anfrage zu den Daten gestellt, die ${sender} über Sie gespeichert hat:`,
    button: "Anfrage bestätigen",
    after: [
      `Bevor Sie bestätigen, geschieht nichts. Der Link gilt bis ${day}.`,
      "Waren Sie das nicht? Dann brauchen Sie nichts zu tun.",
    ],
    why: "Sie erhalten diese eine Nachricht, weil diese Adresse in einer Datenschutzanfrage angegeben wurde.",
  }),
  "answer-ready": (sender, day) => ({
    subject: `${sender} hat Ihre Anfrage beantwortet`,
    before: `Die Antwort von ${sender} auf Ihre Anfrage liegt bereit:`,
    button: "Antwort öffnen",
    after: [`Der Link ist nur für Sie bestimmt und gilt bis ${day}.`],
    why: "Sie erhalten diese Nachricht, weil Sie eine Datenschutzanfrage gestellt und bestätigt haben.",
  }),
  "renew-consent": (sender, day) => ({
    subject: `Möchten Sie weiter von ${sender} hören?`,
    before: "Dem haben Sie zugestimmt, und Ihre Zustimmung endet bald:",
    button: "Ansehen und erneuern",
    after: [
      `Tun Sie nichts, so endet sie einfach; Sie werden nicht noch einmal gefragt. Der Link gilt bis ${day}.`,
      "Sie können es auch sofort stoppen, mit dem Link in jeder Nachricht.",
    ],
    why: "Sie erhalten diese eine Nachricht, weil Ihre eigene Einwilligung bald endet.",
  }),
};
