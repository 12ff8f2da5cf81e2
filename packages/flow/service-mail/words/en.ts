import type { ServiceMailWords } from "../kinds.ts";

export const en: ServiceMailWords = {
  "confirm-sign-up": (sender, day) => ({
    subject: `Confirm your sign-up with ${sender}`,
    before: `Somebody, probably you, gave this address to ${sender} and agreed to:`,
    button: "Look at it and confirm",
    after: [
      `Nothing is sent to you until you confirm. The link works until ${day}.`,
      "Was it not you? Then do nothing: without your confirmation nothing happens.",
    ],
    why: "You get this one message because this address was entered in a sign-up form.",
  }),
  "verify-request": (sender, day) => ({
    subject: `Confirm your request to ${sender}`,
    before: `Somebody, probably you, made a request about the data that ${sender} holds on you:`,
    button: "Confirm the request",
    after: [
      `Nothing happens before you confirm. The link works until ${day}.`,
      "Was it not you? Then do nothing.",
    ],
    why: "You get this one message because this address was entered in a privacy request.",
  }),
  "answer-ready": (sender, day) => ({
    subject: `${sender} has answered your request`,
    before: `The answer of ${sender} to your request is ready:`,
    button: "Open the answer",
    after: [`The link is for you alone and works until ${day}.`],
    why: "You get this message because you made a privacy request and confirmed it.",
  }),
  "renew-consent": (sender, day) => ({
    subject: `Do you still want to hear from ${sender}?`,
    before: "You agreed to this, and what you agreed to ends soon:",
    button: "Look at it and renew",
    after: [
      `Do nothing, and it simply ends; you are not asked again. The link works until ${day}.`,
      "You can also stop it at once, with the link in any message.",
    ],
    why: "You get this one message because your own consent ends soon.",
  }),
};
