import type { ServiceMailWords } from "../kinds.ts";

export const it: ServiceMailWords = {
  "confirm-sign-up": (sender, day) => ({
    subject: `Confermi la Sua iscrizione presso ${sender}`,
    before: `Qualcuno, probabilmente Lei, ha indicato questo indirizzo a ${sender} e ha acconsentito a quanto segue:`,
    button: "Vedere e confermare",
    after: [
      `Non Le verrà inviato nulla finché non conferma. Il link è valido fino al ${day}.`,
      "Non è stato Lei? Allora non faccia nulla: senza la Sua conferma non succede niente.",
    ],
    why: "Riceve quest’unico messaggio perché questo indirizzo è stato inserito in un modulo di iscrizione.",
  }),
  "verify-request": (sender, day) => ({
    subject: `Confermi la Sua richiesta a ${sender}`,
    before: `Qualcuno, probabilmente Lei, ha fatto una richiesta sui dati che ${sender} conserva su di Lei:`,
    button: "Confermare la richiesta",
    after: [
      `Non succede nulla prima della Sua conferma. Il link è valido fino al ${day}.`,
      "Non è stato Lei? Allora non faccia nulla.",
    ],
    why: "Riceve quest’unico messaggio perché questo indirizzo è stato indicato in una richiesta sulla privacy.",
  }),
  "answer-ready": (sender, day) => ({
    subject: `${sender} ha risposto alla Sua richiesta`,
    before: `La risposta di ${sender} alla Sua richiesta è pronta:`,
    button: "Aprire la risposta",
    after: [`Il link è riservato a Lei ed è valido fino al ${day}.`],
    why: "Riceve questo messaggio perché ha fatto una richiesta sulla privacy e l’ha confermata.",
  }),
  "renew-consent": (sender, day) => ({
    subject: `Vuole ancora ricevere notizie da ${sender}?`,
    before: "Lei ha acconsentito a questo, e il Suo consenso scade presto:",
    button: "Guardare e rinnovare",
    after: [
      `Se non fa nulla, semplicemente scade; non Le verrà più chiesto. Il link funziona fino al ${day}.`,
      "Può anche fermarlo subito, con il link di qualsiasi messaggio.",
    ],
    why: "Riceve quest’unico messaggio perché il Suo consenso scade presto.",
  }),
};
