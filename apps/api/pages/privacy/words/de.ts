import type { PrivacyWords } from "../words.ts";

export const de: PrivacyWords = {
  title: (sender) => `Ihre Daten bei ${sender}`,
  intro: (sender) =>
    `Diese Seite sagt in einfachen Worten, was ${sender} über Menschen speichert, denen es schreibt oder die es anruft, warum, und was Sie tun können. Sie brauchen dafür kein Konto.`,
  whatTitle: "Was gespeichert wird",
  what: [
    "Ihre E-Mail-Adressen und Telefonnummern und Ihr Name, wenn Sie oder jemand anderes ihn angegeben hat.",
    "Was Sie erlaubt und was Sie abgelehnt haben: wann, wie und mit welchem genauen Wortlaut.",
    "Welche Nachrichten und Anrufe für Sie geplant waren, welche Sie erreicht haben, welche zurückgehalten wurden und warum.",
    "Angaben, auf die es nach dem Gesetz ankommt, etwa Ihr Land, und Einzelheiten, nach denen Themen ausgewählt werden.",
  ],
  whyTitle: "Warum",
  consentOnly:
    "Sie werden nur angesprochen, wenn Sie zugestimmt haben. Das können Sie jederzeit zurücknehmen.",
  byLaw:
    "Sie werden angesprochen, wenn Sie zugestimmt haben oder wo das Gesetz Ihres Landes es ohne Zustimmung erlaubt. Sie können jederzeit widersprechen.",
  sourcesTitle: "Woher die Daten kommen",
  fromYou: "Von Ihnen: aus einem Formular, einem Anruf, einem Kauf.",
  fromOthers: (names) => `Von anderen: ${names}. Niemand daraus wird angesprochen, bevor es geprüft wurde.`,
  longTitle: "Wie lange",
  keptDays: {
    "import-files": (days) => `Hochgeladene Listen: ${days} Tage nach dem Einlesen.`,
    "privacy-request-texts": (days) =>
      `Was Sie uns auf dieser Seite schreiben: ${days} Tage nach der Antwort.`,
    "inactive-contacts": (days) =>
      `Ihre Daten, wenn Sie nichts erlaubt haben und kein Kontakt bestand: ${days} Tage.`,
    "contact-history": (days) => `Welche Nachrichten Sie bekommen haben: ${days} Tage.`,
  },
  keptProof:
    "Der Nachweis, was Sie erlaubt und abgelehnt haben, bleibt so lange, wie ein Gericht danach fragen kann. Nach einer Löschung nennt er Sie nicht mehr.",
  safeTitle: "Wie die Daten geschützt sind",
  safe: [
    "Ihr Name und Ihre Adressen sind mit einem Schlüssel verschlüsselt, der nur für Sie da ist. Wird er vernichtet, sind Sie gelöscht.",
    "In Adressen von Seiten, in Protokollen und in der Warteschlange der Nachrichten steht nichts, was Sie nennt.",
    "Was Mitarbeiter mit Ihren Daten tun, wird aufgezeichnet.",
  ],
  rightsTitle: "Ihre Rechte",
  clock:
    "Sie bekommen eine Antwort in der Frist Ihres Gesetzes: ein Monat in der EU und im Vereinigten Königreich, 45 Tage in den USA, 30 Tage in Kanada, 15 Tage in Brasilien.",
  complain: "Sie können sich auch bei der Datenschutzbehörde Ihres Wohnorts beschweren.",
  kinds: {
    objection: {
      title: "Keine Werbung mehr an mich",
      text: "Sie widersprechen. Das gilt sofort, für Nachrichten und Anrufe, und braucht keinen Grund.",
      before: "",
      button: "",
    },
    withdrawal: {
      title: "Meine Einwilligung zurücknehmen",
      text: "Ihre Einwilligung endet sofort. Was vorher geschickt wurde, bleibt rechtmäßig.",
      before: "",
      button: "",
    },
    access: {
      title: "Zeigen Sie mir alles, was Sie über mich haben",
      text: "Sie bekommen es zum Lesen und als Datei, die andere Programme nutzen können.",
      before:
        "Der Knopf zeigt alles, was über Sie gespeichert ist. Öffnen Sie es, wo Ihnen niemand über die Schulter sieht.",
      button: "Meine Daten zeigen",
    },
    rectification: {
      title: "Meine Daten berichtigen",
      text: "Ihren Namen ändern Sie selbst und schreiben, was sonst falsch ist.",
      before: "Tragen Sie ein, was sich ändern soll, und lassen Sie den Rest leer.",
      button: "Daten berichtigen",
    },
    erasure: {
      title: "Löschen Sie mich",
      text: "Ihre Daten werden vernichtet. Ein verschlüsseltes Zeichen bleibt, damit Sie niemand wieder auf eine Liste setzt.",
      before:
        "Der Knopf vernichtet Ihren Namen, Ihre Adressen und Nummern und alles, was daran hängt. Das lässt sich nicht rückgängig machen. Ein verschlüsseltes Zeichen Ihrer Adressen bleibt, damit keine Liste Sie zurückbringt; das können nur Sie selbst, mit einer neuen Anmeldung.",
      button: "Mich endgültig löschen",
    },
    restriction: {
      title: "Meine Daten behalten, aber nicht benutzen",
      text: "Es wird Ihnen nichts geschickt, und Ihre Daten werden nur aufbewahrt.",
      before:
        "Der Knopf beendet jede Nutzung Ihrer Daten. Sie bleiben gespeichert, bis Sie etwas anderes sagen.",
      button: "Daten nicht mehr benutzen",
    },
  },
  formTitle: "Ihre Rechte nutzen",
  formWish: "Was möchten Sie?",
  formValue: "Ihre E-Mail-Adresse, für einen Widerspruch auch Ihre Telefonnummer",
  formValueHint: "Mit Landesvorwahl, etwa +49…",
  formDetails: "Was wir wissen sollten (nicht nötig)",
  formAgent: "Ich handle für jemand anderen",
  formAgentHint: "Ihr Name und Ihre Vollmacht. Der Link geht trotzdem an die Adresse der Person selbst.",
  formSend: "Absenden",
  formLeaveEmpty: "Bitte leer lassen",
  stoppedTitle: "Es ist beendet",
  stopped:
    "Von jetzt an wird nichts mehr an diese Adresse oder Nummer geschickt, auch nicht an andere von Ihnen, die wir kennen. Was schon unterwegs war, kann noch ankommen.",
  mailedTitle: "Sehen Sie in Ihr Postfach",
  mailed:
    "Wenn wir diese Adresse kennen, ist eine Nachricht mit einem Link unterwegs. Nichts geschieht, bevor Sie dort den Knopf drücken. Am Tag wird höchstens eine solche Nachricht geschickt.",
  problemTitle: "Das ging nicht",
  addressInvalid: "Das ist keine E-Mail-Adresse oder Telefonnummer.",
  needsEmail:
    "Dafür brauchen wir Ihre E-Mail-Adresse: Der Nachweis ist ein Link dorthin. Um Anrufe zu beenden, reicht die Nummer.",
  tooMany: "Von hier kamen zu viele Anfragen. Versuchen Sie es in einer Stunde wieder.",
  back: "Zurück",
  fullName: "Ihr voller Name",
  givenName: "Ihr Vorname",
  other: "Was ist sonst falsch? Jemand wird es sich ansehen.",
  reportTitle: "Alles, was über Sie gespeichert ist",
  reportDownload: "Als Datei herunterladen (JSON)",
  erased: "Sie sind gelöscht. Nichts, was Sie nennt, ist übrig.",
  restricted: "Ihre Daten werden von jetzt an nur aufbewahrt. Es wird Ihnen nichts geschickt.",
  corrected: "Es ist berichtigt.",
  waits:
    "Jemand wird sich ansehen, was Sie sonst geschrieben haben. Sie bekommen eine Nachricht mit der Antwort.",
  answerTitle: "Die Antwort",
  done: "Diese Anfrage ist erledigt. Hier ist nichts mehr zu tun.",
  invalidTitle: "Dieser Link geht nicht",
  invalid:
    "Er ist vielleicht zu alt oder unterwegs abgeschnitten worden. Nichts wurde geändert. Sie können die Anfrage neu stellen.",
  optOutRecorded:
    "Ihr Browser bittet, Ihre Daten nicht zu verkaufen oder weiterzugeben (Global Privacy Control). Das ist für Sie vermerkt.",
  yes: "Ja",
  no: "Nein",
};
