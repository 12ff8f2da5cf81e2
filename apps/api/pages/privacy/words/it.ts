import type { PrivacyWords } from "../words.ts";

export const it: PrivacyWords = {
  title: (sender) => `I suoi dati presso ${sender}`,
  intro: (sender) =>
    `Questa pagina dice con parole semplici che cosa ${sender} conserva sulle persone a cui scrive o telefona, perché, e che cosa può fare lei. Non serve alcun account.`,
  whatTitle: "Che cosa si conserva",
  what: [
    "I suoi indirizzi e-mail e numeri di telefono, e il suo nome se lei o altri lo hanno dato.",
    "Che cosa ha accettato e rifiutato: quando, come e con quali parole esatte.",
    "Quali messaggi e chiamate erano previsti per lei, quali sono arrivati, quali sono stati trattenuti e perché.",
    "Fatti che la legge rende decisivi, come il suo paese, e dettagli annotati per scegliere i temi.",
  ],
  whyTitle: "Perché",
  consentOnly: "La contattiamo solo se ha acconsentito. Può ritirarlo in ogni momento.",
  byLaw:
    "La contattiamo se ha acconsentito, o dove la legge del suo paese lo permette senza. Può opporsi in ogni momento.",
  sourcesTitle: "Da dove vengono",
  fromYou: "Da lei: un modulo, una chiamata, un acquisto.",
  fromOthers: (names) => `Da altri: ${names}. Nessuno di loro viene contattato prima di una verifica.`,
  longTitle: "Per quanto tempo",
  keptDays: {
    "import-files": (days) => `Elenchi caricati: ${days} giorni dopo la lettura.`,
    "privacy-request-texts": (days) => `Ciò che ci scrive qui: ${days} giorni dopo la risposta.`,
    "inactive-contacts": (days) => `I suoi dati, senza consenso né contatti: ${days} giorni.`,
    "contact-history": (days) => `Quali messaggi le sono stati inviati: ${days} giorni.`,
  },
  keptProof:
    "La prova di ciò che ha accettato e rifiutato resta finché un tribunale può chiederla. Dopo una cancellazione non la nomina più.",
  safeTitle: "Come sono protetti",
  safe: [
    "Il suo nome e i suoi indirizzi sono cifrati con una chiave solo sua. Distruggere la chiave la cancella.",
    "Nulla che la nomini sta negli indirizzi delle pagine, nei registri o nella coda dei messaggi.",
    "Tutto ciò che il personale fa con i suoi dati viene annotato.",
  ],
  rightsTitle: "I suoi diritti",
  clock:
    "Riceve una risposta nel termine della sua legge: un mese nell'UE e nel Regno Unito, 45 giorni negli USA, 30 giorni in Canada, 15 giorni in Brasile.",
  complain: "Può anche presentare reclamo all'autorità per la protezione dei dati di dove vive.",
  kinds: {
    objection: {
      title: "Basta pubblicità",
      text: "Lei si oppone. Vale subito, per messaggi e chiamate, e senza motivo.",
      before: "",
      button: "",
    },
    withdrawal: {
      title: "Ritirare il mio consenso",
      text: "Il suo consenso finisce subito. Ciò che è stato inviato prima resta lecito.",
      before: "",
      button: "",
    },
    access: {
      title: "Mostratemi tutto ciò che avete su di me",
      text: "Lo riceve da leggere e come file che altri programmi capiscono.",
      before: "Il pulsante mostra tutto ciò che si conserva su di lei. Lo apra dove nessuno guarda.",
      button: "Mostra i miei dati",
    },
    rectification: {
      title: "Correggere i miei dati",
      text: "Cambia lei il suo nome e dice che cos'altro è sbagliato.",
      before: "Scriva ciò che deve cambiare e lasci vuoto il resto.",
      button: "Correggi i miei dati",
    },
    erasure: {
      title: "Cancellatemi",
      text: "I suoi dati vengono distrutti. Resta un segno cifrato, perché nessuno la rimetta in un elenco.",
      before:
        "Il pulsante distrugge il suo nome, gli indirizzi, i numeri e tutto ciò che vi è legato. Non si può annullare. Resta un segno cifrato dei suoi indirizzi, perché nessun elenco la riporti; solo lei può farlo, iscrivendosi di nuovo.",
      button: "Cancellatemi per sempre",
    },
    restriction: {
      title: "Conservare i miei dati senza usarli",
      text: "Non le viene inviato nulla e i suoi dati vengono solo conservati.",
      before: "Il pulsante ferma ogni uso dei suoi dati. Restano conservati finché non dice altro.",
      button: "Non usare più i miei dati",
    },
  },
  formTitle: "Usare i suoi diritti",
  formWish: "Che cosa desidera?",
  formValue: "Il suo indirizzo e-mail o, per fermare tutto, il suo numero di telefono",
  formValueHint: "Con il prefisso del paese, come +39…",
  formDetails: "Qualcosa che dovremmo sapere (non necessario)",
  formAgent: "Agisco per un'altra persona",
  formAgentHint: "Il suo nome e la delega. Il link va comunque all'indirizzo della persona stessa.",
  formSend: "Invia",
  formLeaveEmpty: "Lasci vuoto",
  stoppedTitle: "È fermato",
  stopped:
    "Da questo momento non si invia più nulla a questo indirizzo o numero, né ad altri suoi che conosciamo. Ciò che era già in viaggio può ancora arrivare.",
  mailedTitle: "Guardi la sua casella",
  mailed:
    "Se conosciamo questo indirizzo, un messaggio con un link è in viaggio. Non succede nulla prima che lei prema il pulsante. Se ne invia al massimo uno al giorno.",
  problemTitle: "Non ha funzionato",
  addressInvalid: "Non è un indirizzo e-mail né un numero di telefono.",
  needsEmail:
    "Per questo serve il suo indirizzo e-mail: la prova è un link inviato lì. Per fermare le chiamate basta il numero.",
  tooMany: "Da qui sono arrivate troppe richieste. Riprovi tra un'ora.",
  back: "Indietro",
  fullName: "Il suo nome completo",
  givenName: "Il suo nome",
  other: "Che cos'altro è sbagliato? Qualcuno guarderà.",
  reportTitle: "Tutto ciò che si conserva su di lei",
  reportDownload: "Scarica come file (JSON)",
  erased: "È cancellato. Non resta nulla che la nomini.",
  restricted: "I suoi dati d'ora in poi vengono solo conservati. Non le viene inviato nulla.",
  corrected: "È corretto.",
  waits: "Qualcuno guarderà il resto che ha scritto. Riceverà un messaggio con la risposta.",
  answerTitle: "La risposta",
  done: "Questa richiesta è stata eseguita. Qui non resta nulla da fare.",
  invalidTitle: "Questo link non funziona",
  invalid:
    "Forse è troppo vecchio o è stato tagliato nel viaggio. Nulla è cambiato. Può rifare la richiesta.",
  optOutRecorded:
    "Il suo browser chiede di non vendere o condividere i suoi dati (Global Privacy Control). È annotato per lei.",
  yes: "Sì",
  no: "No",
};
