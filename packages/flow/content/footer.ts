import type { AllowReason } from "#core/decision";
import type { Language } from "#core/language";

/** In which language a message's footer speaks, and what it says the message rests on. Structured-cloneable. */
export interface Footer {
  readonly language: Language;
  readonly ground: FooterGround;
}

/** Why the person gets it: they agreed, it is about their own order or account, or the law asks for no consent. */
export type FooterGround = "consent" | "own-business" | "law";

export const groundOf = (reason: AllowReason): FooterGround =>
  reason === "consent-express" ? "consent" : reason === "transactional" ? "own-business" : "law";

export interface FooterWords {
  readonly why: Readonly<Record<FooterGround, (purpose: string) => string>>;
  readonly unsubscribe: string;
  readonly choices: string;
}

/** The lines under every campaign message. A language without its lines does not compile. */
export const FOOTER_WORDS: Readonly<Record<Language, FooterWords>> = {
  en: {
    why: {
      consent: (purpose) => `You get this because you agreed to “${purpose}”.`,
      "own-business": (purpose) =>
        `You get this because it is about your own order or account: “${purpose}”.`,
      law: (purpose) => `You get “${purpose}” because the law allows it. You can stop it at any time.`,
    },
    unsubscribe: "Unsubscribe",
    choices: "Your choices, and why you got this",
  },
  de: {
    why: {
      consent: (purpose) => `Sie erhalten dies, weil Sie „${purpose}“ zugestimmt haben.`,
      "own-business": (purpose) =>
        `Sie erhalten dies, weil es um Ihre eigene Bestellung oder Ihr Konto geht: „${purpose}“.`,
      law: (purpose) =>
        `Sie erhalten „${purpose}“, weil das Gesetz es erlaubt. Sie können es jederzeit stoppen.`,
    },
    unsubscribe: "Abbestellen",
    choices: "Ihre Einstellungen, und warum Sie dies erhalten haben",
  },
  fr: {
    why: {
      consent: (purpose) => `Vous recevez ceci parce que vous avez accepté « ${purpose} ».`,
      "own-business": (purpose) =>
        `Vous recevez ceci parce qu’il s’agit de votre commande ou de votre compte : « ${purpose} ».`,
      law: (purpose) =>
        `Vous recevez « ${purpose} » parce que la loi l’autorise. Vous pouvez l’arrêter à tout moment.`,
    },
    unsubscribe: "Se désabonner",
    choices: "Vos choix, et pourquoi vous avez reçu ceci",
  },
  es: {
    why: {
      consent: (purpose) => `Recibe esto porque aceptó «${purpose}».`,
      "own-business": (purpose) => `Recibe esto porque trata de su propio pedido o cuenta: «${purpose}».`,
      law: (purpose) => `Recibe «${purpose}» porque la ley lo permite. Puede detenerlo en cualquier momento.`,
    },
    unsubscribe: "Darse de baja",
    choices: "Sus decisiones, y por qué recibió esto",
  },
  it: {
    why: {
      consent: (purpose) => `Riceve questo messaggio perché ha acconsentito a «${purpose}».`,
      "own-business": (purpose) =>
        `Riceve questo messaggio perché riguarda un Suo ordine o account: «${purpose}».`,
      law: (purpose) => `Riceve «${purpose}» perché la legge lo consente. Può fermarlo in ogni momento.`,
    },
    unsubscribe: "Annulla l’iscrizione",
    choices: "Le Sue scelte, e perché ha ricevuto questo messaggio",
  },
};
