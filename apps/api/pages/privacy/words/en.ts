import type { PrivacyWords } from "../words.ts";

export const en: PrivacyWords = {
  title: (sender) => `Your data with ${sender}`,
  intro: (sender) =>
    `This page says in plain words what ${sender} keeps about people it writes to or calls, why, and what you can do about it. You need no account for any of it.`,
  whatTitle: "What is kept",
  what: [
    "Your email addresses and phone numbers, and your name where you or somebody else gave it.",
    "What you agreed to and what you refused: when, how, and the exact words you were shown.",
    "Which messages and calls were planned for you, which reached you, which were held back, and why.",
    "Facts that the law makes decisive, such as your country, and details that the sender noted to choose topics.",
  ],
  whyTitle: "Why",
  consentOnly: "You are contacted only if you agreed to it. You can take that back at any time.",
  byLaw:
    "You are contacted if you agreed, or where the law of your country allows it without. You can object at any time.",
  sourcesTitle: "Where it comes from",
  fromYou: "From you: a form, a call, a purchase.",
  fromOthers: (names) => `From others: ${names}. Nobody from there is contacted before it was checked.`,
  longTitle: "How long",
  keptDays: {
    "import-files": (days) => `Uploaded lists: ${days} days after they were read.`,
    "privacy-request-texts": (days) =>
      `What you write to us on this page: ${days} days after it was answered.`,
    "inactive-contacts": (days) =>
      `Your data, if you neither agreed to anything nor were in touch: ${days} days.`,
    "contact-history": (days) => `Which messages were sent to you: ${days} days.`,
  },
  keptProof:
    "The proof of what you agreed to and refused stays as long as a court may ask for it. After an erasure it does not name you any more.",
  safeTitle: "How it is protected",
  safe: [
    "Your name and addresses are encrypted with a key that is yours alone. Destroying the key erases you.",
    "Nothing that names you stands in addresses of pages, in logs or in the queue of messages.",
    "Whatever staff do with your data is written down.",
  ],
  rightsTitle: "Your rights",
  clock:
    "You get an answer within the time your law sets: one month in the EU and the UK, 45 days in the USA, 30 days in Canada, 15 days in Brazil.",
  complain: "You can also complain to the data protection authority where you live.",
  kinds: {
    objection: {
      title: "Stop all marketing to me",
      text: "You object. It works at once, for messages and calls, and needs no reason.",
      before: "",
      button: "",
    },
    withdrawal: {
      title: "Take back what I agreed to",
      text: "Your consent ends at once. What was sent before stays lawful.",
      before: "",
      button: "",
    },
    access: {
      title: "Show me everything you have on me",
      text: "You get it to read and as a file that other programs can use.",
      before:
        "The button shows everything that is kept about you. Open it where nobody looks over your shoulder.",
      button: "Show my data",
    },
    rectification: {
      title: "Correct my data",
      text: "You change your name yourself, and say what else is wrong.",
      before: "Fill in what should change and leave the rest empty.",
      button: "Correct my data",
    },
    erasure: {
      title: "Erase me",
      text: "Your data is destroyed. A coded mark stays, so that nobody puts you on a list again.",
      before:
        "The button destroys your name, addresses, numbers and everything tied to them. It cannot be undone. A coded mark of your addresses stays, so that no list brings you back; only you yourself can, by signing up again.",
      button: "Erase me for good",
    },
    restriction: {
      title: "Keep my data, but do not use it",
      text: "Nothing is sent to you, and your data is only stored.",
      before: "The button stops every use of your data. It stays stored until you say otherwise.",
      button: "Stop using my data",
    },
  },
  formTitle: "Use your rights",
  formWish: "What do you want?",
  formValue: "Your email address, or for a stop your phone number",
  formValueHint: "With the country code, such as +49…",
  formDetails: "Anything we should know (not needed)",
  formAgent: "I act for somebody else",
  formAgentHint:
    "Your name, and the permission you have. The link goes to the person's own address all the same.",
  formSend: "Send",
  formLeaveEmpty: "Leave this empty",
  stoppedTitle: "It is stopped",
  stopped:
    "From this moment nothing more is sent to this address or number, nor to others of yours that we know. What was already on its way may still arrive.",
  mailedTitle: "Look into your mailbox",
  mailed:
    "If we know this address, a message with a link is on its way to it. Nothing happens before you press the button there. At most one such message is sent a day.",
  problemTitle: "That did not work",
  addressInvalid: "This is no email address or phone number.",
  needsEmail:
    "For this we need your email address: the proof is a link sent to it. A phone number is enough to stop calls.",
  tooMany: "Too many requests came from here. Try again in an hour.",
  back: "Back",
  fullName: "Your full name",
  givenName: "Your given name",
  other: "What else is wrong? Somebody will look at it.",
  reportTitle: "Everything kept about you",
  reportDownload: "Download as a file (JSON)",
  erased: "You are erased. Nothing that names you is left.",
  restricted: "Your data is only stored from now on. Nothing is sent to you.",
  corrected: "It is corrected.",
  waits: "Somebody will look at what else you wrote. You get a message with the answer.",
  answerTitle: "The answer",
  done: "This request was carried out. There is nothing left to do here.",
  invalidTitle: "This link does not work",
  invalid: "It may be too old, or cut off on its way. Nothing was changed. You can make the request again.",
  optOutRecorded:
    "Your browser asks not to sell or share your data (Global Privacy Control). That is recorded for you.",
  yes: "Yes",
  no: "No",
};
